import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KitError, open } from '../src/index.js';
import { advance, alone, begin, effect, initialize, openedAlone, told } from './support.js';

const running = (body) => `
  import { host, producer, feed, session } from 'stores';
  export const subject = { run() { ${body} } };
`;
const texts = (reaction) => told(reaction, 'logged').map(({ text }) => text);
const run = async (t, body, changes) => (await openedAlone(t, running(body), changes)).take([begin, initialize]);

test('the stores begin with the fields and methods of the guide', async (t) => {
  const reaction = await run(
    t,
    `for (const store of [host, producer, feed, session]) {
      const state = store.getState();
      console.log(JSON.stringify(state), Object.keys(state).filter((key) => typeof state[key] === 'function').join());
    }`,
  );
  assert.deepEqual(texts(reaction), [
    '{"isActive":false,"hostAgent":null,"isInitialized":false,"error":null} initialize,start,stop,readActive,readInitialized',
    '{"isActive":false,"error":null} startProducer,stopProducer,readActive',
    '{"isLive":false,"hasContent":true,"items":[{"id":"item-1"}],"error":null} setIsLive,readActive',
    '{"isActive":false,"error":null} startBroadcastSession,endBroadcastSession,readActive',
  ]);
});

test('a store is a hook, with a selector and without', async (t) => {
  assert.deepEqual(
    texts(
      await run(t, 'console.log(feed().isLive, feed((state) => state.hasContent), feed.getInitialState().isLive);'),
    ),
    ['false true false'],
  );
});

test('a state that was read stays as it was', async (t) => {
  const body = `
    'use strict';
    const before = producer.getState();
    producer.getState().startProducer();
    console.log(before.isActive, producer.getState().isActive, before === producer.getState());
    try { producer.getState().isActive = false; } catch (error) { console.log(error.name); }
  `;
  const reaction = await run(t, body, { styles: { 'producer.start': 'sync' } });
  assert.deepEqual(texts(reaction), ['false true false', 'TypeError']);
});

test('listeners hear of the state and the one before, selectors of what they select', async (t) => {
  const body = `
    feed.subscribe((state, previous) => console.log('all', previous.isLive, state.isLive));
    const stop = feed.subscribe((state) => state.isLive, (now, before) => console.log('selected', before, now));
    feed.getState().setIsLive(true);
    feed.setState({ items: [] });
    stop();
    feed.getState().setIsLive(false);
  `;
  assert.deepEqual(texts(await run(t, body)), [
    'all false true',
    'selected false true',
    'all true true',
    'all true false',
  ]);
});

test('a write of the implementation itself is told, once for each fact, before any listener hears of it', async (t) => {
  const body = `
    host.subscribe(() => console.log('heard'));
    host.setState({ isActive: true, hostAgent: { id: 'mine' }, isInitialized: true });
    host.setState((state) => ({ error: null, volume: 3 }));
    feed.setState({ hasContent: false });
  `;
  assert.deepEqual(told(await run(t, body)).slice(0, -1), [
    { event: 'wrote', service: 'host', field: 'active', value: true },
    { event: 'wrote', service: 'host', field: 'initialized', value: true },
    { event: 'logged', level: 'log', text: 'heard' },
    { event: 'wrote', service: 'host', field: 'volume', value: 3 },
    { event: 'logged', level: 'log', text: 'heard' },
    { event: 'wrote', service: 'live_feed', field: 'content', value: false },
  ]);
});

test('what an operation changes is no write of the implementation', async (t) => {
  assert.deepEqual(told(await run(t, 'feed.getState().setIsLive(true);'), 'wrote'), []);
});

test('fields and methods can have other names, and further ones can be added', async (t) => {
  const services = {
    host: {
      fields: { isActive: 'running', hostAgent: 'agent', error: 'problem' },
      methods: { initialize: 'setUp' },
      state: { volume: 7 },
      extra: ({ get, set }) => ({ louder: () => set({ volume: get().volume + 1 }) }),
    },
    producer: {
      facts: { active: { read: (state) => state.status === 'on', write: (on) => ({ status: on ? 'on' : 'off' }) } },
    },
  };
  const body = `
    host.getState().louder();
    const { running, agent, problem, volume, isActive } = host.getState();
    console.log(running, agent, problem, volume, isActive, producer.getState().status);
    host.getState().setUp();
  `;
  const subject = await openedAlone(t, running(body), { services });
  const first = await subject.take([begin, initialize]);
  assert.deepEqual(texts(first), ['false null null 8 undefined off']);
  assert.deepEqual(told(first, 'wrote'), [{ service: 'host', field: 'volume', value: 8 }]);
  assert.equal(told(first, 'called')[0].operation, 'host.initialize');
});

