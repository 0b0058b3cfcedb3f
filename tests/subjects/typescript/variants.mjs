// Broken variants of the orchestrator: each a mistake that people make, as a patch of its source (variants.json).
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const VARIANTS = JSON.parse(readFileSync(new URL('./variants.json', import.meta.url), 'utf8'));

/** The variant that `--variant NAME` asks for; null where nothing does. */
export function variantNamed(args) {
  const at = args.indexOf('--variant');
  if (at < 0) return null;
  const found = VARIANTS.find(({ name }) => name === args[at + 1]);
  if (found) return found;
  console.error(`--variant: ${args[at + 1]} is unknown, try one of: ${VARIANTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

/** An esbuild plugin that breaks the source on its way in; the files stay as they are. */
export function breaking({ name, patches }) {
  return {
    name,
    setup(build) {
      build.onLoad({ filter: /\/orchestrator\/\w+\.ts$/ }, ({ path: file }) => {
        const own = patches.filter((patch) => patch.file === path.basename(file));
        return { contents: own.reduce(patched, readFileSync(file, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function patched(source, { file, find, replace }) {
  const [wanted, instead] = [find, replace].map((text) => [text].flat().join('\n'));
  if (source.split(wanted).length !== 2) throw new Error(`${file}: expected once, and only once: ${wanted}`);
  return source.replace(wanted, () => instead);
}
