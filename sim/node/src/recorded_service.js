import { factsOf, renaming } from './facts.js';
import { STORES } from './services.js';

/** One real service while it is recorded: what it shows of itself, and which of its methods are which operations. */
export class RecordedService {
  #store;
  #facts;
  #error;
  #seen;

  /** `store` is a store or an object, `shape` says how it departs from the guide's, as in an adapter. */
  constructor(name, store, { fields = {}, methods = {}, facts } = {}) {
    this.name = name;
    this.#store = store;
    const renamed = renaming(fields);
    this.#facts = Object.entries(factsOf(name, { facts }, renamed)).filter(([, fact]) => this.#isShown(fact));
    this.#error = renamed.name('error');
    this.#seen = this.#look();
    const operations = Object.entries(STORES[name].methods((operation) => operation));
    this.methods = operations.map(([method, operationOf]) => [methods[method] ?? method, operationOf]);
  }

  /** The facts as they were when they were looked at last, and the error. */
  get facts() {
    return this.#seen;
  }

  /** Whether it shows that it is on the air; one that does not is believed. */
  get isSeen() {
    return 'active' in this.#seen;
  }

  /** Which of them have become different since. */
  news() {
    const before = this.#seen;
    this.#seen = this.#look();
    return Object.entries(this.#seen).filter(([name, value]) => !Object.is(before[name], value));
  }

  subscribe(listener) {
    return this.#store.subscribe?.(listener);
  }

  get #state() {
    return typeof this.#store.getState === 'function' ? this.#store.getState() : this.#store;
  }

  #look() {
    const state = this.#state;
    const facts = this.#facts.map(([name, fact]) => [name, fact.read(state)]);
    return { ...Object.fromEntries(facts), error: state[this.#error] ?? null };
  }

  #isShown(fact) {
    return Object.keys(fact.write(true, this.#state)).some((field) => field in this.#state);
  }
}
