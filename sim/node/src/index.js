import { writeSync } from 'node:fs';
import { stopBundling } from './bundle.js';
import { KitError, line, messageOf } from './error.js';
import { inputLines, writeLine } from './lines.js';
import { open } from './subject.js';

export { KitError, open };

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
  if (!writeLine(JSON.stringify({ hello: subject.about }))) return 0;
  for (const text of input) {
    if (text === '') continue;
    const { steps } = parsed(text);
    if (!Array.isArray(steps)) throw new KitError(`the driver sent no steps: ${text.slice(0, 80)}`);
    if (!writeLine(JSON.stringify(await subject.take(steps)))) return 0;
  }
  return 0;
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
