import { line, messageOf } from './error.js';
import { OPERATIONS } from './services.js';

const ON_AIR = ['live_feed', 'session', 'host', 'producer'];

/** The calls of an evening, and what the services are: which effect is whose, and what befell a service by itself. */
export class RecordedCalls {
  #services;
  #recording;
  #begin;
  #truth;
  #open = new Map();
  #made = 0;

  /** `begin(step)` hears of each step; what the services truly are is kept in the recording. */
  constructor(services, recording, begin) {
    this.#services = services;
    this.#recording = recording;
    this.#begin = begin;
    this.#truth = recording.truth;
    for (const { name, facts } of services) this.#note(name, facts);
  }

  get areAnswered() {
    return [...this.#open.values()].every(({ isAnswered }) => isAnswered);
  }

  /** A call sets out: `{ operation, session }`. Until it returns, what it does is part of the moment. */
  made({ operation, session = null }, style) {
    const number = ++this.#made;
    const { service } = OPERATIONS[operation];
    for (const [other, call] of this.#open) if (call.isAnswered && call.service === service) this.#open.delete(other);
    const call = { number, operation, session, service, style, isRunning: true, isDone: false, isAnswered: false };
    this.#open.set(number, call);
    return call;
  }

  /** It has returned, and will be answered later. */
  wentOn(call) {
    this.lookAtServices();
    call.isRunning = false;
    if (call.isDone) this.#cameAtOnce(call, null, '');
  }

  /** It was over when it returned, or when it threw. */
  returned(call, ok, thrown) {
    this.lookAtServices();
    if (ok && !call.isDone && this.#hasWorked(call)) this.#takeEffect(call);
    call.isRunning = false;
    if (this.#cameAtOnce(call, ok, textOf(ok, thrown))) this.#over(call);
    else this.answered(call, ok, thrown);
  }

  /** It is answered; a success of a service that does not show what it is, is believed. */
  answered(call, ok, thrown) {
    if (call.isAnswered) return;
    this.lookAtServices();
    if (ok && !call.isDone && this.#hasWorked(call)) this.#takeEffect(call);
    this.#begin({ do: 'answer', call: call.number, ok, message: textOf(ok, thrown), ...formOf(ok, thrown) });
    this.#over(call);
  }

  #cameAtOnce({ number, isDone, moment }, ok, message) {
    return this.#recording.atOnce(moment, { call: number, effect: isDone, ok, message });
  }

  #over(call) {
    call.isAnswered = true;
    if (call.isDone) this.#open.delete(call.number);
  }

  /** What has become of the services since the last time. */
  lookAtServices() {
    for (const service of this.#services) {
      const news = Object.fromEntries(service.news());
      if (Object.keys(news).length > 0) this.#changed(service.name, news);
    }
  }

  #changed(service, { content, error, ...facts }) {
    if (content !== undefined) this.#begin({ do: 'fill', present: content });
    const byItself = Object.entries(facts).filter(([fact, value]) => !this.#ofACall(service, fact, value));
    const changed = Object.fromEntries(byItself);
    if (error) this.#failed(service, changed, byItself.length < Object.keys(facts).length, error);
    else if (changed.active !== undefined) this.#begin({ do: 'flip', service });
    else if (changed.initialized === false) this.#begin({ do: 'lose', service, noticed: false });
    this.#note(service, facts);
  }

  /** An error that is set while a call is open is the call's; otherwise the service says that it has failed. */
  #failed(service, changed, isEffect, error) {
    const open = this.#ofService(service).filter(({ isAnswered }) => !isAnswered);
    const waiting = open.find(({ style }) => style === 'field');
    const fell = Object.values(changed).includes(false);
    if (waiting) this.answered(waiting, false, error);
    else if (!isEffect && (open.length === 0 || fell)) this.#begin({ do: 'lose', service, noticed: true });
  }

  #ofService(service) {
    return [...this.#open.values()].filter((call) => call.service === service);
  }

  /** Whether the change is the effect of a call that was still to come. */
  #ofACall(service, fact, value) {
    const makesIt = (operation) => OPERATIONS[operation].fact === fact && OPERATIONS[operation].value === value;
    const call = this.#ofService(service).find(({ operation, isDone }) => !isDone && makesIt(operation));
    if (!call) return false;
    this.#takeEffect(call);
    if (call.style === 'field') this.answered(call, true);
    return true;
  }

  #hasWorked({ operation, service }) {
    const { fact, value } = OPERATIONS[operation];
    const shown = this.#services.find(({ name }) => name === service)?.facts[fact];
    return shown === undefined || shown === value;
  }

  #takeEffect(call) {
    call.isDone = true;
    if (!call.isRunning) this.#begin({ do: 'effect', call: call.number });
    const { fact, value } = OPERATIONS[call.operation];
    if (fact) this.#note(call.service, { [fact]: value });
    else this.#tellBackend(call);
    if (call.isAnswered) this.#open.delete(call.number);
  }

  #tellBackend({ operation, session }) {
    const others = this.#truth.backend.filter((id) => id !== session);
    this.#truth.backend = operation === 'convex.live' && session !== null ? [...others, session].sort() : others;
  }

  #note(service, { active, initialized }) {
    if (active !== undefined) this.#truth.active[ON_AIR.indexOf(service)] = active;
    if (initialized !== undefined) this.#truth.initialized = initialized;
  }
}

/** What a failure says. */
const textOf = (ok, thrown) => (ok ? '' : line(messageOf(thrown)));

/** What a promise was rejected with, where that is no error. */
function formOf(ok, thrown) {
  if (ok || thrown instanceof Error) return {};
  if (typeof thrown === 'string') return { form: 'text' };
  return { form: thrown === undefined || thrown === null ? 'nothing' : 'object' };
}
