import { completed } from './adapter.js';
import { bundle } from './bundle.js';
import { capture } from './capture.js';
import { Clock } from './clock.js';
import { KitError, line, messageOf } from './error.js';
import { Scenario } from './scenario.js';

/**
 * Loads the implementation that the adapter tells of, and makes one instance to see that all is there.
 * Virtual time begins here and reigns until `close`. `onNote(line)` hears of what is odd and no error.
 */
export async function open(adapter, onNote = () => {}) {
  const plan = completed(adapter);
  const evaluate = await bundle(plan, onNote);
  const subject = new Subject(plan, evaluate);
  try {
    await subject.check();
    return subject;
  } catch (failure) {
    subject.close();
    throw failure;
  }
}

/** Steps after each timer of which everything runs that needs no time. */
const TIMED = ['advance', 'resume'];

const UNDERSTANDS = ['rejections', 'clock', 'reload', 'elsewhere'];

class Subject {
  #clock = new Clock();
  #scenario = null;
  #restore = capture(
    (level, text) => this.#scenario?.log(level, text),
    (message) => this.#scenario?.unhandled(message),
  );

  constructor(plan, evaluate) {
    Object.assign(this, { plan, evaluate });
    this.about = { name: plan.name, version: 1, styles: plan.styles, understands: UNDERSTANDS };
  }

  /** Makes an instance and forgets it. Throws a KitError where something is missing. */
  async check() {
    await this.take([{ do: 'begin' }]);
    this.#scenario.end();
    this.#scenario = null;
  }

  /** Takes steps, until one of them leads to a call: what comes next may depend on it. */
  async take(steps) {
    let took = 0;
    for (const step of steps) {
      const made = step.do === 'begin' ? 0 : this.#current(step).callsMade;
      await this.#do(step);
      if (!TIMED.includes(step.do)) await this.#clock.drain(); // the clock drains after every timer
      this.#scenario.check();
      took += 1;
      if (this.#scenario.callsMade > made) break;
    }
    const events = this.#scenario?.flush() ?? [];
    return { took, events, now_ms: this.#clock.nowMs, next_timer_ms: this.#clock.nextTimerMs };
  }

  close() {
    this.#scenario?.end();
    this.#restore();
    this.#clock.uninstall();
  }

  #current(step) {
    if (!this.#scenario) throw new KitError(`the driver said '${step.do}' before 'begin'`);
    return this.#scenario;
  }

  #do(step) {
    const scenario = this.#scenario;
    switch (step.do) {
      case 'begin':
        return this.#begin(step);
      case 'command':
        return scenario.command(step);
      case 'effect':
        return known(() => scenario.calls.takeEffect(step.call));
      case 'answer':
        return known(() => scenario.calls.answer(step.call, step.ok, step.message ?? '', step.form, step.found));
      case 'advance':
        return this.#clock.advance(step.to_ms, (thrown) => scenario.unhandled(line(messageOf(thrown))));
      case 'set_clock':
        return this.#clock.set(step.by_ms);
      case 'suspend':
        return this.#clock.suspend();
      case 'resume':
        return this.#clock.resume((thrown) => scenario.unhandled(line(messageOf(thrown))));
      case 'lose':
        return scenario.lose(step);
      case 'flip':
        return scenario.flip(step);
      case 'fill':
        return scenario.fill(step);
      case 'configure':
        return scenario.configure(step);
      case 'reload':
        return this.#reload(step);
      case 'elsewhere':
        return undefined; // nobody tells the implementation
      case 'effect_elsewhere':
        return scenario.effectElsewhere(step);
      case 'look':
        return scenario.look();
      default:
        throw new KitError(`the driver said '${step.do}', which is no step`);
    }
  }

  #begin(step) {
    this.#scenario?.end();
    this.#clock.reset();
    this.#scenario = new Scenario(this.plan, this.#clock, step);
    this.#scenario.load(this.evaluate, step.config);
  }

  /** A fresh instance over the same services. */
  #reload(step) {
    this.#clock.forget();
    this.#scenario.forgetListeners();
    this.#scenario.load(this.evaluate, step.config);
  }
}

/** A call that does not exist is a mistake of the driver. */
function known(act) {
  try {
    act();
  } catch (thrown) {
    throw thrown instanceof RangeError ? new KitError(`the driver: ${thrown.message}`) : thrown;
  }
}
