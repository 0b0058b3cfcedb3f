import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../src/index.js';
import { advance, alone, begin, initialize, openedAlone, told } from './support.js';

const logging = (body) => `export const subject = { async run() { ${body} } };`;
const texts = (reaction) => told(reaction, 'logged').map(({ text }) => text);

test('timers and dates move together, and only when the driver says so', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    const from = Date.now(), clock = performance.now();
    setTimeout(() => console.log(Date.now() - from, performance.now() - clock, new Date().toISOString()), 1500);
  `),
  );
  const first = await subject.take([begin, initialize]);
  assert.equal(first.next_timer_ms, 1500);
  assert.deepEqual(texts(first), []);
  const second = await subject.take([advance(1500)]);
  assert.deepEqual(texts(second), ['1500 1500 2026-01-01T00:00:01.500Z']);
  assert.equal(second.now_ms, 1500);
  assert.equal(second.next_timer_ms, null);
});

test('microtasks run between two timers that are due at the same time', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    setTimeout(async () => { console.log('first'); await null; console.log('after first'); }, 10);
    setTimeout(() => console.log('second'), 10);
  `),
  );
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([advance(10)])), ['first', 'after first', 'second']);
});

test('a step is over when no microtask, tick or immediate is left', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    for (let i = 0; i < 50; i++) await null;
    await new Promise((resolve) => process.nextTick(resolve));
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    console.log('done');
  `),
  );
  assert.deepEqual(texts(await subject.take([begin, initialize])), ['done']);
});

test('intervals, timers/promises and abort signals are virtual too', async (t) => {
  const subject = await openedAlone(
    t,
    `import { setTimeout as pause } from 'node:timers/promises';
    ${logging(`
    const every = setInterval(() => console.log('tick'), 100);
    AbortSignal.timeout(250).addEventListener('abort', () => { clearInterval(every); console.log('aborted'); });
    await pause(400);
    console.log('paused');
  `)}`,
  );
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([advance(1000)])), ['tick', 'tick', 'aborted', 'paused']);
});

test('what happens within an advance bears the time of its timer', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    setTimeout(() => console.log('a'), 10); setTimeout(() => console.log('b'), 20);
  `),
  );
  await subject.take([begin, initialize]);
  const { events, now_ms } = await subject.take([advance(30.5)]);
  assert.deepEqual(
    events.map(({ at_ms, text }) => [at_ms, text]),
    [
      [10, 'a'],
      [20, 'b'],
    ],
  );
  assert.equal(now_ms, 30.5);
});

test('an error that a timer throws is reported, and the other timers run', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    setTimeout(() => { throw new Error('from a timer'); }, 10);
    setTimeout(() => console.log('still here'), 10);
  `),
  );
  await subject.take([begin, initialize]);
  const reaction = await subject.take([advance(10)]);
  assert.deepEqual(told(reaction), [
    { event: 'unhandled', message: 'from a timer' },
    { event: 'logged', level: 'log', text: 'still here' },
  ]);
});

test('a new scenario begins at zero without the timers of the one before', async (t) => {
  const subject = await openedAlone(t, logging(`setTimeout(() => console.log(Date.now()), 10);`));
  await subject.take([begin, initialize, advance(5)]);
  const again = await subject.take([begin]);
  assert.deepEqual([again.now_ms, again.next_timer_ms], [0, null]);
  assert.deepEqual(texts(await subject.take([advance(100)])), []);
});

test('closing gives real time back', async (t) => {
  const before = [
    globalThis.setTimeout,
    globalThis.setImmediate,
    Date,
    AbortSignal.timeout,
    console.log,
    process.stdout,
  ];
  const subject = await open(alone(t, logging('')));
  assert.notEqual(globalThis.setTimeout, before[0]);
  subject.close();
  const after = [
    globalThis.setTimeout,
    globalThis.setImmediate,
    Date,
    AbortSignal.timeout,
    console.log,
    process.stdout,
  ];
  assert.deepEqual(
    after.map((each, index) => each === before[index]),
    Array(6).fill(true),
  );
});

test('when the clock is set, the date jumps and nothing else does', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    const from = Date.now(), clock = performance.now();
    setTimeout(() => console.log(Date.now() - from, performance.now() - clock), 1500);
  `),
  );
  for (const by_ms of [60_000, -60_000]) {
    await subject.take([begin, initialize, advance(500)]);
    const { now_ms, next_timer_ms } = await subject.take([{ do: 'set_clock', by_ms }]);
    assert.deepEqual([now_ms, next_timer_ms], [500, 1500]);
    const reaction = await subject.take([advance(1500)]);
    assert.deepEqual([texts(reaction), reaction.now_ms], [[`${1500 + by_ms} 1500`], 1500]);
  }
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([advance(1500)])), ['1500 1500']);
});

test('while timers stand still the clock goes on, and then what is overdue comes as it was due', async (t) => {
  const subject = await openedAlone(
    t,
    logging(`
    const from = Date.now(), clock = performance.now();
    const says = (name) => () => console.log(name, Date.now() - from, performance.now() - clock);
    setTimeout(says('third'), 300);
    setTimeout(async () => { says('first')(); await null; console.log('after first'); }, 100);
    setTimeout(says('second'), 200);
    setTimeout(says('later'), 900);
  `),
  );
  await subject.take([begin, initialize]);
  const still = await subject.take([advance(50), { do: 'suspend' }, advance(700)]);
  assert.deepEqual([texts(still), still.now_ms, still.next_timer_ms], [[], 700, null]);
  const again = await subject.take([{ do: 'resume' }]);
  assert.deepEqual(texts(again), ['first 700 700', 'after first', 'second 700 700', 'third 700 700']);
  assert.deepEqual([again.now_ms, again.next_timer_ms], [700, 900]);
  assert.deepEqual(texts(await subject.take([advance(900)])), ['later 900 900']);
});

test('a new scenario begins with timers that go on', async (t) => {
  const subject = await openedAlone(t, logging(`setTimeout(() => console.log('rings'), 100);`));
  await subject.take([begin, initialize, { do: 'suspend' }]);
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([advance(100)])), ['rings']);
});
