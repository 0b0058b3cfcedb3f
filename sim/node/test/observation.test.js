import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, begin, effect, fulfilled, initialize, look, opened, openedAlone, rejected, told } from './support.js';

const command = (id, name) => ({ do: 'command', id, command: name });
const ready = [effect(1), fulfilled(1)];

async function readied(t) {
  const subject = await opened(t);
  await subject.take([begin, initialize]);
  await subject.take(ready);
  return subject;
}

test('every state is told, also when several pass at one instant, each with its record', async (t) => {
  const subject = await opened(t);
  const reaction = await subject.take([begin, command(1, 'recover')]);
  assert.deepEqual(told(reaction), [
    { event: 'recorded', source: 'idle', target: 'idle', reason: 'recovered' },
    { event: 'state', state: 'initializing' },
    { event: 'recorded', source: 'idle', target: 'initializing', reason: 'again' },
    { event: 'state', state: 'ready' },
    { event: 'recorded', source: 'initializing', target: 'ready', reason: 'there already' },
    { event: 'settled', command: 1, ok: true, message: '' },
  ]);
});

test('a state that a listener of the store itself leaves at once is told in its place', async (t) => {
  const text = `
    import { createStore } from 'zustand/vanilla';
    export const subject = createStore(() => ({ state: 'idle', run: () => subject.setState({ state: 'starting' }) }));
    subject.subscribe(({ state }) => state === 'starting' && subject.setState({ state: 'live' }));
  `;
  const subject = await openedAlone(t, text);
  assert.deepEqual(told(await subject.take([begin, initialize]), 'state'), [{ state: 'starting' }, { state: 'live' }]);
});

test('an adapter that looks in the wrong place is told so, and the implementation is left in peace', async (t) => {
  const text = 'export const subject = { on: false, run() { subject.on = true; console.log("done"); } };';
  const misled = (api) => (api.on ? undefined : 'idle');
  const subject = await openedAlone(t, text, { observe: { state: misled } });
  const message = 'orchestrator: its state is undefined; say under observe.state where it is shown';
  await assert.rejects(subject.take([begin, initialize]), { message });
});

test('a change of state that the implementation does not record is told as a state alone', async (t) => {
  const subject = await readied(t);
  await subject.take([command(2, 'start_broadcast')]);
  await subject.take([fulfilled(4)]);
  await subject.take([fulfilled(5)]);
  const reaction = await subject.take([effect(4), { do: 'lose', service: 'host' }]);
  assert.deepEqual(told(reaction), [
    { event: 'state', state: 'error' },
    { event: 'error', text: 'host: lost' },
  ]);
});

test('the error text is told when it comes and when it goes, and a rejected command with its message', async (t) => {
  const subject = await opened(t);
  await subject.take([begin, initialize]);
  const failed = await subject.take([rejected(1, 'no\n network')]);
  assert.deepEqual(told(failed).slice(2), [
    { event: 'error', text: 'no network' },
    { event: 'settled', command: 1, ok: false, message: 'no network' },
  ]);
  assert.deepEqual(told(await subject.take([command(2, 'recover')]), 'error'), [{ text: null }]);
});

test('a timeout of the implementation ends the command, and a hanging call stays a call', async (t) => {
  const subject = await opened(t);
  await subject.take([begin, initialize]);
  const reaction = await subject.take([advance(10_000)]);
  assert.deepEqual(told(reaction, 'settled'), [{ command: 1, ok: false, message: 'no answer in 10000 ms' }]);
});

test('a command that never ends is never told as ended', async (t) => {
  const subject = await openedAlone(t, 'export const subject = { run: () => new Promise(() => {}) };');
  assert.deepEqual(told(await subject.take([begin, initialize, advance(1e9)])), []);
});

test('a command that throws at once counts as rejected, and one that returns nothing as fulfilled', async (t) => {
  const thrower = await openedAlone(t, 'export const subject = { run() { throw "a text"; } };');
  assert.deepEqual(told(await thrower.take([begin, initialize]), 'settled'), [
    { command: 1, ok: false, message: 'a text' },
  ]);
  thrower.close();
  const quiet = await openedAlone(t, 'export const subject = { run() {} };');
  assert.deepEqual(told(await quiet.take([begin, initialize]), 'settled'), [{ command: 1, ok: true, message: '' }]);
});

test('a rejection that nobody handles is told, and is no crash', async (t) => {
  const subject = await readied(t);
  const reaction = await subject.take([command(2, 'emergency_stop')]);
  assert.deepEqual(told(reaction, 'unhandled'), [{ message: 'nobody waits for this' }]);
});

