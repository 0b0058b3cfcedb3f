// Bundles the evening beside this file, for a browser or for Node, with mistakes of the example's variants if any are
// named: node build.mjs OUT PLATFORM [--variant NAME ...]
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../../../sim/node/node_modules/esbuild/lib/main.js';
import { breaking, variantsNamed } from '../../../subjects/typescript/variants.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../../..');
const example = path.join(root, 'tests/subjects/typescript');
const [outfile, platform] = process.argv.slice(2);
const variants = variantsNamed(process.argv);

await build({
  entryPoints: [path.join(here, 'evening.js')],
  outfile,
  platform,
  bundle: true,
  format: platform === 'node' ? 'esm' : 'iife',
  alias: {
    '@': path.join(example, 'src'),
    'broadcast-subject/record': path.join(root, 'sim/node/src/record.js'),
    'convex/react': path.join(here, 'standins.js'),
    'convex/server': path.join(here, 'standins.js'),
    react: path.join(here, 'react.js'),
  },
  nodePaths: [path.join(root, 'sim/node/node_modules')],
  define: {
    'process.env.NODE_ENV': '"test"',
    'process.env.NEXT_PUBLIC_CONVEX_URL': '"https://backend"',
    'process.env.NEXT_PUBLIC_AGENT_GATEWAY': '"wss://gateway"',
  },
  plugins: variants.length > 0 ? [breaking(variants)] : [],
  logLevel: 'error',
});
