import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { KitError, open } from '../src/index.js';
import { adapter } from './fixture/adapter.js';
import { alone, begin, effect, fulfilled, initialize, opened, openedAlone, project, told } from './support.js';

const texts = (reaction) => told(reaction, 'logged').map(({ text }) => text);

/** That opening fails with this one line, the folder's name left out. */
async function refused(changed, message) {
  await assert.rejects(open(changed), (error) => {
    assert.equal(error.message.replaceAll(path.join(changed.root, '/'), ''), message);
    return error instanceof KitError;
  });
}

test('a module is loaded as it is: stores are replaced by alias, path or file, the rest is real', async (t) => {
  const notes = [];
  const subject = await opened(t, {}, (note) => notes.push(note));
  const first = await subject.take([{ do: 'begin', config: { verbose_logging: true } }, initialize]);
  assert.deepEqual(texts(first), ["[orchestrator] idle → initializing { reason: 'initialization 1' }"]);
  const rest = [effect(1), fulfilled(1), { do: 'command', id: 2, command: 'start_broadcast', session: 's1' }];
  const { events } = await subject.take(rest);
  const calls = events.filter(({ event }) => event === 'called').map(({ operation }) => operation);
  assert.deepEqual(calls, ['live_feed.start', 'session.start', 'host.start']);
  assert.deepEqual(notes, []);
});

test('every scenario has an instance of its own', async (t) => {
  const subject = await opened(t);
  const reasons = [];
  for (let i = 0; i < 3; i++) {
    reasons.push(...told(await subject.take([begin, initialize]), 'recorded').map(({ reason }) => reason));
  }
  assert.deepEqual(reasons, ['initialization 1', 'initialization 1', 'initialization 1']);
});

test('an abandoned procedure of an earlier scenario is not heard in a later one', async (t) => {
  const text = `
    import { producer } from 'stores';
    let kept: any = (globalThis as any).kept;
    export const subject = {
      state: 'idle',
      run() {
        if (kept) return kept();
        (globalThis as any).kept = () => {
          subject.state = 'live';
          producer.setState({ isActive: true });
          void producer.getState().startProducer()?.then(() => console.log('answered'));
        };
      },
    };
  `;
  t.after(() => delete globalThis.kept);
  const subject = await openedAlone(t, text);
  const manners = { 'producer.start': ['at_once'] };
  await subject.take([{ do: 'begin', manners }, initialize]);
  const { events } = await subject.take([begin, initialize]);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['settled'],
  );
});

test('aliases stand for folders where no tsconfig.json says so, and a store can be a default export', async (t) => {
  const root = project(t, {
    'subject.ts': `
      import host from '~/host';
      import { greet } from '~/greet';
      export const subject = { run: () => console.log(greet(String(host.getState().isActive))) };`,
    'greet.ts': 'export const greet = (text: string) => `hello ${text}`;',
    'host.ts': 'throw new Error("the real store was loaded"); export default 1;',
  });
  const subject = await openedAlone(t, '', {
    root,
    aliases: { '~/': './' },
    stores: { './host.ts': { default: 'host' } },
  });
  assert.deepEqual(texts(await subject.take([begin, initialize])), ['hello false']);
});

test('the file of a store need not be there', async (t) => {
  const text = `
    import { host } from './lib/host';
    export const subject = { run: () => console.log(host.getState().isActive) };
  `;
  const subject = await openedAlone(t, text, { stores: { 'lib/host.ts': { host: 'host' } } });
  assert.deepEqual(texts(await subject.take([begin, initialize])), ['false']);
});

test('an export can be whatever the adapter makes of the studio', async (t) => {
  const text = `import { clock, tell } from 'things'; export const subject = { run: () => tell(clock()) };`;
  const seen = [];
  const stores = { things: { clock: (studio) => () => studio.nowMs, tell: () => (value) => seen.push(value) } };
  const subject = await openedAlone(t, text, { stores });
  await subject.take([begin, { do: 'advance', to_ms: 7 }, initialize]);
  assert.deepEqual(seen, [7]);
});

test('an orchestrator can be built from the studio', async (t) => {
  const text = `export class Machine {
      state = 'idle';
      constructor(readonly host: any) {}
      run() { this.host.getState().initialize(); this.state = 'busy'; }
    }`;
  const orchestrator = (exports, studio) => new exports.Machine(studio.host);
  const subject = await openedAlone(t, text, { orchestrator });
  assert.deepEqual(told(await subject.take([begin, initialize])), [
    { event: 'called', call: 1, operation: 'host.initialize', session: null },
    { event: 'settled', command: 1, ok: true, message: '' },
    { event: 'state', state: 'busy' },
  ]);
});

test('hooks answer without rendering, and a project without React or zustand can be loaded', async (t) => {
  const text = `
    import { useMemo, useState } from 'react';
    import { create } from 'zustand';
    const useX = create(() => ({ value: 3 }));
    const useDouble = () => {
      const [two] = useState(2);
      const value = useX((state) => state.value);
      return useMemo(() => two * value, []);
    };
    export const subject = { run: () => console.log(useDouble()) };
  `;
  const subject = await openedAlone(t, text);
  assert.deepEqual(texts(await subject.take([begin, initialize])), ['6']);
});

test('what cannot be loaded is told in one line: where, what, and what to try', async (t) => {
  await refused({ ...alone(t, ''), module: './subjct.ts' }, 'module: there is no file subjct.ts');
  await refused(alone(t, 'throw new Error("no\\nway");'), 'the module threw while it was loaded: no way');
  await refused(
    alone(t, 'export const other = 1;'),
    "module: the orchestrator is not among its exports, which are: other; say which by 'orchestrator'",
  );
  const commands = { initialize: 'begin' };
  await refused(
    { ...alone(t, 'export const subject = {};'), commands: { ...alone(t, '').commands, ...commands } },
    "orchestrator: there is no method 'begin'; say under 'commands' how initialize is issued",
  );
});

test('bad syntax, an import that no stand-in offers, one that leads nowhere: each with its place', async (t) => {
  const broken = alone(t, 'export const subject = {\n  run( {\n};');
  await assert.rejects(open(broken), /^KitError: module: .*subject\.ts:3:2: Expected "\)" but found ";"$/);
  const missing = alone(t, "import { hosts } from 'stores';\nexport const subject = { run: () => hosts };");
  await assert.rejects(
    open(missing),
    /subject\.ts:1:10: No matching export in "stand-in:stores" for import "hosts"; add it/,
  );
  const nowhere = alone(t, "\nimport { x } from './nowhere';\nexport const subject = { run: () => x };");
  await assert.rejects(
    open(nowhere),
    /^KitError: module: .*subject\.ts:2:19: Could not resolve "\.\/nowhere"; replace it under stores/,
  );
});

test('a key of stores that replaces nothing is noted with the import that was meant', async (t) => {
  const notes = [];
  await opened(t, { stores: { ...adapter.stores, '@/stores/hostAgentStor': { useHostAgentStore: 'host' } } }, (note) =>
    notes.push(note),
  );
  assert.deepEqual(notes, [
    "stores: nothing imports '@/stores/hostAgentStor'; did you mean '@/stores/hostAgentStore'?",
  ]);
});
