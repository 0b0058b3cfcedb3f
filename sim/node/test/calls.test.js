import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, begin, effect, fulfilled, initialize, openedAlone, rejected, told } from './support.js';

/** Starts the producer and logs what its caller sees, at once and in the end. */
const TRYING = `
  import { producer } from 'stores';
  const on = () => (producer.getState().isActive ? 'on' : 'off');
  export const subject = {
    async run() {
      let given;
      try {
        given = producer.getState().startProducer();
      } catch (error) {
        return console.log('threw', error.message, on());
      }
      console.log(given === undefined ? 'returned' : 'promised', on());
      if (given === undefined) return;
      await given.then(
        () => console.log('fulfilled', on()),
        (error) => console.log('rejected', error.message, on()),
      );
    },
  };
`;
const SAW = {
  promise: {
    pending: ['promised off'],
    at_once: ['promised on', 'fulfilled on'],
    nothing: ['promised off', 'fulfilled off'],
    throw: ['threw refused (call 1) off'],
    effect_then_throw: ['threw connection lost (call 1) on'],
  },
  sync: {
    pending: ['returned off'],
    at_once: ['returned on'],
    nothing: ['returned off'],
    throw: ['threw refused (call 1) off'],
    effect_then_throw: ['threw connection lost (call 1) on'],
  },
  field: {
    pending: ['returned off'],
    at_once: ['returned on'],
    nothing: ['returned off'],
    throw: ['threw refused (call 1) off'],
    effect_then_throw: ['threw connection lost (call 1) on'],
  },
};
const OWN = { promise: ['promised off'], sync: ['returned on'], field: ['returned off'] };
const texts = (reaction) => told(reaction, 'logged').map(({ text }) => text);

for (const [style, manners] of Object.entries(SAW)) {
  test(`a call of the style ${style} behaves in each manner as it should`, async (t) => {
    const subject = await openedAlone(t, TRYING, { styles: { 'producer.start': style } });
    for (const [manner, expected] of Object.entries(manners)) {
      const reaction = await subject.take([{ do: 'begin', manners: { 'producer.start': [manner] } }, initialize]);
      assert.deepEqual(texts(reaction), expected, manner);
    }
    assert.deepEqual(texts(await subject.take([begin, initialize])), OWN[style]);
  });
}

test('only the n-th call has the manner of the n-th place', async (t) => {
  const subject = await openedAlone(t, TRYING);
  const seen = [];
  for (const steps of [[{ do: 'begin', manners: { 'producer.start': ['', 'throw'] } }], [], []]) {
    seen.push(texts(await subject.take([...steps, initialize])));
  }
  assert.deepEqual(seen, [['promised off'], ['threw refused (call 2) off'], ['promised off']]);
});

test('effect and answer of a promise are apart, in either order, and the effect can come twice', async (t) => {
  const subject = await openedAlone(t, TRYING);
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([effect(1), fulfilled(1)])), ['fulfilled on']);
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([fulfilled(1), effect(1)])), ['fulfilled off']);
  await subject.take([begin, initialize]);
  assert.deepEqual(texts(await subject.take([effect(1), rejected(1, 'lost')])), ['rejected lost on']);
  assert.deepEqual(texts(await subject.take([effect(1), fulfilled(1)])), []);
});

test('a promise is rejected with an error, a text, nothing at all or an object', async (t) => {
  const text = `
    import { producer } from 'stores';
    const shown = (thrown) => (thrown instanceof Error ? 'error ' + thrown.message : JSON.stringify(thrown));
    export const subject = { run: () => producer.getState().startProducer().catch((e) => console.log(shown(e))) };
  `;
  const subject = await openedAlone(t, text);
  const forms = { error: 'error no', text: '"no"', nothing: 'undefined', object: '{"code":503}' };
  for (const [form, expected] of Object.entries(forms)) {
    const reaction = await subject.take([begin, initialize]);
    assert.equal(reaction.took, 2);
    assert.deepEqual(texts(await subject.take([{ ...rejected(1, 'no'), form }])), [expected]);
  }
  await assert.rejects(subject.take([{ ...rejected(1, 'no'), form: 'smoke' }]), /there is no rejection of the form smoke/);
});

test('the style "field" shows success and failure in the store alone', async (t) => {
  const text = `
    import { host } from 'stores';
    host.subscribe(({ hostAgent, error }) => console.log(hostAgent?.id ?? 'no agent', error));
    export const subject = { run: () => console.log(host.getState().initialize()) };
  `;
  const subject = await openedAlone(t, text, { styles: { 'host.initialize': 'field' } });
  assert.deepEqual(texts(await subject.take([begin, initialize])), ['undefined']);
  assert.deepEqual(texts(await subject.take([rejected(1, 'no network')])), ['no agent no network']);
  assert.deepEqual(texts(await subject.take([effect(1)])), ['host-agent no network']);
});

test('a host without an agent does not start', async (t) => {
  const text = `
    import { host } from 'stores';
    setTimeout(() => console.log(host.getState().isActive ? 'on' : 'off'), 1);
    export const subject = { run: () => host.getState().start() };
  `;
  const subject = await openedAlone(t, text);
  const at_once = { do: 'begin', manners: { 'host.start': ['at_once'] } };
  assert.deepEqual(told(await subject.take([at_once, initialize]), 'settled'), [
    { command: 1, ok: false, message: 'refused (call 1)' },
  ]);
  await subject.take([begin, initialize, advance(1)]);
  assert.deepEqual(texts(await subject.take([effect(1), advance(1)])), ['off']);
});

test('the driver hears of a call before it goes on', async (t) => {
  const subject = await openedAlone(t, TRYING);
  const { took, events } = await subject.take([begin, initialize, { do: 'look' }]);
  assert.equal(took, 2);
  assert.deepEqual(events[0], { n: 1, at_ms: 0, event: 'called', call: 1, operation: 'producer.start', session: null });
});

test("a step about a call that was never made is the driver's mistake", async (t) => {
  const subject = await openedAlone(t, TRYING);
  await assert.rejects(subject.take([begin, effect(1)]), {
    message: 'the driver: there is no call 1, the last one is 0',
  });
});