test("a renamed field shows effects, and facts of one's own are written and observed", async (t) => {
  const text = `
    import { host, producer } from 'stores';
    host.subscribe(({ running, agent }) => console.log('host', running, Boolean(agent)));
    producer.subscribe(({ status }) => console.log('producer', status));
    export const subject = { run() {
      void host.getState().initialize();
      void producer.getState().startProducer();
      producer.setState({ status: 'on' });
    } };
  `;
  const services = {
    host: { fields: { isActive: 'running', hostAgent: 'agent' } },
    producer: { facts: { active: { read: (s) => s.status === 'on', write: (on) => ({ status: on ? 'on' : 'off' }) } } },
  };
  const subject = await openedAlone(t, text, { services });
  const first = await subject.take([begin, initialize]);
  assert.deepEqual(told(first, 'wrote'), [{ service: 'producer', field: 'active', value: true }]);
  assert.deepEqual(texts(await subject.take([effect(1), effect(2), { do: 'flip', service: 'producer' }])), [
    'host false true',
    'producer on',
    'producer off',
  ]);
});

test('a service that falls over is off; listeners hear of it if it reports it, otherwise nobody does', async (t) => {
  const text = `
    import { host } from 'stores';
    host.subscribe(({ isActive, hostAgent, error }) => console.log('heard', isActive, Boolean(hostAgent), error));
    export const subject = { run() {
      host.setState({ isActive: true, hostAgent: { id: 'a' } });
      setTimeout(() => console.log('read', host.getState().isActive, host.getState().hostAgent), 10);
    } };
  `;
  const reported = [];
  const subject = await openedAlone(t, text, { report: (...values) => reported.push(values.slice(0, 2)) });
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([{ do: 'lose', service: 'host', noticed: true }])), [
    'heard false false lost',
  ]);
  assert.deepEqual(texts(await subject.take([{ do: 'lose', service: 'host', noticed: true }])), [
    'heard false false lost again',
  ]);
  assert.deepEqual(reported, [['host', 'lost'], ['host', 'lost again']]);
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([{ do: 'lose', service: 'host', noticed: false }, advance(10)])), [
    'read false null',
  ]);
  assert.equal(reported.length, 2);
});

test('the feed gains and loses its content, also from the beginning', async (t) => {
  const text = `
    import { feed } from 'stores';
    feed.subscribe(({ hasContent, items }) => console.log(hasContent, items.length));
    export const subject = { run: () => console.log(feed.getState().hasContent) };
  `;
  const subject = await openedAlone(t, text);
  const reaction = await subject.take([
    { do: 'begin', content: false },
    initialize,
    { do: 'fill', present: true },
    { do: 'fill', present: false },
  ]);
  assert.deepEqual(texts(reaction), ['false', 'true 1', 'false 0']);
});

test('a mistake in the adapter is one line with the name that was meant', async (t) => {
  const mistakes = {
    "adapter: 'store' is unknown; did you mean 'stores'?": { store: {} },
    "stores['x'].y: 'hosts' is no stand-in; did you mean 'host'?": { stores: { x: { y: 'hosts' } } },
    "services: 'hosst' is unknown; did you mean 'host'?": { services: { hosst: {} } },
    "services.host.fields: 'isActiv' is unknown; did you mean 'isActive'?": {
      services: { host: { fields: { isActiv: 'x' } } },
    },
    "styles['host.start']: 'promises' is no style; did you mean 'promise'?": { styles: { 'host.start': 'promises' } },
    "commands: 'start' is unknown; there is: initialize, start_broadcast, stop_broadcast, emergency_stop, recover": {
      commands: { start: 'x' },
    },
  };
  for (const [message, changes] of Object.entries(mistakes)) {
    await assert.rejects(
      open(alone(t, running(''), changes)),
      (error) => error instanceof KitError && error.message === message,
      message,
    );
  }
});
