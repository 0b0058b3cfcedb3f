import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createStore } from 'zustand/vanilla';
import { KitError, record, toFile, toUrl } from '../src/index.js';

const pause = (ms = 2) => new Promise((resolve) => setTimeout(resolve, ms));

/** A small orchestrator over two services, as people write them; `wires` says how each call goes. */
function app(wires = {}) {
  const answer = async (call) => {
    await pause();
    if (wires[call]) throw wires[call];
  };
  const host = createStore((set, get) => ({
    isActive: false,
    isInitialized: false,
    hostAgent: null,
    error: null,
    initialize: async () => {
      await answer('host.initialize');
      set({ hostAgent: {}, isInitialized: true });
    },
    start: async () => {
      await answer('host.start');
      set({ isActive: true });
    },
    stop: async () => {
      await answer('host.stop');
      set({ isActive: false });
    },
  }));
  const feed = createStore((set) => ({
    isLive: false,
    hasContent: true,
    error: null,
    setIsLive: (isLive) => set({ isLive }),
  }));
  const orchestrator = createStore((set, get) => ({
    state: 'idle',
    error: null,
    history: [],
    initialize: async () => {
      set({ state: 'initializing' });
      await host.getState().initialize();
      set({ state: 'ready' });
      return 'initialized';
    },
    startBroadcast: async () => {
      set({ state: 'starting' });
      feed.getState().setIsLive(true);
      await host.getState().start();
      set({ state: 'live' });
    },
    stopBroadcast: () => {
      throw new TypeError('cannot stop');
    },
    emergencyStop: async () => set({ state: 'idle' }),
    recover: async () => {
      await get().emergencyStop();
      await pause();
      await get().initialize();
    },
  }));
  return { host, feed, orchestrator };
}

/** All four services; those that do not matter here do nothing. */
function storesOf(host, feed = { setIsLive() {} }) {
  return {
    host,
    live_feed: feed,
    producer: { startProducer() {}, stopProducer() {} },
    session: { startBroadcastSession() {}, endBroadcastSession() {} },
  };
}

/** It is recorded: the lines, as data, and what stops it. */
function recorded({ host, feed, orchestrator }, options = {}) {
  const lines = [];
  const recording = record(orchestrator, {
    stores: storesOf(host, feed),
    convex: null,
    to: (line) => lines.push(JSON.parse(line)),
    ...options,
  });
  return { lines, stop: recording.stop, steps: (kind) => lines.filter((each) => each.step?.do === kind) };
}

const events = (lines, kind) => lines.flatMap((each) => each.events ?? []).filter(({ event }) => event === kind);

test('an evening is a line a moment: who asks, what is called, what it does, how it is answered', async () => {
  const all = app();
  const { lines, stop } = recorded(all, { name: 'ours' });
  assert.equal(await all.orchestrator.getState().initialize(), 'initialized');
  await pause();
  stop();
  assert.deepEqual(
    lines.map((each) => each.step?.do ?? each.format ?? each.ended),
    ['broadcast-recording', 'begin', 'look', 'command', 'effect', 'answer', 'look', 'closed'],
  );
  assert.deepEqual(
    lines[3].events.map(({ event }) => event),
    ['state', 'called'],
  );
  assert.equal(lines[4].truth.initialized, true);
  assert.deepEqual(
    lines[5].events.map(({ event }) => event),
    ['state', 'settled'],
  );
});

test('what is done when it returns is part of the moment, and no moment of its own', async () => {
  const all = app();
  const { lines, stop, steps } = recorded(all);
  await all.orchestrator.getState().initialize();
  await all.orchestrator.getState().startBroadcast('session-1');
  stop();
  const [, start] = steps('command');
  assert.deepEqual(start.step, { do: 'command', id: 2, command: 'start_broadcast', session: 'session-1' });
  assert.deepEqual(start.at_once, [{ call: 2, effect: true, ok: true, message: '' }]);
  assert.deepEqual(start.truth.active, [true, false, false, false]);
  assert.deepEqual(
    events([start], 'called').map(({ operation }) => operation),
    ['live_feed.start', 'host.start'],
  );
  assert.deepEqual(lines.at(-1), { ended: 'closed' });
});