test('console and standard output are captured with their levels, errors without their stacks', async (t) => {
  const text = `export const subject = { run() {
    console.debug('a %d', 1); console.info({ b: 2 }); console.warn('c', new TypeError('bad')); console.error('d');
    console.table([1].length); console.assert(false, 'e'); process.stdout.write('f\\n');
  } };`;
  const subject = await openedAlone(t, text);
  assert.deepEqual(
    told(await subject.take([begin, initialize]), 'logged').map(({ level, text }) => [level, text]),
    [
      ['debug', 'a 1'],
      ['info', '{ b: 2 }'],
      ['warn', 'c TypeError: bad'],
      ['error', 'd'],
      ['log', '1'],
      ['error', 'Assertion failed: e'],
      ['stdout', 'f'],
    ],
  );
});

test('of a flood of lines only the beginning is kept', async (t) => {
  const subject = await openedAlone(
    t,
    'export const subject = { run() { for (let i = 0; i < 20000; i++) console.log(i); } };',
  );
  const lines = told(await subject.take([begin, initialize]), 'logged');
  assert.equal(lines.length, 5001);
  assert.equal(lines.at(-1).text, '(and more)');
});

test('events are numbered through the scenario', async (t) => {
  const subject = await opened(t);
  const numbers = [];
  for (const steps of [[begin, initialize], ready, [look]]) {
    numbers.push(...(await subject.take(steps)).events.map(({ n }) => n));
  }
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7]);
});

test('a snapshot says what the implementation says of itself', async (t) => {
  const subject = await readied(t);
  const [{ data }] = told(await subject.take([look]), 'snapshot');
  assert.deepEqual(data, {
    state: 'ready',
    error: null,
    can_start: true,
    can_stop: false,
    is_transitioning: false,
    history: [
      ['idle', 'initializing'],
      ['initializing', 'ready'],
    ],
  });
});

test('a snapshot leaves out what the implementation does not offer or cannot say', async (t) => {
  const subject = await openedAlone(
    t,
    'export const subject = { state: "idle", run() {}, canStartBroadcast() { throw new Error("oh"); } };',
  );
  const reaction = await subject.take([begin, look]);
  assert.deepEqual(told(reaction), [
    { event: 'logged', level: 'error', text: 'can_start: oh' },
    { event: 'snapshot', data: { state: 'idle', error: null } },
  ]);
});

test("options are set in the guide's spelling, and one that is refused is told", async (t) => {
  const subject = await opened(t);
  const first = await subject.take([{ do: 'begin', config: { initialization_timeout: 500 } }, initialize]);
  assert.equal(first.next_timer_ms, 500);
  const second = await subject.take([{ do: 'configure', config: { initialization_timeout: 0 } }]);
  assert.deepEqual(told(second), [
    { event: 'logged', level: 'error', text: 'updateConfig: initializationTimeout: cannot be 0' },
  ]);
});

test('a history that is cut at its beginning, or made anew each time, is told entry by entry once', async (t) => {
  const text = `export const subject = { state: 'a', history: [] as any[], run() {
    const entry = { from: subject.state, to: subject.state + 'x', reason: '' };
    subject.state = entry.to;
    subject.history = [...subject.history, entry].slice(-2);
  } };`;
  const seen = [];
  const subject = await openedAlone(t, text);
  await subject.take([begin]);
  for (let id = 1; id <= 4; id++)
    seen.push(...told(await subject.take([{ ...initialize, id }]), 'recorded').map(({ target }) => target));
  assert.deepEqual(seen, ['ax', 'axx', 'axxx', 'axxxx']);
});

test('members that a stand-in lacks are named once each, what anyone asks of any object is not', async (t) => {
  const text = `
    import { feed, host } from 'stores';
    export const subject = { async run() {
      feed.getState().setCurrentSessionId;
      feed((state) => state.setCurrentSessionId);
      host.subscribe((now, before) => [now.isActive, before.volume]);
      const state = await host.getState();
      [JSON.stringify(state), String(state), state.$$typeof, state._internal, { ...state }.extra];
      await host.getState().start();
    } };
  `;
  const subject = await openedAlone(t, text);
  await subject.take([begin, { do: 'flip', service: 'host' }, initialize]);
  await subject.take([effect(1)]);
  const [{ data }] = told(await subject.take([{ do: 'flip', service: 'host' }, look]), 'snapshot');
  assert.deepEqual(data.lacking, ['live_feed.setCurrentSessionId', 'host.volume']);
});

test('a member that the adapter names is there, and each scenario begins with none that is lacking', async (t) => {
  const text = `
    import { feed } from 'stores';
    export const subject = { run() { feed.getState().title; feed.getState().other; } };
  `;
  const subject = await openedAlone(t, text, { services: { live_feed: { state: { title: undefined } } } });
  const [first] = told(await subject.take([begin, initialize, look]), 'snapshot');
  assert.deepEqual(first.data.lacking, ['live_feed.other']);
  const [second] = told(await subject.take([begin, look]), 'snapshot');
  assert.equal('lacking' in second.data, false);
});

