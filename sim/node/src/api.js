import { KitError, nearMatch } from './error.js';

/** The method of each command, by the guide's names. */
export const METHODS = {
  initialize: 'initialize',
  start_broadcast: 'startBroadcast',
  stop_broadcast: 'stopBroadcast',
  emergency_stop: 'emergencyStop',
  recover: 'recover',
};

/** What carries the methods: the state of a store, or the object itself. */
export function apiOf(orchestrator) {
  return typeof orchestrator?.getState === 'function' ? orchestrator.getState() : orchestrator;
}

/** Throws a KitError that names the first thing given that is none of the names. */
export function known(given, names, where) {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new KitError(`${where}: '${unknown}' is unknown${nearMatch(unknown, names)}`);
}

/** How each thing is read that an orchestrator shows: as it is given, else as the guide has it. */
export function observing(given) {
  const own = {
    state: (api) => api.state,
    error: (api) => api.error,
    history: (api) => historyIn(api) ?? historyIn(api.getSnapshot?.().orchestrator),
    entry: (entry) => ({ source: entry.from, target: entry.to, reason: entry.reason }),
    canStart: (api) => api.canStartBroadcast?.(),
    canStop: (api) => api.canStopBroadcast?.(),
    isTransitioning: (api) => flagOf(api.isTransitioning) ?? api.getSnapshot?.().computed?.isTransitioning,
    subscribe: (orchestrator, listener) => orchestrator.subscribe?.(listener),
  };
  known(given, Object.keys(own), 'observe');
  return { ...own, ...given };
}

/** A whole history, or as in the guide's snapshot the last transition alone. */
function historyIn(part) {
  return part?.history ?? part?.transitionHistory ?? part?.transitions ?? part?.lastTransition;
}

function flagOf(value) {
  return typeof value === 'function' ? value() : value;
}
