import { writeSync } from 'node:fs';
import { stopBundling } from './bundle.js';
import { KitError, line, messageOf } from './error.js';
import { inputLines, writeLine } from './lines.js';
import { open } from './subject.js';

export { KitError, open };
export { toFile } from './files.js';
export { record, toUrl } from './record.js';

const PROTOCOL = 1;
const BAD = 2;

/** Serves the implementation over standard input and output until the input ends; then the process ends. */
export async function serve(adapter) {
  try {
    const subject = await open(adapter, complain);
    await stopBundling();
    process.exit(await conversation(subject));
  } catch (failure) {
    complain(failure instanceof KitError ? failure.message : `unexpected: ${failure?.stack ?? messageOf(failure)}`);
    process.exit(BAD);
  }
}

async function conversation(subject) {
  const input = inputLines();
  const first = input.next();
  if (first.done) return 0;
  greeted(parsed(first.value));
  if (!writeLine(JSON.stringify({ hello: { ...subject.about, foresight: true } }))) return 0;
  for (const text of input) {
    if (text === '') continue;
    if (!writeLine(JSON.stringify(await answer(subject, parsed(text), text)))) return 0;
  }
  return 0;
}

async function answer(subject, { steps, foreseen }, text) {
  if (Array.isArray(foreseen)) return { reactions: await takeForeseen(subject, foreseen) };
  if (!Array.isArray(steps)) throw new KitError(`the driver sent no steps: ${text.slice(0, 80)}`);
  return subject.take(steps);
}

/** Takes line after line, as long as each is answered as the driver has foreseen. */
async function takeForeseen(subject, lines) {
  const reactions = [];
  for (const line of lines) {
    const reaction = await subject.take(line.steps);
    reactions.push(reaction);
    if (!isForeseen(line, reaction)) break;
  }
  return reactions;
}

/** Whether the driver, after this answer, says what it has foreseen: it minds steps, calls, timers, fields, numbers. */
function isForeseen(line, { took, events, next_timer_ms }) {
  if (took !== line.took || next_timer_ms !== line.next_timer_ms) return false;
  let calls = 0;
  for (const { event, at_ms, operation, session, number } of events) {
    if (event === 'wrote' || number !== undefined) return false;
    if (event !== 'called') continue;
    const [time, name, id] = line.calls[calls++] ?? [];
    if (at_ms !== time || operation !== name || session !== id) return false;
  }
  return calls === line.calls.length;
}

function greeted(message) {
  const protocol = message.hello?.protocol;
  if (protocol !== PROTOCOL) throw new KitError(`the driver speaks protocol ${protocol}, this kit speaks ${PROTOCOL}`);
}

function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new KitError(`the driver sent no JSON: ${text.slice(0, 80)}; this program is to be run by 'broadcast check'`);
  }
}

function complain(text) {
  writeSync(2, `broadcast-subject: ${line(text)}\n`);
}
