import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, begin, effect, initialize, openedAlone, told } from './support.js';

const texts = (reaction) => told(reaction, 'logged').map(({ text }) => text);
const numbered = (body) => `
  import { host, feed } from 'stores';
  let lives = 0;
  export const subject = { async run() { ${body} } };
`;

test('after a reload a fresh module lives over the same stores, and of the old one nothing runs', async (t) => {
  const subject = await openedAlone(
    t,
    numbered(`
      host.subscribe(() => console.log('heard in life', lives));
      setTimeout(() => console.log('a timer'), 100);
      console.log('life', ++lives, host.getState().isActive);
      await host.getState().start();
      console.log('answered');
    `),
  );
  await subject.take([begin, initialize]);
  const late = await subject.take([{ do: 'reload', config: {} }, effect(1), advance(200)]);
  assert.deepEqual(texts(late), []);
  assert.equal(late.next_timer_ms, null);
  assert.deepEqual(texts(await subject.take([{ ...initialize, id: 2 }])), ['life 1 false']);
});

test('a service is read by a promise, with what the driver says was found', async (t) => {
  const subject = await openedAlone(t, numbered(`console.log(await host.getState().readActive());`));
  assert.deepEqual(told(await subject.take([begin, initialize]), 'called'), [
    { call: 1, operation: 'host.is_on', session: null },
  ]);
  const answer = { do: 'answer', call: 1, ok: true, found: false };
  assert.deepEqual(texts(await subject.take([effect(1), answer])), ['false']);
});

test('a command has the number that it is given, and an older one is refused', async (t) => {
  const subject = await openedAlone(
    t,
    numbered(`
      feed.getState().setIsLive(true, { number: 7 });
      try { feed.getState().setIsLive(false, { number: 6 }); } catch (late) { console.log(late.message); }
      console.log(feed.getState().isLive);
    `),
  );
  const reaction = await subject.take([begin, initialize]);
  assert.deepEqual(
    told(reaction, 'called').map(({ number }) => number),
    [7, 6],
  );
  assert.deepEqual(texts(reaction), ['refused (call 2)', 'true']);
});

test('what another dashboard does changes a service, and nothing else', async (t) => {
  const subject = await openedAlone(t, numbered(`console.log(feed.getState().isLive);`));
  await subject.take([begin, { do: 'elsewhere', command: 'start_broadcast' }]);
  await subject.take([{ do: 'effect_elsewhere', operation: 'live_feed.start', session: 'elsewhere' }]);
  assert.deepEqual(texts(await subject.take([initialize])), ['true']);
});
