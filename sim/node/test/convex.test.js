import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, fulfilled, initialize, openedAlone, rejected, told } from './support.js';

const STORES = {
  '@/lib/convex': { getConvexClient: 'convex.getClient', convex: 'convex.client' },
  '@/convex/_generated/api': { api: 'convex.api' },
  'convex/browser': { ConvexHttpClient: 'convex.Client' },
};
const FLAGS = 'hostActive: true, producerActive: true, liveFeedActive: true';
const writing = (args, client = 'convex', mutation = 'updateBroadcastState') => `
  import { getConvexClient, convex } from '@/lib/convex';
  import { api } from '@/convex/_generated/api';
  import { ConvexHttpClient } from 'convex/browser';
  const write = async () => (${client}).mutation(api.users.sessions.${mutation}, ${args});
  export const subject = { run: async () => void console.log(await write()) };
`;
const write = async (t, ...args) => await openedAlone(t, writing(...args), { stores: STORES });

for (const client of ['convex', 'await getConvexClient()', "new ConvexHttpClient('address')"]) {
  test(`a write through ${client} is a call for its session`, async (t) => {
    const subject = await write(t, `{ id: 's1', broadcastState: 'live', ${FLAGS} }`, client);
    const [call] = told(await subject.take([begin, initialize]), 'called');
    const payload = { broadcast_state: 'live', host_active: true, producer_active: true, live_feed_active: true };
    assert.deepEqual(call, { call: 1, operation: 'convex.live', session: 's1', payload });
    assert.deepEqual(told(await subject.take([fulfilled(1)])), [
      { event: 'logged', level: 'log', text: 'null' },
      { event: 'settled', command: 1, ok: true, message: '' },
    ]);
    subject.close();
  });
}

test('a write of idle is the other call, and can be refused', async (t) => {
  const subject = await write(t, `{ id: 's2', broadcastState: 'idle', ${FLAGS.replaceAll('true', 'false')} }`);
  const [call] = told(await subject.take([begin, initialize]), 'called');
  const payload = { broadcast_state: 'idle', host_active: false, producer_active: false, live_feed_active: false };
  assert.deepEqual(call, { call: 1, operation: 'convex.idle', session: 's2', payload });
  const reaction = await subject.take([rejected(1, 'write conflict')]);
  assert.deepEqual(told(reaction), [{ event: 'settled', command: 1, ok: false, message: 'write conflict' }]);
});

test('a write without any flag is a call, and tells so', async (t) => {
  const subject = await write(t, "{ id: 's1', broadcastState: 'live' }");
  const [call] = told(await subject.take([begin, initialize]), 'called');
  assert.deepEqual(call.payload, { broadcast_state: 'live' });
});

const REFUSED = {
  [`{ broadcastState: 'live', ${FLAGS} }`]: 'updateBroadcastState: id: missing',
  [`{ id: 's', broadcastState: 'on', ${FLAGS} }`]: 'updateBroadcastState: broadcastState: cannot be "on"',
  [`{ id: 's', broadcastState: 'live', ${FLAGS}, since: 1 }`]: 'updateBroadcastState: since: unknown field',
  "{ id: 1, broadcastState: 'live', hostActive: 'yes', producerActive: true, liveFeedActive: true }":
    'updateBroadcastState: id: cannot be 1; hostActive: cannot be "yes"',
  "{ id: 's', broadcastState: 'live', hostActive: true, producerActive: true }":
    'updateBroadcastState: liveFeedActive: missing',
  null: 'updateBroadcastState: expected the fields id, broadcastState, hostActive, producerActive, liveFeedActive',
};
for (const [args, message] of Object.entries(REFUSED)) {
  test(`arguments that the backend refuses make no call: ${message}`, async (t) => {
    const subject = await write(t, args);
    assert.deepEqual(told(await subject.take([begin, initialize])), [
      { event: 'logged', level: 'error', text: `convex: ${message}` },
      { event: 'settled', command: 1, ok: false, message },
    ]);
  });
}

test('a mutation of another name is refused by its name', async (t) => {
  const subject = await write(t, '{}', 'convex', 'rename');
  const [settled] = told(await subject.take([begin, initialize]), 'settled');
  assert.equal(settled.message, 'users.sessions.rename: the stand-in only knows updateBroadcastState');
});

test('a backend that throws in the call rejects its promise', async (t) => {
  const subject = await write(t, `{ id: 's1', broadcastState: 'live', ${FLAGS} }`);
  const reaction = await subject.take([{ do: 'begin', manners: { 'convex.live': ['throw'] } }, initialize]);
  assert.deepEqual(told(reaction, 'settled'), [{ command: 1, ok: false, message: 'refused (call 1)' }]);
});