test('commands that the orchestrator gives itself are nobody’s', async () => {
  const all = app();
  const { stop, steps } = recorded(all);
  await all.orchestrator.getState().recover();
  stop();
  assert.deepEqual(
    steps('command').map(({ step }) => step.command),
    ['recover'],
  );
});

test('failures come to whoever waits for them, and are told with their words', async () => {
  const all = app({ 'host.initialize': new Error('no network') });
  const { stop, steps, lines } = recorded(all);
  await assert.rejects(all.orchestrator.getState().initialize(), { message: 'no network' });
  assert.throws(() => all.orchestrator.getState().stopBroadcast(), TypeError);
  stop();
  assert.deepEqual(steps('answer')[0].step, { do: 'answer', call: 1, ok: false, message: 'no network' });
  assert.deepEqual(
    events(lines, 'settled').map(({ command, ok, message }) => [command, ok, message]),
    [
      [1, false, 'no network'],
      [2, false, 'cannot stop'],
    ],
  );
});

test('a rejection that is no error is told as what it is', async () => {
  const all = app({ 'host.initialize': 'no network' });
  const { stop, steps } = recorded(all);
  await assert.rejects(() => all.orchestrator.getState().initialize());
  stop();
  assert.equal(steps('answer')[0].step.form, 'text');
});

test('a service that falls over, is switched or says that it failed is seen before what follows from it', async () => {
  const all = app();
  all.host.subscribe(({ error }) => error && all.orchestrator.setState({ state: 'error', error }));
  const { stop, lines } = recorded(all);
  await all.orchestrator.getState().initialize();
  await pause();
  all.host.setState({ isInitialized: false, hostAgent: null, error: 'battery' });
  await pause();
  all.host.setState({ isActive: true });
  all.feed.setState({ hasContent: false });
  all.feed.setState({ error: 'no picture' });
  stop();
  const befell = lines.filter(({ step }) => ['lose', 'flip', 'fill'].includes(step?.do));
  assert.deepEqual(
    befell.map(({ step }) => step),
    [
      { do: 'lose', service: 'host', noticed: true },
      { do: 'flip', service: 'host' },
      { do: 'fill', present: false },
      { do: 'lose', service: 'live_feed', noticed: true },
    ],
  );
  assert.deepEqual(
    befell[0].events.map(({ event }) => event),
    ['state', 'error'],
  );
  assert.deepEqual(befell[1].truth.active, [false, false, true, false]);
});

test('an error that a store shows while its call is open is the call’s', async () => {
  const all = app({ 'host.start': new Error('no voice') });
  const { start } = all.host.getState();
  const told = (error) => {
    all.host.setState({ error: error.message });
    throw error;
  };
  all.host.setState({ start: () => start().catch(told) });
  const { stop, steps } = recorded(all);
  await all.orchestrator.getState().initialize();
  await assert.rejects(all.orchestrator.getState().startBroadcast());
  stop();
  assert.deepEqual(steps('lose'), []);
  assert.equal(steps('answer').at(-1).step.message, 'no voice');
});

test('success that shows only in a field is an answer when it shows, and so is failure', async () => {
  const all = app();
  let fails = false;
  const appears = () => (fails ? { error: 'no network' } : { hostAgent: {}, isInitialized: true });
  all.host.setState({ initialize: () => void setTimeout(() => all.host.setState(appears()), 2) });
  all.orchestrator.setState({ initialize: async () => all.host.getState().initialize() });
  const { stop, steps } = recorded(all, { styles: { 'host.initialize': 'field' } });
  fails = true;
  await all.orchestrator.getState().initialize();
  await pause(5);
  fails = false;
  await all.orchestrator.getState().initialize();
  await pause(5);
  stop();
  assert.deepEqual(
    steps('answer').map(({ step }) => [step.call, step.ok, step.message]),
    [
      [1, false, 'no network'],
      [2, true, ''],
    ],
  );
});

