// Reads runs from standard input and writes what Convex makes of them: one JSON array in, one out.
//
// A run is a list of writes { "now_ms": 5, "arguments": {...} }. It has two sessions, "s1" and "s2", a session "gone"
// that was deleted, and a user "u1"; an argument that is such a name stands for the id that Convex gave it. The
// answer tells of each write whether it was taken (else why not), what became of the sessions, and which sessions
// are found in which state.
import { anyApi } from 'convex/server';
import { convexTest } from 'convex-test';
import schema from './schema.js';

const MODULES = { './_generated/api.js': async () => ({}), './sessions.js': () => import('./sessions.js') };
const { updateBroadcastState, inState } = anyApi.sessions;
const STATES = [undefined, 'idle', 'live', 'paused'];

async function answer(run) {
  const backend = convexTest(schema, MODULES);
  const ids = await backend.run(inhabit);
  const names = Object.fromEntries(Object.entries(ids).map(([name, id]) => [id, name]));
  const taken = [];
  for (const write of run) taken.push(await take(backend, write, ids));
  const sessions = await backend.run(({ db }) => db.query('sessions').collect());
  const found = STATES.map((broadcastState) => backend.query(inState, { broadcastState }));
  return {
    taken,
    sessions: sessions.map(({ _creationTime, ...session }) => ({ ...session, _id: names[session._id] })),
    found: (await Promise.all(found)).map((those) => those.map(({ _id }) => names[_id])),
  };
}

async function inhabit({ db }) {
  const ids = { gone: await db.insert('sessions', {}) };
  await db.delete(ids.gone);
  for (const name of ['s1', 's2']) ids[name] = await db.insert('sessions', {});
  return { ...ids, u1: await db.insert('users', {}) };
}

async function take(backend, { now_ms, arguments: args }, ids) {
  const known = args !== null && typeof args === 'object' && Object.hasOwn(ids, args.id);
  Date.now = () => now_ms;
  try {
    await backend.mutation(updateBroadcastState, known ? { ...args, id: ids[args.id] } : args);
    return true;
  } catch (refused) {
    return refused.message.split('\n')[0];
  }
}

let text = '';
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const run of JSON.parse(text)) answers.push(await answer(run));
process.stdout.write(JSON.stringify(answers));
