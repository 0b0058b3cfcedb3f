import { openSync, writeSync } from 'node:fs';

/**
 * A function for `to` of `record` that writes each line to a file, at once, so that what was written before a kill is
 * there. A file that is there already is not overwritten.
 */
export function toFile(path) {
  const file = openSync(path, 'wx');
  return (text) => {
    const bytes = Buffer.from(text, 'utf8');
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  };
}
