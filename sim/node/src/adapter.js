import path from 'node:path';
import { METHODS, known, observing } from './api.js';
import { KitError, nearMatch } from './error.js';
import { FIELDS, OPERATIONS, STORES, STYLES } from './services.js';

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
    const { methods, reads } = STORES[service];
    known(shape.methods ?? {}, Object.keys({ ...methods(), ...reads() }), `services.${service}.methods`);
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
