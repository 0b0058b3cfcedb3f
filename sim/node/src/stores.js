import { createStore } from 'zustand/vanilla';
import { subscribeWithSelector } from 'zustand/middleware';
import { factsOf, renameKeys, renaming } from './facts.js';
import { STORES } from './services.js';
import { watched } from './watched.js';

/**
 * One stand-in store. `shape` says how it departs from the guide's, `call` issues an operation, and
 * `onWrite(field, value)` hears of every field that somebody other than an operation has written, `onLack(name)` of
 * every member that somebody reads of its state and that is not there.
 */
export class Store {
  #silent = false;
  #listening = [];
  #store;
  #facts;
  #error;
  #state;

  constructor(service, shape, call, { onWrite, onLack }, studio) {
    this.#state = (state) => watched(Object.freeze(state), onLack);
    const renamed = renaming(shape.fields ?? {});
    this.#facts = factsOf(service, shape, renamed);
    this.#error = renamed.name('error');
    this.#store = createStore((set, get, api) => this.#gated(set, get, api));
    this.hook = this.#hook(onWrite);
    const { methods: switches, reads } = STORES[service];
    const methods = renameKeys({ ...switches(call), ...reads(call) }, shape.methods ?? {});
    const extra = shape.extra?.({ get: this.#store.getState, set: this.hook.setState, studio }) ?? {};
    this.#begin({ [this.#error]: null, ...methods, ...shape.state, ...extra });
  }

  /** The fact, as the store shows it; undefined where the service has no such fact. */
  fact(name) {
    return this.#facts[name]?.read(this.#store.getState());
  }

  /** The error that the store shows. */
  error() {
    return this.#store.getState()[this.#error];
  }

  /** Writes facts, by name, and an error, all in one set. With `silent` no listener hears of it. */
  put(facts, { error, silent = false } = {}) {
    const state = this.#store.getState();
    const known = Object.entries(facts).filter(([name]) => name in this.#facts);
    const fields = known.map(([name, value]) => this.#facts[name].write(value, state));
    this.#silent = silent;
    this.#set(Object.assign({}, ...fields, error === undefined ? {} : { [this.#error]: error }));
    this.#silent = false;
  }

  /** Whoever subscribed is no more. */
  forgetListeners() {
    for (const unsubscribe of this.#listening.splice(0)) unsubscribe();
  }

  #begin(state) {
    const facts = Object.values(this.#facts).map((fact) => fact.write(false, state));
    const whole = this.#state(Object.assign({}, ...facts, state));
    this.#store.setState(whole, true);
    this.hook.getInitialState = () => whole;
  }

  #set(partial, replace = false) {
    const before = this.#store.getState();
    const next = typeof partial === 'function' ? partial(before) : partial;
    if (Object.is(next, before)) return;
    this.#store.setState(this.#state(replace ? { ...next } : { ...before, ...next }), true);
  }

  /** The store as its users have it: every state that they set is compared with the one before. */
  #hook(onWrite) {
    const store = this.#store;
    const hook = (selector) => (selector ? selector(store.getState()) : store.getState());
    const setState = (partial, replace) => {
      const before = store.getState();
      const next = typeof partial === 'function' ? partial(before) : partial;
      if (Object.is(next, before)) return;
      this.#tell(before, replace ? next : { ...before, ...next }, onWrite);
      this.#set(next, replace);
    };
    return Object.assign(hook, { getState: store.getState, subscribe: store.subscribe, setState, destroy() {} });
  }

  /** A fact by its name, any other field that does not show a fact by its own. */
  #tell(before, after, onWrite) {
    const shown = new Set();
    for (const [name, fact] of Object.entries(this.#facts)) {
      Object.keys(fact.write(fact.read(before), before)).forEach((field) => shown.add(field));
      if (fact.read(after) !== fact.read(before)) onWrite(name, fact.read(after));
    }
    for (const field of Object.keys(after)) {
      if (!shown.has(field) && !Object.is(before[field], after[field])) onWrite(field, plain(after[field]));
    }
  }

  /** Keeps listeners from hearing of a silent write. */
  #gated(set, get, api) {
    const subscribe = api.subscribe;
    api.subscribe = (listener) => {
      const unsubscribe = subscribe((state, previous) => void (this.#silent || listener(state, previous)));
      this.#listening.push(unsubscribe);
      return unsubscribe;
    };
    return subscribeWithSelector(() => ({}))(set, get, api);
  }
}

/** The value as the protocol can carry it. */
function plain(value) {
  if (value === null || ['boolean', 'string'].includes(typeof value) || Number.isFinite(value)) return value;
  try {
    return JSON.parse(JSON.stringify(value)) ?? null;
  } catch {
    return String(value);
  }
}
