// Broken variants of the orchestrator: each a mistake that people make, as a patch of its source (variants.json).
import { readFileSync } from 'node:fs';
import path from 'node:path';

const variantsIn = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

export const VARIANTS = variantsIn('./variants.json');

/** Those of the orchestrator with measures. */
export const HARDENED_VARIANTS = variantsIn('./hardened-variants.json');

/** The variants that `--variant NAME` asks for, one for each time that it is given; none where nothing does. */
export function variantsNamed(args, known = VARIANTS) {
  return args.flatMap((each, at) => (args[at - 1] === '--variant' ? [variantNamed(each, known)] : []));
}

function variantNamed(wanted, known) {
  const found = known.find(({ name }) => name === wanted);
  if (found) return found;
  console.error(`--variant: ${wanted} is unknown, try one of: ${known.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

/** An esbuild plugin that breaks the source on its way in, with all these mistakes; the files stay as they are. */
export function breaking(variants) {
  const patches = variants.flatMap((variant) => variant.patches);
  return {
    name: 'variants',
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
