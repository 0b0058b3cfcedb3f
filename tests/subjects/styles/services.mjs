// A class that gets its services: no import is replaced, the stand-ins are given to the constructor.
import { serve } from '../../../sim/node/src/index.js';
import { bundling, over } from './common.mjs';

await serve({
  name: 'injected services',
  module: './src/services.ts',
  stores: {},
  orchestrator: ({ BroadcastService }, { call, live_feed }) =>
    new BroadcastService({
      host: {
        initialize: () => call('host.initialize'),
        start: () => call('host.start'),
        stop: () => call('host.stop'),
      },
      producer: { start: () => call('producer.start'), stop: () => call('producer.stop') },
      feed: {
        show: () => call('live_feed.start'),
        hide: () => call('live_feed.stop'),
        hasContent: () => live_feed.getState().hasContent,
      },
      sessions: { open: () => call('session.start'), close: () => call('session.end') },
      backend: { live: (id) => call('convex.live', id), idle: (id) => call('convex.idle', id) },
    }),
  observe: {
    subscribe: (broadcast, listener) => {
      broadcast.changed = listener;
    },
  },
  report: (service, message, broadcast) => broadcast.serviceFailed(service, message),
  esbuild: bundling(
    'services.ts',
    {
      'stop-unawaited': ['() => services.host.stop()', '() => void services.host.stop().catch(() => {})'],
      'swaps-services': ['() => services.producer.stop()', '() => services.host.stop()'],
    },
    [over('services.ts')],
  ),
});
