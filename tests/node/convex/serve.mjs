// A deployment for a client: Convex's own test library behind `POST /api/mutation`, with sessions "s1" and "s2".
//
// Says its port on the first line; `GET /sessions` answers with the documents. A session's name stands for the id that
// Convex gave it.
import { createServer } from 'node:http';
import { anyApi } from 'convex/server';
import { convexTest } from 'convex-test';
import schema from './schema.js';

const MODULES = { './_generated/api.js': async () => ({}), './sessions.js': () => import('./sessions.js') };
const MUTATIONS = { 'users/sessions:updateBroadcastState': anyApi.sessions.updateBroadcastState };

const backend = convexTest(schema, MODULES);
const ids = await backend.run(async ({ db }) => {
  return { s1: await db.insert('sessions', {}), s2: await db.insert('sessions', {}) };
});

async function answer(path, body) {
  if (path === '/sessions') return backend.run(({ db }) => db.query('sessions').collect());
  const { path: name, args } = JSON.parse(body);
  try {
    const named = Object.hasOwn(ids, args.id) ? { ...args, id: ids[args.id] } : args;
    return { status: 'success', value: await backend.mutation(MUTATIONS[name], named) };
  } catch (refused) {
    return { status: 'error', errorMessage: refused.message.split('\n')[0] };
  }
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end(JSON.stringify(await answer(request.url, body)));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
