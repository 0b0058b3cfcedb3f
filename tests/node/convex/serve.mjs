// A deployment for a client: Convex's own test library behind `POST /api/mutation`, with sessions "s1" and "s2".
//
// Says its port on the first line; `GET /sessions` answers with the documents. A session's name stands for the id that
// Convex gave it.
import { createServer } from 'node:http';
import { anyApi } from 'convex/server';
import { convexTest } from 'convex-test';
import schema from './schema.js';

const MODULES = {
  './_generated/api.js': async () => ({}),
  './sessions.js': () => import('./sessions.js'),
  './measures.js': () => import('./measures.js'),
};
const MUTATIONS = {
  'users/sessions:updateBroadcastState': anyApi.sessions.updateBroadcastState,
  'users/measures:updateBroadcastState': anyApi.measures.updateBroadcastState,
  'users/sessions:liveSessions': anyApi.measures.liveSessions,
  'users/sessions:newLife': anyApi.measures.newLife,
  'users/sessions:takeLease': anyApi.measures.takeLease,
};

const backend = convexTest(schema, MODULES);
const ids = await backend.run(async ({ db }) => {
  return { s1: await db.insert('sessions', {}), s2: await db.insert('sessions', {}) };
});

const names = Object.fromEntries(Object.entries(ids).map(([name, id]) => [id, name]));

async function answer(path, body) {
  if (path === '/sessions') return backend.run(({ db }) => db.query('sessions').collect());
  const { path: name, args } = JSON.parse(body);
  try {
    const named = Object.hasOwn(ids, args.id) ? { ...args, id: ids[args.id] } : args;
    const value = await backend.mutation(MUTATIONS[name], named);
    return { status: 'success', value: Array.isArray(value) ? value.map((id) => names[id] ?? id) : value };
  } catch (refused) {
    return { status: 'error', errorMessage: refused.message.split('\n')[0] };
  }
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const text = JSON.stringify(await answer(request.url, body));
  response.end(text.replace(/"value":(\d+)}$/, '"value":$1.0}')); // a deployment writes numbers with a point
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
