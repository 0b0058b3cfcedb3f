import path from 'node:path';
import { KitError, nearMatch } from './error.js';
import { FIELDS, OPERATIONS, STORES, STYLES } from './services.js';

const METHODS = {
  initialize: 'initialize',
  start_broadcast: 'startBroadcast',
  stop_broadcast: 'stopBroadcast',
  emergency_stop: 'emergencyStop',
  recover: 'recover',
};
const KEYS = [
  'name',
  'module',
  'root',
  'stores',
  'aliases',
  'react',
  'esbuild',
  'orchestrator',
  'commands',
  'configure',
  'report',
  'styles',
  'services',
  'observe',
];
const SHAPE = ['fields', 'methods', 'state', 'facts', 'extra'];
const STAND_INS = [...Object.keys(STORES), 'convex.client', 'convex.api', 'convex.getClient', 'convex.Client'];

/** The adapter with everything that it leaves out filled in. Throws a KitError that names the first mistake. */
export function completed(adapter) {
  known(adapter, KEYS, 'adapter');
  if (typeof adapter.module !== 'string')
    throw new KitError('adapter: module is missing, the path of your TypeScript file');
  checkStores(adapter.stores ?? {});
  checkServices(adapter.services ?? {});
  return {
    name: adapter.name ?? path.basename(adapter.module),
    module: adapter.module,
    root: path.resolve(adapter.root ?? path.dirname(process.argv[1] ?? '.')),
    stores: adapter.stores ?? {},
    aliases: adapter.aliases ?? {},
    react: adapter.react ?? 'stand-in',
    options: adapter.esbuild ?? {},
    orchestrator: adapter.orchestrator ?? ((exports) => exports.useBroadcastOrchestrator),
    commands: commandsOf(adapter.commands ?? {}),
    configure: adapter.configure ?? ((api, options) => api.updateConfig(options)),
    report: adapter.report ?? (() => {}),
    styles: stylesOf(adapter.styles ?? {}),
    services: adapter.services ?? {},
    observe: observing(adapter.observe ?? {}),
  };
}

/** What carries the methods: the state of a store, or the object itself. */
export function apiOf(orchestrator) {
  return typeof orchestrator?.getState === 'function' ? orchestrator.getState() : orchestrator;
}

function known(given, names, where) {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new KitError(`${where}: '${unknown}' is unknown${nearMatch(unknown, names)}`);
}

function checkStores(stores) {
  for (const [key, exports] of Object.entries(stores)) {
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value === 'function' || STAND_INS.includes(value)) continue;
      throw new KitError(`stores['${key}'].${name}: '${value}' is no stand-in${nearMatch(value, STAND_INS)}`);
    }
  }
}

function checkServices(services) {
  known(services, Object.keys(STORES), 'services');
  for (const [service, shape] of Object.entries(services)) {
    known(shape, SHAPE, `services.${service}`);
    known(shape.fields ?? {}, FIELDS[service], `services.${service}.fields`);
    known(shape.methods ?? {}, Object.keys(STORES[service].methods(() => {})), `services.${service}.methods`);
  }
}

function stylesOf(given) {
  known(given, Object.keys(OPERATIONS), 'styles');
  for (const [operation, style] of Object.entries(given)) {
    if (!STYLES.includes(style))
      throw new KitError(`styles['${operation}']: '${style}' is no style${nearMatch(style, STYLES)}`);
  }
  const own = Object.entries(OPERATIONS).map(([operation, { style }]) => [operation, style]);
  return { ...Object.fromEntries(own), ...given };
}

/** For each command a function that issues it: the adapter's, or one that calls the method of that name. */
function commandsOf(given) {
  known(given, Object.keys(METHODS), 'commands');
  return Object.fromEntries(Object.entries({ ...METHODS, ...given }).map(([name, how]) => [name, issuing(how)]));
}

function issuing(how) {
  if (typeof how === 'function') return how;
  const issue = (api, session) => (session === null ? api[how]() : api[how](session));
  return Object.assign(issue, { method: how });
}

function observing(given) {
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
