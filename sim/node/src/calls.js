import { OPERATIONS } from './services.js';

/** What the services say when they throw, and which call it is: no two failures are alike. */
const REFUSED = 'refused';
const LOST_REPLY = 'connection lost';

/** What a promise is rejected with. */
const FORMS = {
  error: (message) => new Error(message),
  text: (message) => message,
  nothing: () => undefined,
  object: () => ({ code: 503 }),
};

const OWN_MANNER = { promise: 'pending', sync: 'at_once', field: 'pending' };

/**
 * The calls of one scenario: each behaves as its operation's style and the manner foreseen for it say. A service that has
 * seen a number refuses an older one.
 */
export class Calls {
  #open = new Map();
  #times = {};
  #newest = {};
  made = 0;

  /**
   * `effect(operation)` changes the service, if it `can(operation)`; `onCall({ call, operation, session,
   * payload, number })` hears of a call before anything else; `onFailure(operation, message)` of one that only a field shows.
   */
  constructor(styles, manners, { effect, can, onCall, onFailure }) {
    Object.assign(this, { styles, manners, effect, can, onCall, onFailure });
  }

  /**
   * Makes a call, for the implementation; `payload` is what it tells the backend besides the session, `number` that of
   * a numbered command.
   */
  make(operation, session = null, payload = undefined, number = undefined) {
    const id = ++this.made;
    const time = (this.#times[operation] = (this.#times[operation] ?? 0) + 1);
    const style = this.styles[operation] ?? 'promise';
    const call = { operation, style, number, settle: null };
    this.#open.set(id, call);
    this.onCall({ call: id, operation, session, ...(payload && { payload }), ...(number !== undefined && { number }) });
    return this.#behave(id, call, this.manners[operation]?.[time - 1] || OWN_MANNER[style]);
  }

  /** The call takes effect, also a second time. */
  takeEffect(id) {
    const call = this.#call(id);
    if (this.#isStale(call)) return;
    this.#see(call);
    if (this.can(call.operation)) this.effect(call.operation);
  }

  /**
   * The call's promise is settled, with what a read has `found`, a rejection in one of the FORMS; in the style "field" a
   * failure shows in the store. Later answers change nothing.
   */
  answer(id, ok, message, form = 'error', found = undefined) {
    const { operation, style, settle } = this.#call(id);
    if (!(form in FORMS)) throw new RangeError(`there is no rejection of the form ${form}`);
    if (settle) settle(ok, ok ? found : FORMS[form](message));
    else if (style === 'field' && !ok) this.onFailure(operation, message);
  }

  #call(id) {
    const call = this.#open.get(id);
    if (!call) throw new RangeError(`there is no call ${id}, the last one is ${this.made}`);
    return call;
  }

  #isStale({ operation, number }) {
    return number !== undefined && number < (this.#newest[OPERATIONS[operation]?.service] ?? number);
  }

  #see({ operation, number }) {
    if (number !== undefined && operation in OPERATIONS) this.#newest[OPERATIONS[operation].service] = number;
  }

  #behave(id, call, manner) {
    const worksNow = manner === 'at_once' || manner === 'effect_then_throw';
    const isStale = this.#isStale(call);
    const can = !isStale && this.can(call.operation);
    if (worksNow && !isStale) this.#see(call);
    if (can && worksNow) this.effect(call.operation);
    if (manner === 'throw' || (worksNow && isStale) || (manner === 'at_once' && !can))
      throw new Error(`${REFUSED} (call ${id})`);
    if (manner === 'effect_then_throw') throw new Error(`${LOST_REPLY} (call ${id})`);
    if (call.style !== 'promise') return undefined;
    return manner === 'pending' ? pending(call) : Promise.resolve();
  }
}

function pending(call) {
  return new Promise((resolve, reject) => {
    call.settle = (ok, outcome) => (ok ? resolve(outcome) : reject(outcome));
  });
}

/** The fact about its service that the effect of an operation makes true or false; nothing for the backend. */
export function consequence(operation) {
  const { service, fact, value } = OPERATIONS[operation] ?? {};
  return fact ? { service, facts: { [fact]: value } } : null;
}