test('objects and classes are recorded, too; a service that shows nothing is believed', async () => {
  class Orchestrator {
    state = 'idle';
    constructor(host) {
      this.host = host;
    }
    async initialize() {
      await this.host.initialize();
      this.state = 'ready';
    }
    async startBroadcast() {}
    async stopBroadcast() {}
    async emergencyStop() {}
    async recover() {}
  }
  const host = { initialize: async () => pause(), start: async () => {}, stop: async () => {} };
  const before = { ...host };
  const orchestrator = new Orchestrator(host);
  const { lines, stop, steps } = recorded({ host, orchestrator });
  await orchestrator.initialize();
  await pause();
  stop();
  assert.deepEqual(lines[0].believed, ['host', 'live_feed', 'producer', 'session']);
  assert.deepEqual(steps('effect')[0].step, { do: 'effect', call: 1 });
  assert.deepEqual(events(lines, 'state')[0].state, 'ready');
  assert.deepEqual(host, before);
  assert.equal(Object.hasOwn(orchestrator, 'initialize'), false);
});

test('writes to the backend are told with what they say; other mutations are none of it', async () => {
  const all = app();
  const client = { mutation: async (name, args) => `${name} ${args.id}` };
  const { mutation } = client;
  const { stop, steps, lines } = recorded(all, { convex: client });
  void all.orchestrator.getState().initialize();
  const args = { id: 's', broadcastState: 'live', hostActive: true };
  assert.equal(await client.mutation('sessions:updateBroadcastState', args), 'sessions:updateBroadcastState s');
  await client.mutation('chat:send', { id: 'x' });
  stop();
  const [write, ...others] = events(lines, 'called').filter(({ operation }) => operation.startsWith('convex'));
  assert.deepEqual(others, []);
  assert.deepEqual([write.session, write.payload], ['s', { broadcast_state: 'live', host_active: true }]);
  assert.deepEqual(steps('effect').at(-1).truth.backend, ['s']);
  assert.equal(client.mutation, mutation);
});

test('options are told as they change, and when they are set back', async () => {
  const all = app();
  const config = { maxRetries: 3, retryDelay: 'soon', volume: 11 };
  all.orchestrator.setState({
    config,
    updateConfig: (changes) => all.orchestrator.setState({ config: { ...config, ...changes } }),
    resetConfig: () => all.orchestrator.setState({ config }),
  });
  const { lines, stop, steps } = recorded(all);
  all.orchestrator.getState().updateConfig({ maxRetries: 0 });
  all.orchestrator.getState().resetConfig();
  stop();
  assert.deepEqual(lines[0].config, { max_retries: 3, enable_convex_sync: false });
  assert.deepEqual(
    steps('configure').map(({ step }) => step.config.max_retries),
    [0, 3],
  );
});

test('messages and sessions are redacted, also where others quote them', async () => {
  const all = app({ 'host.start': new Error('room 7 is on fire') });
  const redact = (what, text) => (text.includes('state') ? text : `${what} ${text.length}`);
  const { lines, stop } = recorded(all, { redact });
  await all.orchestrator.getState().initialize();
  await assert.rejects(all.orchestrator.getState().startBroadcast('room 7'));
  all.orchestrator.setState({ state: 'error', error: 'the state: room 7 is on fire' });
  stop();
  const text = JSON.stringify(lines);
  assert.doesNotMatch(text, /room 7|fire/);
  assert.match(text, /"session":"session 6"/);
  assert.match(text, /"text":"the state: message 17"/);
});

test('a redaction that throws withholds the text', async () => {
  const all = app({ 'host.initialize': new Error('secret') });
  const redact = () => {
    throw new Error('cannot');
  };
  const { lines, stop } = recorded(all, { redact });
  await assert.rejects(() => all.orchestrator.getState().initialize());
  stop();
  assert.doesNotMatch(JSON.stringify(lines), /secret/);
});

test('half of a character is a mark, a whole one is kept', async () => {
  const all = app({ 'host.start': new Error('half \ud83d, whole \ud83d\ude00') });
  const { lines, stop } = recorded(all, { name: 'ours \ude00' });
  await all.orchestrator.getState().initialize();
  await assert.rejects(all.orchestrator.getState().startBroadcast('room \ud83d'));
  stop();
  assert.equal(lines[0].name, 'ours \ufffd');
  assert.deepEqual(
    lines.filter(({ step }) => step?.session).map(({ step }) => step.session),
    ['room \ufffd'],
  );
  assert.deepEqual(
    events(lines, 'settled').map(({ message }) => message).filter((message) => message),
    ['half \ufffd, whole \ud83d\ude00'],
  );
  assert.doesNotMatch(JSON.stringify(lines), /\\ud/);
});

