import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { project } from './support.js';

const FIXTURE = fileURLToPath(new URL('./fixture/serve.js', import.meta.url));
const KIT = pathToFileURL(fileURLToPath(new URL('../src/index.js', import.meta.url)));
const HELLO = '{"hello":{"protocol":1}}\n';
const asked = (...steps) => `${JSON.stringify({ steps })}\n`;

/** Runs the script with this input, in pieces if it is a list; what it wrote and its exit code. */
async function ran(input, script = FIXTURE) {
  const child = spawn(process.execPath, [script]);
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => (written[name] += text));
  child.stdin.on('error', () => {});
  for (const piece of [input].flat()) {
    child.stdin.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.stdin.end();
  const [code] = await once(child, 'close');
  return { code, ...written };
}

function adapterFor(t, module) {
  const root = project(t, {
    'subject.ts': module,
    'adapter.mjs': `import { serve } from '${KIT}';
      const none = () => undefined;
      serve({ module: './subject.ts', stores: {}, orchestrator: (m) => m.subject, observe: { state: () => 'idle' },
        commands: {
          initialize: (api) => api.run(),
          start_broadcast: none, stop_broadcast: none, emergency_stop: none, recover: none,
        } });`,
  });
  return `${root}/adapter.mjs`;
}

test('each line is answered by one line, and the end of the input ends the process', async () => {
  const { code, stdout, stderr } = await ran(
    HELLO +
      asked({ do: 'begin' }, { do: 'command', id: 1, command: 'initialize' }, { do: 'look' }) +
      asked({ do: 'look' }),
  );
  const [hello, first, second, rest] = stdout.split('\n');
  assert.equal(JSON.parse(hello).hello.name, 'fixture');
  assert.equal(JSON.parse(hello).hello.styles['live_feed.start'], 'sync');
  assert.deepEqual([JSON.parse(first).took, JSON.parse(first).next_timer_ms], [2, 10_000]);
  assert.equal(JSON.parse(second).events[0].data.state, 'initializing');
  assert.deepEqual([rest, code, stderr], ['', 0, '']);
});

test('lines can come in pieces, within a letter too, and be longer than any buffer', async (t) => {
  const script = adapterFor(
    t,
    'export const subject = { run() {}, updateConfig({ text }: any) { console.log(text.length, text.slice(-3)); } };',
  );
  const config = { text: `${'x'.repeat(200_000)}→ü` };
  const line = Buffer.from(asked({ do: 'begin' }, { do: 'configure', config }));
  const cut = line.indexOf(Buffer.from('→')) + 1;
  const { stdout, code } = await ran(
    [HELLO.slice(0, 5), HELLO.slice(5), line.subarray(0, cut), line.subarray(cut)],
    script,
  );
  assert.equal(JSON.parse(stdout.split('\n')[1]).events[0].text, '200002 x→ü');
  assert.equal(code, 0);
});

test('a last line without a line break counts', async () => {
  const { stdout } = await ran(HELLO + asked({ do: 'begin' }).trim());
  assert.equal(JSON.parse(stdout.split('\n')[1]).took, 1);
});

test('whatever the implementation prints, only the protocol goes over standard output', async (t) => {
  const script = adapterFor(
    t,
    `console.log('while loading'); process.stdout.write('raw');
    export const subject = { run() { console.log('{"took":99}'); process.stdout.write('{"took":98}\\n'); } };`,
  );
  const { stdout, stderr, code } = await ran(
    HELLO + asked({ do: 'begin' }, { do: 'command', id: 1, command: 'initialize' }),
    script,
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ took }) => took),
    [undefined, 2],
  );
  assert.deepEqual(
    lines[1].events.map(({ text, event }) => text ?? event),
    ['while loading', 'raw', '{"took":99}', '{"took":98}', 'settled'],
  );
  assert.deepEqual([stderr, code], ['', 0]);
});

test('an answer that is larger than a pipe arrives whole', async (t) => {
  const script = adapterFor(
    t,
    "export const subject = { run() { for (let i = 0; i < 4000; i++) console.log('y'.repeat(1000)); } };",
  );
  const { stdout } = await ran(HELLO + asked({ do: 'begin' }, { do: 'command', id: 1, command: 'initialize' }), script);
  assert.equal(JSON.parse(stdout.split('\n')[1]).events.length, 4001);
});

const BAD = {
  'a driver of another protocol': ['{"hello":{"protocol":2}}\n', 'the driver speaks protocol 2, this kit speaks 1'],
  'a line that is no JSON': [
    'hello\n',
    "the driver sent no JSON: hello; this program is to be run by 'broadcast check'",
  ],
  'a step that is none': [HELLO + asked({ do: 'begin' }, { do: 'jump' }), "the driver said 'jump', which is no step"],
  'a line without steps': [HELLO + '{"step":[]}\n', 'the driver sent no steps: {"step":[]}'],
  'a step before the beginning': [HELLO + asked({ do: 'look' }), "the driver said 'look' before 'begin'"],
};
for (const [what, [input, message]] of Object.entries(BAD)) {
  test(`${what} ends the process with one line and exit code 2`, async () => {
    const { code, stderr } = await ran(input);
    assert.deepEqual([code, stderr], [2, `broadcast-subject: ${message}\n`]);
  });
}

test('a module that cannot be loaded ends the process with one line and exit code 2, without an answer', async (t) => {
  const { code, stdout, stderr } = await ran(HELLO, adapterFor(t, 'export const subject = ;'));
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^broadcast-subject: module: [^\n]*subject\.ts:1:24: Unexpected ";"\n$/);
});

test('a process whose driver is gone ends by itself', async () => {
  const child = spawn(process.execPath, [FIXTURE], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  child.stdin.write(HELLO);
  await once(child.stdout, 'data');
  child.stdin.destroy();
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('several lines at once are taken as long as each is answered as foreseen', async () => {
  const begin = [{ do: 'begin' }, { do: 'command', id: 1, command: 'initialize' }];
  const lines = (timer) => [
    { steps: begin, took: 2, calls: [[0, 'host.initialize', null]], next_timer_ms: timer },
    { steps: [{ do: 'look' }], took: 1, calls: [], next_timer_ms: timer },
  ];
  const told = (foreseen) => `${JSON.stringify({ foreseen })}\n`;
  const { code, stdout } = await ran(HELLO + told(lines(10_000)) + told(lines(9_999)));
  const [hello, both, one] = stdout.split('\n').filter(Boolean).map(JSON.parse);
  assert.equal(hello.hello.foresight, true);
  assert.deepEqual(both.reactions.map(({ took }) => took), [2, 1]);
  assert.deepEqual(one.reactions.map(({ took }) => took), [2]);
  assert.equal(code, 0);
});
