import { apiOf } from './api.js';
import { Calls, consequence } from './calls.js';
import { convexStandIn } from './convex.js';
import { KitError, line, messageOf } from './error.js';
import { Observer } from './observe.js';
import { react } from './react.js';
import { STORES } from './services.js';
import { Store } from './stores.js';

const MOST_LINES = 5_000;

/** What a service that falls over reports, as in the simulator. */
const LOST = 'lost';
const LOST_AGAIN = 'lost again'; // a text that changes, so that whoever compares it hears of the second time too

/** What an adapter can use; the stores are added to it. */
class Studio {
  #clock;
  #number = 0;

  constructor(clock, convex, call) {
    this.#clock = clock;
    Object.assign(this, { convex, call });
  }

  get nowMs() {
    return this.#clock.nowMs;
  }

  nextNumber() {
    return ++this.#number;
  }
}

/**
 * One scenario: fresh stores, a fresh instance of the implementation, and the events so far. After `end` an abandoned
 * procedure waits for its next call for ever, and nobody asks for its events.
 */
export class Scenario {
  #alive = true;
  #events = [];
  #numbered = 0;
  #lines = 0;
  #stores;
  #exports;
  #orchestrator;
  #observer;
  #fault = null;
  #looking = false;
  #lacking = new Set();

  /** `plan` is the completed adapter; of the step `begin` come the content and the manners of the calls. */
  constructor(plan, clock, { content = true, manners = {} }) {
    Object.assign(this, { plan, clock });
    this.calls = new Calls(plan.styles, manners, {
      effect: (operation) => this.#effect(operation),
      can: (operation) => operation !== 'host.start' || this.#stores.host.fact('initialized'),
      onCall: (call) => this.#called(call),
      onFailure: (operation, error) => this.#stores[operation.split('.')[0]]?.put({}, { error }),
    });
    this.studio = this.#studio();
    this.#stores.live_feed.put({ content });
  }

