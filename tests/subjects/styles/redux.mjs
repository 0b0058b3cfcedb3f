// Redux Toolkit: the state of the store has no methods, so `orchestrator` gives an object that has them.
import { serve } from '../../../sim/node/src/index.js';
import { bundling, stores } from './common.mjs';

await serve({
  name: 'redux',
  module: './src/redux.ts',
  stores,
  orchestrator: ({ store, commands, canStart, configure, serviceFailed }) => {
    const issued = Object.entries(commands).map(([name, thunk]) => [name, (id) => store.dispatch(thunk(id))]);
    const shown = {
      get state() {
        return store.getState().broadcast.state;
      },
      get error() {
        return store.getState().broadcast.error;
      },
      get history() {
        return store.getState().broadcast.history;
      },
    };
    const rest = { canStartBroadcast: canStart, updateConfig: configure, serviceFailed, subscribe: store.subscribe };
    return Object.assign(shown, Object.fromEntries(issued), rest);
  },
  report: (service, message, broadcast) => broadcast.serviceFailed(service, message),
  esbuild: bundling('redux.ts', {
    'swallowed-in-thunk': ['stopBroadcast: () => () => procedures.stopBroadcast()', 'stopBroadcast: () => () => procedures.stopBroadcast().catch(() => undefined)'],
    'error-kept': ['Object.assign(now, payload)', 'Object.assign(now, payload, { error: payload.error ?? now.error })'],
  }),
});
