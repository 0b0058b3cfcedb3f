// A class with its own listeners: everything is read from the object itself.
import { serve } from '../../../sim/node/src/index.js';
import { bundling, stores } from './common.mjs';

await serve({
  name: 'plain store',
  module: './src/plain.ts',
  stores,
  orchestrator: ({ broadcast }) => broadcast,
  configure: (broadcast, options) => broadcast.configure(options),
  report: (service, message, broadcast) => broadcast.serviceFailed(service, message),
  observe: { canStart: (broadcast) => broadcast.canStart },
  esbuild: bundling('plain.ts', {
    'forgets-null': ['{ ...this.now, ...changes }', '{ ...this.now, ...changes, error: changes.error ?? this.now.error }'],
    'reads-more': [
      'return this.procedures.startBroadcast(session);',
      '(useSimpleLiveFeedStore.getState() as any).setCurrentSessionId(session); return this.procedures.startBroadcast(session);',
    ],
    'joins-nothing': ['return this.procedures.emergencyStop();', 'return this.procedures.stopBroadcast();'],
  }),
});
