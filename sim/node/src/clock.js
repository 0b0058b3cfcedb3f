import FakeTimers from '@sinonjs/fake-timers';

/** The date at which every scenario begins: a real one, so that no time stamp is 0 by accident. */
export const EPOCH = Date.UTC(2026, 0, 1);

const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance', 'hrtime'];
const MOST_TURNS = 10_000;

const realSetImmediate = globalThis.setImmediate;
const realClearImmediate = globalThis.clearImmediate;
const realAbortTimeout = AbortSignal.timeout;

/**
 * Virtual time for the whole process: timers and dates are faked together, promises and microtasks stay real.
 *
 * Timers are due at whole milliseconds; `nowMs` may have a fraction, where the driver says so.
 */
export class Clock {
  #fake = FakeTimers.install({ now: EPOCH, toFake: FAKED });
  #saidMs = 0;
  #setMs = 0;
  #suspended = false;
  #immediates = new Set();
  #turn = (resolve) => realSetImmediate(resolve);

  constructor() {
    globalThis.setImmediate = (callback, ...values) => this.#counted(callback, values);
    globalThis.clearImmediate = (immediate) => {
      this.#immediates.delete(immediate);
      realClearImmediate(immediate);
    };
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      globalThis.setTimeout(() => controller.abort(reason), ms);
      return controller.signal;
    };
  }

  /** Milliseconds since the scenario began. */
  get nowMs() {
    return Math.max(this.#saidMs, this.#wholeMs);
  }

  /** When the next timer is due, in milliseconds since the scenario began, or null; while timers stand still, none. */
  get nextTimerMs() {
    const first = this.#suspended ? undefined : this.#fake.timerHeap?.peek();
    return first ? Math.max(this.nowMs, first.callAt - EPOCH - this.#setMs) : null;
  }

  /** Forgets every timer and begins again at zero. */
  reset() {
    this.#fake.reset();
    this.#saidMs = this.#setMs = 0;
    this.#suspended = false;
    for (const immediate of this.#immediates) realClearImmediate(immediate);
    this.#immediates.clear();
  }

  /** Forgets every timer, and lets those to come go on; the time stays as it is. */
  forget() {
    const heap = this.#fake.timerHeap;
    for (const timer of [...(heap?.timers ?? [])]) this.#fake.clearTimeout(timer.id);
    this.#suspended = false;
    for (const immediate of this.#immediates) realClearImmediate(immediate);
    this.#immediates.clear();
  }

  /** Runs every timer due until `toMs`, one by one with all that follows from it; what one throws goes to `onThrow`. */
  async advance(toMs, onThrow) {
    for (let next = this.nextTimerMs; next !== null && next <= toMs; next = this.nextTimerMs) {
      try {
        this.#fake.next();
      } catch (thrown) {
        onThrow(thrown);
      }
      await this.drain();
    }
    const whole = Math.floor(toMs) - this.#wholeMs;
    if (whole > 0 && this.#suspended) this.#fake.now += whole;
    else if (whole > 0) this.#fake.tick(whole);
    this.#saidMs = Math.max(this.#saidMs, toMs);
  }

  /** The date jumps; timers and `performance.now` do not. */
  set(byMs) {
    this.#fake.setSystemTime(this.#fake.now + byMs);
    this.#setMs += byMs;
  }

  /** Timers stand still from now on, while the clock goes on. */
  suspend() {
    this.#suspended = true;
  }

  /** Timers go on: those that are overdue run now, one by one, in the order in which they were due. */
  async resume(onThrow) {
    this.#suspended = false;
    const heap = this.#fake.timerHeap;
    const overdue = (heap?.timers ?? []).filter(({ callAt }) => callAt < this.#fake.now);
    overdue.sort((one, other) => one.callAt - other.callAt || one.order - other.order);
    overdue.forEach((timer) => heap.remove(timer));
    const orders = overdue.map(({ order }) => order).sort((one, other) => one - other);
    overdue.forEach((timer, place) => {
      Object.assign(timer, { callAt: this.#fake.now, order: orders[place] });
      heap.push(timer);
    });
    await this.advance(this.nowMs, onThrow);
  }

  /** Lets everything run that needs no time: microtasks, ticks, and immediates that were asked for on the way. */
  async drain() {
    let turns = 0;
    do await new Promise(this.#turn);
    while (this.#immediates.size > 0 && ++turns < MOST_TURNS);
  }

  /** Gives real time back. */
  uninstall() {
    this.reset();
    this.#fake.uninstall();
    globalThis.setImmediate = realSetImmediate;
    globalThis.clearImmediate = realClearImmediate;
    AbortSignal.timeout = realAbortTimeout;
  }

  get #wholeMs() {
    return this.#fake.now - EPOCH - this.#setMs;
  }

  #counted(callback, values) {
    const immediate = realSetImmediate(() => {
      this.#immediates.delete(immediate);
      callback(...values);
    });
    this.#immediates.add(immediate);
    return immediate;
  }
}
