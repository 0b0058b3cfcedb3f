import { messageOf } from './error.js';
import { watched } from './watched.js';

export const MUTATION = 'updateBroadcastState';
const QUERY = 'liveSessions';
const LEASE = 'takeLease';
const STATES = ['idle', 'live', 'paused'];
const NAME = Symbol.for('functionName');

/** What the backend's validator wants of each argument. */
const ARGUMENTS = {
  id: (value) => typeof value === 'string',
  broadcastState: (value) => STATES.includes(value),
  hostActive: (value) => typeof value === 'boolean',
  producerActive: (value) => typeof value === 'boolean',
  liveFeedActive: (value) => typeof value === 'boolean',
};

/** Besides, a numbered command has its number. */
const TAKEN = { ...ARGUMENTS, number: Number.isFinite };

/** The arguments that tell which services are on; a schema without them has none of them. */
const FLAGS = ['hostActive', 'producerActive', 'liveFeedActive'];

/**
 * The backend as its client sees it. `call` makes a call, `onRefusal(text)` hears of a write that it does not take,
 * `onLack(name)` of a member of the client that is read and not there.
 */
export function convexStandIn(call, onRefusal, onLack) {
  const refuse = (text) => {
    onRefusal(`convex: ${text}`);
    return Promise.reject(new Error(text));
  };
  const members = {
    mutation: (reference, args) => mutate(nameOf(reference), args, call, refuse),
    query: (reference) => ask(nameOf(reference), call, refuse),
    action: (reference) => refuse(`${nameOf(reference)}: the stand-in runs no actions`),
  };
  const client = watched(members, onLack);
  return {
    client,
    api: path([]),
    getClient: async () => client,
    Client: function Client() {
      return client;
    },
  };
}

/** The one query that there is: which sessions are live. */
function ask(name, call, refuse) {
  if (lastOf(name) !== QUERY) return refuse(`${name}: the stand-in answers no query but ${QUERY}`);
  return call('convex.is_on');
}

const lastOf = (name) => name.split(/[./:]/).at(-1);

function mutate(name, args, call, refuse) {
  if (lastOf(name) === LEASE) return call('convex.lease');
  if (lastOf(name) !== MUTATION) return refuse(`${name}: the stand-in only knows ${MUTATION}`);
  const mistakes = mistakesIn(args);
  if (mistakes.length > 0) return refuse(`${MUTATION}: ${mistakes.join('; ')}`);
  if (args.broadcastState === 'paused') return refuse(`${MUTATION}: nothing in the guide writes 'paused'`);
  try {
    const { number, ...told } = args;
    return Promise.resolve(call(`convex.${told.broadcastState}`, told.id, payloadOf(told), number)).then(() => null);
  } catch (thrown) {
    return Promise.reject(thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
  }
}

function mistakesIn(args) {
  if (args === null || typeof args !== 'object') return [`expected the fields ${Object.keys(ARGUMENTS).join(', ')}`];
  const optional = FLAGS.some((name) => args[name] !== undefined) ? [] : FLAGS;
  const missing = Object.keys(ARGUMENTS)
    .filter((name) => args[name] === undefined && !optional.includes(name))
    .map((name) => `${name}: missing`);
  const wrong = Object.keys(args)
    .filter((name) => args[name] !== undefined && !TAKEN[name]?.(args[name]))
    .map((name) => (name in TAKEN ? `${name}: cannot be ${JSON.stringify(args[name])}` : `${name}: unknown field`));
  return [...missing, ...wrong];
}

/** What is told besides the session, in the protocol's spelling. */
export function payloadOf({ id, ...rest }) {
  const told = Object.entries(rest).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]));
}

/** A function reference is any path of names: api.users.sessions.updateBroadcastState. */
function path(names) {
  return new Proxy(() => {}, {
    get(target, name) {
      if (name === NAME) return names.join('.');
      return typeof name === 'symbol' || name === 'then' ? undefined : path([...names, name]);
    },
  });
}

/** The name of a function of the backend. */
export function nameOf(reference) {
  return typeof reference === 'string' ? reference : String(reference?.[NAME] ?? 'an unknown function');
}