  /** Makes the instance, by `evaluate`, with these options. Throws a KitError where that cannot be. */
  load(evaluate, config = {}) {
    this.#exports = loaded(() => evaluate((key) => this.#standIn(key)), 'the module threw while it was loaded');
    this.#orchestrator = this.#found();
    this.#watch();
    if (Object.keys(config).length > 0) loaded(() => this.#options(config), 'the options could not be set');
  }

  /** What carries the implementation's methods now. */
  get api() {
    return apiOf(this.#orchestrator);
  }

  /** Whether a call was made: the driver has to hear of it before it goes on. */
  get callsMade() {
    return this.calls.made;
  }

  emit(event) {
    this.#events.push({ n: ++this.#numbered, at_ms: this.clock.nowMs, ...event });
  }

  /** A line on the console; of a flood only the beginning is kept, of what looking sets off nothing. */
  log(level, text) {
    if (this.#looking) return;
    this.#lines += 1;
    if (this.#lines <= MOST_LINES) this.emit({ event: 'logged', level, text });
    else if (this.#lines === MOST_LINES + 1) this.emit({ event: 'logged', level: 'warn', text: '(and more)' });
  }

  unhandled(message) {
    this.emit({ event: 'unhandled', message });
  }

  /** The events since the last time. */
  flush() {
    const events = this.#events;
    this.#events = [];
    this.#lines = 0;
    return events;
  }

  end() {
    this.#alive = false;
  }

  /** Looks for changes that no store has told of. Throws a KitError where the adapter's way of looking fails. */
  check() {
    this.#observe(() => this.#observer.check());
    if (this.#fault) throw this.#fault;
  }

  // -- Steps --------------------------------------------------------------------------------------

  command({ id, command, session = null }) {
    const settled = (ok, message = '') => this.emit({ event: 'settled', command: id, ok, message });
    const failed = (thrown) => settled(false, line(messageOf(thrown)));
    const issue = this.plan.commands[command];
    if (!issue) throw new KitError(`the driver asked for '${command}', which is no command`);
    try {
      const result = issue(this.api, session);
      if (typeof result?.then === 'function') result.then(() => settled(true), failed);
      else settled(true);
    } catch (thrown) {
      failed(thrown);
    }
  }

  configure({ config }) {
    try {
      this.#options(config);
    } catch (thrown) {
      this.log('error', `updateConfig: ${line(messageOf(thrown))}`);
    }
  }

  lose({ service, noticed = true }) {
    const store = this.#stores[service];
    if (!store) return;
    const error = noticed ? (store.error() === LOST ? LOST_AGAIN : LOST) : undefined;
    this.#guarded(() => store.put({ active: false, initialized: false }, { error, silent: !noticed }));
    if (noticed) this.#guarded(() => this.plan.report(service, error, this.api, this.studio));
  }

  flip({ service }) {
    const store = this.#stores[service];
    if (store) this.#guarded(() => store.put({ active: !store.fact('active') }));
  }

  fill({ present }) {
    this.#guarded(() => this.#stores.live_feed.put({ content: present }));
  }

  /** A call of another dashboard takes effect. */
  effectElsewhere({ operation }) {
    this.#effect(operation);
  }

  /** Of an instance that is no more nobody listens to the stores. */
  forgetListeners() {
    for (const store of Object.values(this.#stores)) store.forgetListeners();
  }

  /** What the implementation says of itself, as far as it says anything. */
  look() {
    const { canStart, canStop, isTransitioning } = this.plan.observe;
    const readers = {
      state: () => this.#observer.state(),
      error: () => this.#observer.error(),
      can_start: () => canStart(this.api, this.#exports),
      can_stop: () => canStop(this.api, this.#exports),
      is_transitioning: () => isTransitioning(this.api, this.#exports),
      history: () => this.#observer.history(),
      lacking: () => (this.#lacking.size > 0 ? [...this.#lacking] : undefined),
    };
    const answers = Object.entries(readers).map(([name, read]) => [name, this.#answer(name, read)]);
    this.emit({ event: 'snapshot', data: Object.fromEntries(answers.filter(([, value]) => value !== undefined)) });
  }

  // -- Inside -------------------------------------------------------------------------------------

  #studio() {
    const call = (...details) => this.#call(...details);
    const onLack = (service) => (name) => this.#lacking.add(`${service}.${name}`);
    const convex = convexStandIn(call, (text) => this.log('error', text), onLack('convex'));
    const studio = new Studio(this.clock, convex, call);
    this.#stores = {};
    for (const service of Object.keys(STORES)) {
      const onWrite = (field, value) => this.emit({ event: 'wrote', service, field, value });
      const hears = { onWrite, onLack: onLack(service) };
      this.#stores[service] = new Store(service, this.plan.services[service] ?? {}, call, hears, studio);
      studio[service] = this.#stores[service].hook;
    }
    return studio;
  }

  /** From now on every change is told, as it happens where the orchestrator is a store or tells of changes itself. */
  #watch() {
    const { observe } = this.plan;
    const observer = (this.#observer = loaded(() => this.#newObserver(), 'observe'));
    const isStore = typeof this.#orchestrator.getState === 'function';
    const look = (now, before) => (isStore && before ? observer.changed(now, before) : observer.check());
    loaded(() => observe.subscribe(this.#orchestrator, (...states) => this.#observe(() => look(...states))), 'observe');
  }

  #newObserver() {
    const tell = (event) => this.emit(event);
    const onFailure = (name, thrown) => this.#failed(name, thrown);
    return this.#quietly(() => new Observer(this.plan.observe, () => this.api, tell, onFailure));
  }

  /** Whoever calls shows its state by then, though its subscribers may hear of it later (an actor that is invoked). */
  #called(call) {
    if (this.#observer) this.#observe(() => this.#observer.check());
    this.emit({ event: 'called', ...call });
  }

  /** A mistake in the adapter must not look like one of the implementation, in whose midst this is called. */
  #observe(look) {
    try {
      this.#quietly(look);
    } catch (thrown) {
      this.#fault ??= thrown instanceof KitError ? thrown : new KitError(`observe: ${line(messageOf(thrown))}`);
    }
  }

  /** What is printed while the kit looks is no doing of the implementation. */
  #quietly(look) {
    const before = this.#looking;
    this.#looking = true;
    try {
      return look();
    } finally {
      this.#looking = before;
    }
  }

  /** An abandoned procedure of an earlier scenario calls into the void. */
  #call(operation, ...details) {
    if (this.#alive) return this.calls.make(operation, ...details);
    return (this.plan.styles[operation] ?? 'promise') === 'promise' ? new Promise(() => {}) : undefined;
  }

  #effect(operation) {
    const change = consequence(operation);
    if (change) this.#guarded(() => this.#stores[change.service].put(change.facts));
  }

  /** A listener of a store that throws does so in its caller's face, as in zustand; here that is the driver. */
  #guarded(act) {
    try {
      act();
    } catch (thrown) {
      this.unhandled(line(messageOf(thrown)));
    }
  }

  #answer(name, read) {
    try {
      return this.#quietly(read);
    } catch (thrown) {
      this.#failed(name, thrown);
      return undefined;
    }
  }

  #failed(name, thrown) {
    this.emit({ event: 'logged', level: 'error', text: `${name}: ${line(messageOf(thrown))}` });
  }

  #options(config) {
    const names = Object.entries(config).map(([name, value]) => [camel(name), value]);
    this.plan.configure(this.api, Object.fromEntries(names), this.#orchestrator);
  }

  #standIn(key) {
    if (key === 'react' && !(key in this.plan.stores)) return react;
    const exports = Object.entries(this.plan.stores[key]).map(([name, value]) => [name, this.#export(value)]);
    return Object.fromEntries(exports);
  }

  #export(value) {
    if (typeof value === 'function') return value(this.studio);
    return value.split('.').reduce((object, name) => object[name], this.studio);
  }

  #found() {
    const found = loaded(() => this.plan.orchestrator(this.#exports, this.studio), 'orchestrator');
    if (found === undefined || found === null) {
      const names = Object.keys(this.#exports).join(', ') || 'nothing';
      throw new KitError(
        `module: the orchestrator is not among its exports, which are: ${names}; say which by 'orchestrator'`,
      );
    }
    this.#checkMethods(found);
    return found;
  }

  #checkMethods(found) {
    const api = apiOf(found);
    for (const [name, { method }] of Object.entries(this.plan.commands)) {
      if (method === undefined || typeof api?.[method] === 'function') continue;
      const hint = api === found ? '' : ` in what getState() gives; a store without methods (Redux) goes into an object`;
      const rest = api === found ? `; say under 'commands' how ${name} is issued` : ` that has them, by 'orchestrator'`;
      throw new KitError(`orchestrator: there is no method '${method}'${hint}${rest}`);
    }
  }
}

function loaded(act, what) {
  try {
    return act();
  } catch (thrown) {
    throw thrown instanceof KitError ? thrown : new KitError(`${what}: ${line(messageOf(thrown))}`);
  }
}

function camel(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}
