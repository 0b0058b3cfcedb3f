import { KitError, line, messageOf } from './error.js';

/** Watches one instance of the implementation and tells what has become of its state, error and history. */
export class Observer {
  #seen;
  #state;
  #error = null;
  #list;
  #length = 0;
  #last;
  #one = [];
  #failed = new Set();

  /**
   * `look` are the reading functions of the adapter, `api()` is what they read, `tell(event)` hears of changes. One that
   * throws later on shows nothing new, which `onFailure(name, thrown)` hears once.
   */
  constructor(look, api, tell, onFailure) {
    Object.assign(this, { look, api, tell, onFailure });
    this.#seen = api();
    this.#state = this.state();
    this.#error = this.error();
    this.#remember(this.#entries(this.#seen) ?? []);
  }

  /** The state that is shown. Throws a KitError where there is none. */
  state(api = this.api()) {
    const state = this.look.state(api);
    if (typeof state === 'string') return state;
    throw new KitError(`orchestrator: its state is ${state}; say under observe.state where it is shown`);
  }

  /** The text of the error that is shown, or null. */
  error(api = this.api()) {
    return textOf(this.look.error(api));
  }

  /** The history as pairs of source and target, or undefined where none is shown. */
  history() {
    return this.#entries(this.api())?.map((entry) => {
      const { source, target } = this.look.entry(entry);
      return [source, target];
    });
  }

  /** The entries that are shown; where it is one at a time (null: none yet), those that were shown so far. */
  #entries(api) {
    const shown = this.look.history(api);
    if (shown === undefined || Array.isArray(shown)) return shown;
    if (shown !== null && !same(shown, this.#one.at(-1))) this.#one.push(shown);
    return this.#one;
  }

  /** Tells every difference to the last time. */
  check() {
    this.#compare(this.api());
  }

  /**
   * The same, for a store that tells of a new state and the one before. Where an earlier listener has set a further
   * state, news of that one come first: then the state before is new, too, and the older news are stale.
   */
  changed(now, before) {
    if (now === this.#seen) return;
    if (before !== this.#seen) this.#compare(before);
    this.#compare(now);
  }

  #compare(api) {
    this.#seen = api;
    const state = this.#read('state', () => this.state(api), this.#state);
    if (state !== this.#state) this.tell({ event: 'state', state: (this.#state = state) });
    this.#checkHistory(this.#read('history', () => this.#entries(api) ?? [], this.#list));
    const error = this.#read('error', () => this.error(api), this.#error);
    if (error !== this.#error) this.tell({ event: 'error', text: (this.#error = error) });
  }

  /** What is shown; what was, where the looking fails. */
  #read(name, look, before) {
    try {
      return look();
    } catch (thrown) {
      if (thrown instanceof KitError) throw thrown;
      if (!this.#failed.has(name)) this.onFailure(name, thrown);
      this.#failed.add(name);
      return before;
    }
  }

  #checkHistory(list) {
    if (list === this.#list && list.length === this.#length) return;
    for (const entry of list.slice(this.#known(list))) {
      const { source, target, reason } = this.look.entry(entry);
      this.tell({ event: 'recorded', source: String(source), target: String(target), reason: String(reason ?? '') });
    }
    this.#remember(list);
  }

  /** How many entries are old: up to the last one known, or as many as there were where each is made anew. */
  #known(list) {
    const at = this.#length > 0 ? list.lastIndexOf(this.#last) : -1;
    return at >= 0 ? at + 1 : Math.min(this.#length, list.length);
  }

  #remember(list) {
    this.#list = list;
    this.#length = list.length;
    this.#last = list.at(-1);
  }
}

/** The text of an error as anyone can show it; null: there is none. */
function textOf(error) {
  if (error === null || error === undefined || error === '') return null;
  return line(messageOf(error));
}

/** Whether two entries are one and the same, also where each look makes it anew. */
function same(entry, other) {
  return entry === other || JSON.stringify(entry) === JSON.stringify(other);
}
