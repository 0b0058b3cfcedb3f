import { METHODS, apiOf, known, observing } from './api.js';
import { MUTATION, nameOf, payloadOf } from './convex.js';
import { KitError, line, messageOf } from './error.js';
import { Observer } from './observe.js';
import { RecordedCalls } from './recorded_calls.js';
import { RecordedService } from './recorded_service.js';
import { Recording } from './recording.js';
import { STORES } from './services.js';
import { Wrapping, heard, isPromise } from './wrapping.js';

export { KitError };
export { toUrl } from './sinks.js';

const OPTIONS = ['name', 'to', 'stores', 'convex', 'services', 'styles', 'commands', 'observe', 'config', 'redact'];
const ALSO = ['slackMs', 'onProblem'];

const from = (least) => (value) => Number.isInteger(value) && value >= least && value < 2 ** 31;
const isFlag = (value) => typeof value === 'boolean';

/** The options of the guide that a recording tells of, and what each of them can be. */
const CONFIG = {
  initializationTimeout: from(1),
  startupTimeout: from(1),
  shutdownTimeout: from(1),
  maxRetries: from(0),
  retryDelay: from(0),
  enableAutoRecovery: isFlag,
  enableConvexSync: isFlag,
  enableStateValidation: isFlag,
  verboseLogging: isFlag,
};

/** Commands that an orchestrator gives itself in the course of another, which are nobody's. */
const OF_ITS_OWN = { initialize: ['stop_broadcast', 'recover'] };

/**
 * Records an evening of the orchestrator: `to(text)` is given a line a moment, for `broadcast judge`. The methods of
 * the orchestrator, of the stores and of the backend's client are wrapped until `stop()`, and do what they did. What
 * goes wrong with the recording itself ends it, is told to `onProblem`, and disturbs nobody.
 */
export function record(orchestrator, options) {
  known(options, [...OPTIONS, ...ALSO], 'record');
  if (typeof options.to !== 'function') throw new KitError("record: 'to' is missing, a function that takes each line");
  known(options.stores ?? {}, Object.keys(STORES), 'record: stores');
  const unseen = Object.keys(STORES).find((name) => !options.stores?.[name]);
  if (unseen) throw new KitError(`record: stores: ${unseen} is missing, so that nobody would see its calls`);
  if (options.convex === undefined)
    throw new KitError("record: 'convex' is missing, the client of the backend; null where there is none");
  known(options.commands ?? {}, Object.keys(METHODS), 'record: commands');
  const recorder = new Recorder(orchestrator, options);
  return { stop: () => recorder.stop() };
}

class Recorder {
  #orchestrator;
  #options;
  #look;
  #services;
  #recording;
  #calls;
  #observer;
  #wrapping = new Wrapping();
  #leaving = [];
  #underWay = new Map();
  #given = 0;
  #depth = 0;
  #hasNews = false;
  #isOver = false;

  constructor(orchestrator, options) {
    this.#orchestrator = orchestrator;
    this.#options = options;
    this.#look = observing(options.observe ?? {});
    const stores = Object.entries(options.stores);
    this.#services = stores.map(([name, store]) => new RecordedService(name, store, options.services?.[name]));
    this.#observer = this.#watched();
    const rest = () => this.#guarded(() => this.#rest());
    this.#recording = new Recording(this.#header(), options.to, options.redact, rest);
    this.#calls = new RecordedCalls(this.#services, this.#recording, (step) => this.#begin(step));
    this.#guarded(() => this.#first());
    this.#wrapAll();
    this.#subscribe();
  }

