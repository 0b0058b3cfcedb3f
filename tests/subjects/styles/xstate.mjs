// XState 5: the actor is looked at by its snapshot, and commands are events.
import { serve } from '../../../sim/node/src/index.js';
import { bundling, stores } from './common.mjs';

await serve({
  name: 'xstate',
  module: './src/xstate.ts',
  stores,
  orchestrator: ({ actor, issue, configure, serviceFailed }) => ({ actor, issue, configure, serviceFailed }),
  commands: {
    initialize: ({ issue }) => issue('initialize'),
    start_broadcast: ({ issue }, session) => issue('startBroadcast', session ?? undefined),
    stop_broadcast: ({ issue }) => issue('stopBroadcast'),
    emergency_stop: ({ issue }) => issue('emergencyStop'),
    recover: ({ issue }) => issue('recover'),
  },
  configure: ({ configure }, options) => configure(options),
  report: (service, message, { serviceFailed }) => serviceFailed(service, message),
  observe: {
    state: ({ actor }) => actor.getSnapshot().value,
    error: ({ actor }) => actor.getSnapshot().context.error,
    history: ({ actor }) => actor.getSnapshot().context.history,
    subscribe: ({ actor }, listener) => actor.subscribe(listener),
  },
  esbuild: bundling('xstate.ts', {
    'missing-row': ["starting: rows('live', 'error', 'idle')", "starting: rows('live', 'idle')"],
    'failure-is-done': ["onError: 'failed'", "onError: 'done'"],
  }),
});
