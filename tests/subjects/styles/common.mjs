// What the adapters of this folder share: where packages lie, the example's stores, and mistakes that are asked for.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const EXAMPLE = '../typescript/src';

/** The imports of the example's procedures that are stores. */
export const stores = {
  [`${EXAMPLE}/lib/stores/hostAgentStore`]: { useHostAgentStore: 'host' },
  [`${EXAMPLE}/lib/stores/producerStore`]: { useProducerStore: 'producer' },
  [`${EXAMPLE}/lib/stores/liveFeedStore`]: { useSimpleLiveFeedStore: 'live_feed' },
  [`${EXAMPLE}/lib/stores/broadcastSessionStore`]: { useBroadcastSessionStore: 'session' },
  [`${EXAMPLE}/lib/convex`]: { getConvexClient: 'convex.getClient' },
  [`${EXAMPLE}/convex/_generated/api`]: { api: 'convex.api' },
};

/** esbuild's options: where packages are, and the mistake that `--mistake NAME` asks for, [find, replace] by name. */
export function bundling(file, mistakes, plugins = []) {
  const wanted = process.argv[process.argv.indexOf('--mistake') + 1];
  const planted = process.argv.includes('--mistake') ? [planting(file, mistakes[wanted])] : [];
  return { nodePaths: [path.join(HERE, '../../node/node_modules')], plugins: [...plugins, ...planted] };
}

function planting(file, [find, replace]) {
  return {
    name: 'mistake',
    setup(build) {
      build.onLoad({ filter: new RegExp(`/styles/src/${file}$`) }, ({ path: found }) => {
        const source = readFileSync(found, 'utf8');
        if (source.split(find).length !== 2) throw new Error(`${file}: expected once, and only once: ${find}`);
        return { contents: source.replace(find, () => replace), loader: 'ts' };
      });
    },
  };
}

/** Has the example's procedures call the operations in this file of ours. */
export const over = (file) => ({
  name: 'operations',
  setup(build) {
    build.onResolve({ filter: /^\.\/operations$/ }, ({ importer }) =>
      importer.includes('/typescript/') ? { path: path.join(HERE, 'src', file) } : undefined,
    );
  },
});