  /** What was wrapped is as it was, and the last line says that nothing comes any more. */
  stop() {
    this.#guarded(() => {
      this.#lookAround();
      this.#recording.end();
    });
    this.#leave();
  }

  // -- Beginning ------------------------------------------------------------------------------------

  #watched() {
    const onFailure = (name, thrown) => this.#options.onProblem?.(new KitError(`${name}: ${line(messageOf(thrown))}`));
    const observer = new Observer(this.#look, () => this.#api, (event) => this.#tell(event), onFailure);
    if (observer.state() === 'idle') return observer;
    throw new KitError(`record: the state is ${observer.state()}; begin to record before the first command`);
  }

  #header() {
    return {
      name: this.#options.name ?? 'orchestrator',
      config: this.#optionsOf({ ...this.#api.config, ...this.#options.config }),
      content: this.#content,
      ...(this.#options.slackMs !== undefined && { slack_ms: this.#options.slackMs }),
      believed: this.#services.filter((each) => !each.isSeen).map(({ name }) => name),
    };
  }

  get #content() {
    return this.#services.find(({ name }) => name === 'live_feed').facts.content ?? true;
  }

  /** Options as they are told: without a backend there is nothing to be told to. */
  #optionsOf(given) {
    return optionsOf(this.#options.convex === null ? { ...given, enableConvexSync: false } : given);
  }

  #first() {
    this.#recording.open();
    this.#begin({ do: 'begin', config: {}, content: this.#content, manners: {} });
    this.#snapshot();
  }

  #wrapAll() {
    const { stores, convex, commands = {} } = this.#options;
    for (const [name, method] of Object.entries({ ...METHODS, ...commands })) {
      const hint = `say under 'commands' how ${name} is called`;
      this.#wrap('orchestrator', this.#orchestrator, method, hint, (run, args) => this.#command(name, args, run));
    }
    for (const service of this.#services) {
      for (const [method, operationOf] of service.methods) {
        const [store, hint] = [stores[service.name], "say under 'services' how it is called"];
        const call = (run, args) => this.#call({ operation: operationOf(...args) }, run);
        this.#wrap(`stores.${service.name}`, store, method, hint, call);
      }
    }
    const mutate = (run, args) => this.#mutate(run, args);
    if (convex) this.#wrap('convex', convex, 'mutation', 'give the client that the orchestrator uses', mutate);
    for (const method of ['updateConfig', 'resetConfig'])
      this.#wrapping.wrap(this.#orchestrator, method, (run, args) => this.#configure(run, args));
  }

  /** `act(run, args)` takes the place of a method that has to be there; where it is not, nothing stays wrapped. */
  #wrap(where, owner, method, hint, act) {
    if (this.#wrapping.wrap(owner, method, act)) return;
    this.#leave();
    throw new KitError(`record: ${where}: there is no method '${method}'; ${hint}`);
  }

  #subscribe() {
    for (const service of this.#services)
      this.#leaving.push(service.subscribe(() => this.#guarded(() => this.#calls.lookAtServices())));
    const isStore = typeof this.#orchestrator.getState === 'function';
    const hear = (now, before) => (isStore && before ? this.#observer.changed(now, before) : this.#observer.check());
    this.#leaving.push(this.#look.subscribe(this.#orchestrator, (...states) => this.#guarded(() => hear(...states))));
    const hide = (hidden) => this.#guarded(() => this.#begin({ do: hidden ? 'suspend' : 'resume' }));
    this.#leaving.push(onVisibility(hide));
  }

  #leave() {
    this.#isOver = true;
    this.#wrapping.restore();
    for (const leave of this.#leaving.splice(0)) if (typeof leave === 'function') leave();
  }

  // -- What is wrapped ------------------------------------------------------------------------------

  /** A caller gives a command. */
  #command(name, args, run) {
    const underWay = [...this.#underWay.values()];
    const isOwn = this.#depth > 0 || OF_ITS_OWN[name]?.some((other) => underWay.includes(other));
    if (isOwn || this.#isOver) return run();
    const id = ++this.#given;
    const session = name === 'start_broadcast' && typeof args[0] === 'string' && args[0] !== '' ? args[0] : null;
    this.#guarded(() => {
      this.#lookAround();
      this.#begin({ do: 'command', id, command: name, session });
      this.#underWay.set(id, name);
    });
    const settled = (ok, thrown) => this.#guarded(() => this.#settled(id, ok, thrown));
    const result = this.#withDepth(run, settled);
    if (isPromise(result)) return heard(result, settled);
    settled(true);
    return result;
  }

  /** Commands that are given while this runs are of its own; `settled` hears if it throws. */
  #withDepth(run, settled) {
    this.#depth += 1;
    try {
      return run();
    } catch (thrown) {
      settled(false, thrown);
      throw thrown;
    } finally {
      this.#depth -= 1;
    }
  }

  #settled(id, ok, thrown) {
    this.#lookAround();
    this.#underWay.delete(id);
    this.#tell({ event: 'settled', command: id, ok, message: ok ? '' : line(messageOf(thrown)) });
  }

  /** The orchestrator calls a service. */
  #call(made, run) {
    if (this.#isOver) return run();
    const style = this.#options.styles?.[made.operation];
    const call = this.#guarded(() => this.#called(made, style));
    let result;
    try {
      result = run();
    } catch (thrown) {
      this.#guarded(() => this.#calls.returned(call, false, thrown));
      throw thrown;
    }
    const goesOn = isPromise(result) || style === 'field';
    this.#guarded(() => (goesOn ? this.#calls.wentOn(call) : this.#calls.returned(call, true)));
    const answered = (ok, thrown) => this.#guarded(() => this.#calls.answered(call, ok, thrown));
    return isPromise(result) ? heard(result, answered) : result;
  }

  #called(made, style) {
    this.#lookAround();
    const call = this.#calls.made(made, style);
    const { operation, session, number } = call;
    this.#tell({ event: 'called', call: number, operation, session, ...(made.payload && { payload: made.payload }) });
    return Object.assign(call, { moment: this.#recording.moment });
  }

  #mutate(run, [reference, args]) {
    const { id, broadcastState: state } = args ?? {};
    const isWrite = nameOf(reference).split(/[./:]/).at(-1) === MUTATION && ['live', 'idle'].includes(state);
    if (!isWrite) return run();
    const session = id === undefined || id === null ? null : String(id);
    return this.#call({ operation: `convex.${state}`, session, payload: payloadOf(args) }, run);
  }

  /** Options change, to what the orchestrator shows of them, or else to what it is told. */
  #configure(run, [changes]) {
    const result = run();
    this.#guarded(() => this.#begin({ do: 'configure', config: this.#optionsOf({ ...changes, ...this.#api.config }) }));
    return result;
  }

  // -- What is told ---------------------------------------------------------------------------------

  get #api() {
    return apiOf(this.#orchestrator);
  }

  get #isCalm() {
    return this.#underWay.size === 0 && this.#calls.areAnswered;
  }

  #begin(step) {
    this.#hasNews = true;
    this.#recording.begin(step);
  }

  /** Something followed; what has become of the services meanwhile went before it. */
  #tell(event) {
    if (this.#isOver) return;
    this.#calls.lookAtServices();
    this.#hasNews = true;
    this.#recording.tell(event);
  }

  /** What nobody has told of yet. */
  #lookAround() {
    this.#calls.lookAtServices();
    this.#observer.check();
  }

  /** A moment is over: where all is quiet, what the orchestrator says of itself. */
  #rest() {
    this.#lookAround();
    if (!this.#hasNews || !this.#isCalm || this.#recording.moment) return;
    this.#snapshot();
  }

  #snapshot() {
    const { canStart, canStop, isTransitioning } = this.#look;
    const data = {
      state: this.#observer.state(),
      error: this.#observer.error(),
      can_start: canStart(this.#api),
      can_stop: canStop(this.#api),
      is_transitioning: isTransitioning(this.#api),
      history: this.#observer.history(),
    };
    this.#recording.begin({ do: 'look' });
    this.#recording.tell({ event: 'snapshot', data });
    this.#recording.flush();
    this.#hasNews = false;
  }

  /** Whatever goes wrong here ends the recording, and nothing else. */
  #guarded(act) {
    if (this.#isOver) return undefined;
    try {
      return act();
    } catch (problem) {
      this.#leave();
      this.#options.onProblem?.(problem);
      return undefined;
    }
  }
}

/** The guide's options among these, in the protocol's spelling. */
function optionsOf(given) {
  const told = Object.entries(given).filter(([name, value]) => CONFIG[name]?.(value));
  return Object.fromEntries(told.map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]));
}

/** Timers of a page that is hidden stand still, or nearly so. */
function onVisibility(tell) {
  if (typeof document === 'undefined') return undefined;
  let wasHidden = false;
  const hear = () => {
    const isHidden = document.visibilityState === 'hidden';
    if (isHidden !== wasHidden) tell((wasHidden = isHidden));
  };
  hear();
  document.addEventListener('visibilitychange', hear);
  return () => document.removeEventListener('visibilitychange', hear);
}