test('when it is over all methods are what they were', async () => {
  const all = app();
  const before = [all.orchestrator, all.host, all.feed].map((store) => store.getState());
  const { stop, lines } = recorded(all);
  stop();
  assert.deepEqual([all.orchestrator, all.host, all.feed].map((store) => store.getState()), before);
  const count = lines.length;
  await all.orchestrator.getState().initialize();
  stop();
  assert.equal(lines.length, count);
});

test('a recording that goes wrong ends, is told once, and disturbs nobody', async () => {
  const all = app();
  const problems = [];
  let left = 4;
  const to = () => {
    if (left-- === 0) throw new Error('no space left');
  };
  const onProblem = (problem) => problems.push(problem.message);
  record(all.orchestrator, { stores: storesOf(all.host, all.feed), convex: null, to, onProblem });
  await all.orchestrator.getState().initialize();
  await all.orchestrator.getState().startBroadcast();
  assert.equal(all.orchestrator.getState().state, 'live');
  assert.deepEqual(problems, ['no space left']);
});

const refused = {
  'without a place to write to': [{ to: undefined }, /'to' is missing/],
  'an option that is unknown': [{ stroes: {} }, /'stroes' is unknown; did you mean 'stores'\?/],
  'a service that is unknown': [{ stores: { hsot: {} } }, /record: stores: 'hsot' is unknown; did you mean 'host'\?/],
  'a service whose calls nobody would see': [{ stores: { host: {} } }, /stores: producer is missing/],
  'without a word of the backend': [{ convex: undefined }, /'convex' is missing, the client of the backend; null where/],
  'a method that is not there': [{ commands: { recover: 'mend' } }, /there is no method 'mend'; say under 'commands'/],
  'a client without mutations': [{ convex: {} }, /convex: there is no method 'mutation'/],
};

for (const [what, [options, message]] of Object.entries(refused))
  test(`refused, in one line, and nothing is wrapped: ${what}`, () => {
    const all = app();
    const before = [all.orchestrator, all.host].map((store) => store.getState());
    const right = { stores: storesOf(all.host, all.feed), convex: null, to() {} };
    const wrong = () => record(all.orchestrator, { ...right, ...options });
    assert.throws(wrong, (error) => error instanceof KitError && message.test(error.message));
    assert.deepEqual([all.orchestrator, all.host].map((store) => store.getState()), before);
  });

test('it has to begin before the first command', async () => {
  const all = app();
  await all.orchestrator.getState().initialize();
  assert.throws(() => recorded(all), /the state is ready; begin to record before the first command/);
});

// -- Where the lines go ---------------------------------------------------------------------------

test('a file has each line at once, and one that is there is never overwritten', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'broadcast-subject-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'evening.jsonl');
  const write = toFile(file);
  write('{"ü":1}\n');
  write('{}\n');
  assert.equal(readFileSync(file, 'utf8'), '{"ü":1}\n{}\n');
  assert.throws(() => toFile(file), /EEXIST/);
  assert.ok(existsSync(file));
});

test('an address is sent the lines in their order, and again where that failed', async () => {
  const bodies = [];
  let answers = [500, 'lost', 200, 200];
  const fetch = async (url, { method, body }) => {
    const answer = answers.shift();
    bodies.push([url, method, body, answer]);
    if (answer === 'lost') throw new Error('no network');
    return { ok: answer === 200, status: answer };
  };
  const to = toUrl('/evidence', { fetch, everyMs: 1 });
  to('a\n');
  await to.flush();
  to('b\n');
  await to.flush();
  to('c\n');
  await to.flush();
  await pause(5);
  assert.deepEqual(
    bodies.map(([, , body, answer]) => [body, answer]),
    [
      ['a\n', 500],
      ['a\nb\n', 'lost'],
      ['a\nb\nc\n', 200],
    ],
  );
  assert.deepEqual(bodies[0].slice(0, 2), ['/evidence', 'POST']);
});