test('what is printed wherever the kit looks is not told, and ends nothing', async (t) => {
  const text = `
    let state = 'idle';
    export const subject = {
      get state() { console.log('state?'); return state; },
      get history() { console.log('history?'); return []; },
      canStartBroadcast() { console.log('can start?'); return true; },
      run() { console.log('done'); state = 'ready'; },
    };
  `;
  const subject = await openedAlone(t, text);
  const reaction = await subject.take([begin, look, initialize, look]);
  assert.deepEqual(told(reaction, 'logged'), [{ level: 'log', text: 'done' }]);
  assert.equal(told(reaction, 'snapshot').length, 2);
});

test('a reader that throws shows nothing new, is told once, and reads on', async (t) => {
  const text = `export const subject = { at: 0, run() { subject.at += 1; } };`;
  const flaky = (values) => (api) => {
    if (api.at === 1) throw new Error('not now');
    return values[api.at];
  };
  const observe = { state: flaky(['idle', '', 'ready']), error: flaky([null, '', 'bad']), history: flaky([[], [], []]) };
  const subject = await openedAlone(t, text, { observe });
  const events = told(await subject.take([begin, initialize, { ...initialize, id: 2 }]));
  assert.deepEqual(events.filter(({ event }) => event !== 'settled'), [
    { event: 'logged', level: 'error', text: 'state: not now' },
    { event: 'logged', level: 'error', text: 'history: not now' },
    { event: 'logged', level: 'error', text: 'error: not now' },
    { event: 'state', state: 'ready' },
    { event: 'error', text: 'bad' },
  ]);
});

test('a history of one entry at a time is a whole one, also where each look makes the entry anew', async (t) => {
  const text = `
    let last = null;
    const go = (from, to) => { last = { from, to, reason: 'said' }; subject.state = to; };
    export const subject = {
      state: 'idle',
      run: async () => { go('idle', 'initializing'); await null; setImmediate(() => go('initializing', 'ready')); },
      getSnapshot: () => ({ orchestrator: { lastTransition: last && { ...last } } }),
    };
  `;
  const subject = await openedAlone(t, text, { observe: { subscribe() {} } });
  const first = await subject.take([begin, look]);
  assert.deepEqual(told(first, 'snapshot')[0].data.history, []);
  const second = await subject.take([initialize]);
  const third = await subject.take([look, look]);
  assert.deepEqual(told(second, 'recorded').map(({ target }) => target), ['ready']);
  assert.deepEqual(told(third, 'recorded'), []);
  assert.deepEqual(told(third, 'snapshot')[1].data.history, [['initializing', 'ready']]);
});

test('a history that the adapter does not show is left out of a snapshot', async (t) => {
  const subject = await opened(t, { observe: { history: () => undefined } });
  const [{ data }] = told(await subject.take([begin, look]), 'snapshot');
  assert.equal('history' in data, false);
});

test('whoever makes a call has shown its state by then, though subscribers hear of it later', async (t) => {
  const text = `
    import { host } from 'stores';
    const listeners = [];
    let now = { value: 'idle' };
    export const subject = {
      getSnapshot: () => now,
      subscribe: (listener) => void listeners.push(listener),
      run() {
        now = { value: 'initializing' };
        host.getState().initialize();
        listeners.forEach((listener) => listener(now));
      },
    };
  `;
  const subject = await openedAlone(t, text, { observe: { state: (actor) => actor.getSnapshot().value } });
  const events = told(await subject.take([begin, initialize]));
  assert.deepEqual(events.slice(0, 2), [
    { event: 'state', state: 'initializing' },
    { event: 'called', call: 1, operation: 'host.initialize', session: null },
  ]);
});

test('a store whose state has no methods is told how it is served', async (t) => {
  const text = 'export const subject = { getState: () => ({ state: "idle" }), subscribe() {}, dispatch() {} };';
  const message =
    "orchestrator: there is no method 'initialize' in what getState() gives; a store without methods (Redux) goes " +
    "into an object that has them, by 'orchestrator'";
  await assert.rejects(openedAlone(t, text, { commands: {} }), { message });
});

test('a method of the adapter takes the place of one of the stand-in, and hears its arguments', async (t) => {
  const text = `
    import { host } from 'stores';
    export const subject = { run: () => host.getState().start('s1').then(() => host.getState().start()) };
  `;
  const heard = [];
  const start = (studio) => (id) => {
    heard.push(id);
    return id ? studio.call('host.start') : Promise.reject(new TypeError('start: which session?'));
  };
  const services = { host: { extra: ({ studio }) => ({ start: start(studio) }) } };
  const subject = await openedAlone(t, text, { services });
  await subject.take([begin, initialize]);
  const reaction = await subject.take([fulfilled(1)]);
  assert.deepEqual(heard, ['s1', undefined]);
  assert.deepEqual(told(reaction, 'settled'), [{ command: 1, ok: false, message: 'start: which session?' }]);
});
