// Serves the orchestrator with measures (hardened.ts) to `broadcast check`:
//
//   broadcast check --dialect tests/subjects/typescript/hardened.toml -- node tests/subjects/typescript/hardened.mjs
//   broadcast check --dialect tests/subjects/typescript/hardened.toml -- node tests/subjects/typescript/hardened.mjs --without readBack
//   broadcast check --dialect tests/subjects/typescript/hardened.toml -- node tests/subjects/typescript/hardened.mjs --variant polls-in-vain
//
// In a project of your own the store makes its `Procedures` from hardened.ts, and no plugin is needed.
import { serve } from '../../../sim/node/src/index.js';
import { breaking, HARDENED_VARIANTS, variantsNamed } from './variants.mjs';

const MEASURES = ['readBack', 'fencing', 'reconciled', 'lease', 'polling'];
const without = process.argv.flatMap((each, at, all) => (all[at - 1] === '--without' ? [each] : []));
const unknown = without.find((each) => !MEASURES.includes(each));
if (unknown !== undefined) {
  console.error(`--without: ${unknown} is unknown, try one of: ${MEASURES.join(', ')}`);
  process.exit(2);
}
const variants = variantsNamed(process.argv, HARDENED_VARIANTS);

/** Where the store asks for its procedures, it is given those with measures. */
const hardened = {
  name: 'hardened',
  setup(build) {
    build.onResolve({ filter: /^\.\/procedures$/ }, ({ importer, resolveDir }) => {
      if (!importer.endsWith('broadcastOrchestrator.ts')) return undefined;
      return build.resolve('./proceduresWithMeasures', { resolveDir, kind: 'import-statement' });
    });
  },
};

await serve({
  name: [['hardened example', ...without].join(', without: '), ...variants.map(({ name }) => name)].join(', broken: '),
  module: './src/lib/stores/orchestrator/broadcastOrchestrator.ts',
  stores: {
    './src/lib/stores/hostAgentStore': { useHostAgentStore: 'host' },
    './src/lib/stores/producerStore': { useProducerStore: 'producer' },
    './src/lib/stores/liveFeedStore': { useSimpleLiveFeedStore: 'live_feed' },
    './src/lib/stores/broadcastSessionStore': { useBroadcastSessionStore: 'session' },
    '@/lib/convex': { getConvexClient: 'convex.getClient' },
    '@/convex/_generated/api': { api: 'convex.api' },
    '@/lib/numbers': { nextNumber: (studio) => () => studio.nextNumber() },
    './src/lib/stores/orchestrator/measures': {
      MEASURES: () => Object.fromEntries(MEASURES.map((name) => [name, !without.includes(name)])),
    },
  },
  esbuild: { plugins: [hardened, breaking(variants)] },
});
