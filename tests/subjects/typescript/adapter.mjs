// Serves the orchestrator beside this file to `broadcast check`:
//
//   broadcast check -- node tests/subjects/typescript/adapter.mjs
//   broadcast check -- node tests/subjects/typescript/adapter.mjs --variant double-click
//   broadcast check -- node tests/subjects/typescript/adapter.mjs --variant double-click --variant backend-left-live
//
// In a project of your own the first import is 'broadcast-subject', and the variants are not needed.
import { serve } from '../../../sim/node/src/index.js';
import { breaking, variantsNamed } from './variants.mjs';

const variants = variantsNamed(process.argv);

await serve({
  name: ['example', ...variants.map(({ name }) => name)].join(', broken: '),
  module: './src/lib/stores/orchestrator/broadcastOrchestrator.ts',
  stores: {
    './src/lib/stores/hostAgentStore': { useHostAgentStore: 'host' },
    './src/lib/stores/producerStore': { useProducerStore: 'producer' },
    './src/lib/stores/liveFeedStore': { useSimpleLiveFeedStore: 'live_feed' },
    './src/lib/stores/broadcastSessionStore': { useBroadcastSessionStore: 'session' },
    '@/lib/convex': { getConvexClient: 'convex.getClient' },
    '@/convex/_generated/api': { api: 'convex.api' },
  },
  esbuild: variants.length > 0 ? { plugins: [breaking(variants)] } : {},
});
