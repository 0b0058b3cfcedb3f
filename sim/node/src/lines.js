import { readSync, writeSync } from 'node:fs';

const SIZE = 1 << 16;
const BREAK = 10;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The lines of standard input, read synchronously: nothing of the process goes on while it waits for the driver,
 * and no timer is needed. Ends with the input; a last line without a line break counts.
 */
export function* inputLines(fd = 0) {
  const buffer = Buffer.allocUnsafe(SIZE);
  let rest = [];
  for (let size = readSome(fd, buffer); size > 0; size = readSome(fd, buffer)) {
    let from = 0;
    for (let at = buffer.indexOf(BREAK); at >= 0 && at < size; at = buffer.indexOf(BREAK, from)) {
      const end = buffer.subarray(from, at);
      yield (rest.length > 0 ? Buffer.concat([...rest, end]) : end).toString('utf8');
      rest = [];
      from = at + 1;
    }
    if (from < size) rest.push(Buffer.from(buffer.subarray(from, size)));
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}

/** Writes a line to standard output, all of it, however slowly it is read. Returns false when nobody reads any more. */
export function writeLine(text, fd = 1) {
  const bytes = Buffer.from(`${text}\n`, 'utf8');
  let written = 0;
  try {
    while (written < bytes.length) written += patiently(() => writeSync(fd, bytes, written));
    return true;
  } catch (failure) {
    if (failure.code === 'EPIPE') return false;
    throw failure;
  }
}

function readSome(fd, buffer) {
  try {
    return patiently(() => readSync(fd, buffer, 0, SIZE, null));
  } catch (failure) {
    if (failure.code === 'EOF') return 0;
    throw failure;
  }
}

/** Tries again, a millisecond later, while a pipe that does not block has nothing to give or to take. */
function patiently(act) {
  for (;;) {
    try {
      return act();
    } catch (failure) {
      if (failure.code !== 'EAGAIN') throw failure;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
