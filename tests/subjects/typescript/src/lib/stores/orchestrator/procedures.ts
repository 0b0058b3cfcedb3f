/**
 * What a broadcast does: initialize, start and roll back, stop, stop in an emergency, recover, clean up.
 *
 * One procedure runs at a time. It is an async function over a `Run`; whatever it waits for is the outcome of a call,
 * which a limit, a service's report or an emergency stop can bring about as well as the store. After every wait it
 * asks whether it has been interrupted, so that nothing old ever acts on something newer.
 */

import { Account, Call } from './account';
import { DEFAULT_CONFIG, type OrchestratorConfig } from './config';
import { CommandFailed, CommandInterrupted, CommandRefused, failure, inWords } from './failures';
import type { Failure, Report } from './failures';
import { ON_AIR_SERVICES, OPERATIONS, STOPS, shutdown, startup, undo } from './operations';
import type { OnAirService, Service, Step } from './operations';
import { Interrupted, Run } from './run';
import { canBeForced, isAllowed, type BroadcastState, type HistoryEntry } from './transitions';

/** What everyone may see; a new object for every change. */
export interface Shown {
  readonly state: BroadcastState;
  readonly previousState: BroadcastState | null;
  readonly error: string | null;
  readonly failures: readonly Failure[];
  readonly history: readonly HistoryEntry[];
  readonly lastTransition: HistoryEntry | null;
  readonly config: OrchestratorConfig;
  /** The command under way. */
  readonly busy: string | null;
  readonly hostInitialized: boolean;
  readonly sessionId: string | null;
  readonly residue: readonly OnAirService[];
  readonly leftLive: readonly string[];
}

export const AT_REST: Shown = {
  state: 'idle',
  previousState: null,
  error: null,
  failures: [],
  history: [],
  lastTransition: null,
  config: DEFAULT_CONFIG,
  busy: null,
  hostInitialized: false,
  sessionId: null,
  residue: [],
  leftLive: [],
};

/** How many turns of the microtask queue a promise that is settled already may need to say so. */
const TURNS = 8;

/** Lets every promise that is settled say so; no time passes. */
async function answersThatAreThere(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}

export class Procedures {
  protected run: Run | null = null;
  protected config = DEFAULT_CONFIG;
  protected hostInitialized = false;
  /** The session of the broadcast on air. */
  private session: string | undefined;
  /** Sessions that the backend was told are live and has not yet confirmed to be idle. */
  protected written: readonly string[] = [];
  /** Cleanups that wait until nothing else is under way. */
  private due: readonly Step[] = [];
  protected readonly accounts: Record<Service, Account> = {
    live_feed: new Account('live_feed'),
    session: new Account('session'),
    host: new Account('host'),
    producer: new Account('producer'),
    convex: new Account('convex'),
  };

  constructor(
    private readonly shown: () => Shown,
    private readonly show: (changes: Partial<Shown>) => void,
    private readonly hasContent: () => boolean,
  ) {}

  // -- Commands ------------------------------------------------------------------------------------

  async initialize(): Promise<Report> {
    const joins = this.state === 'initializing' && this.run?.command !== 'emergencyStop';
    if (this.run && joins) return this.run.settled;
    this.refuseIfBusy('initialize');
    if (this.state === 'ready') return this.report('initialize');
    if (this.state !== 'idle' && this.state !== 'error') this.refuse(`Cannot initialize: the state is ${this.state}`);
    const uncertain = ON_AIR_SERVICES.filter((service) => this.mayBeOn(service));
    const missing = uncertain.map((service) => `${service} is not known to be off`);
    if (missing.length > 0) this.refuse(`Cannot initialize: ${missing.join('; ')}`, missing);
    return this.conduct(new Run('initialize', this.config), (run) => this.bringUp(run));
  }

  async startBroadcast(session?: string): Promise<Report> {
    if (session !== undefined && (typeof session !== 'string' || session === '')) {
      throw new TypeError('startBroadcast: the session id must be text, or left out');
    }
    this.refuseIfBusy('start broadcast');
    const missing = this.missingForStart();
    if (this.state !== 'ready') missing.unshift(`state is ${this.state}, not ready`);
    if (missing.length > 0) this.refuse(`Cannot start broadcast: ${missing.join('; ')}`, missing);
    const run = new Run('startBroadcast', this.config);
    run.session = session;
    return this.conduct(run, () => this.goLive(run));
  }

  async stopBroadcast(): Promise<Report> {
    this.refuseIfBusy('stop broadcast');
    if (this.state !== 'live' && this.state !== 'error') {
      this.refuse(`Cannot stop broadcast: the state is ${this.state}`);
    }
    return this.conduct(new Run('stopBroadcast', this.config), (run) => this.goOffAir(run));
  }

  async recover(): Promise<Report> {
    this.refuseIfBusy('recover');
    if (this.state !== 'error') this.refuse(`Cannot recover: the state is ${this.state}, not error`);
    return this.conduct(new Run('recover', this.config), (run) => this.startOver(run));
  }

  async emergencyStop(): Promise<Report> {
    const current = this.run;
    if (current?.command === 'emergencyStop') return current.settled;
    const run = new Run('emergencyStop', this.config);
    let inherited: Call[] | null = null;
    if (current?.phase === 'stops') {
      inherited = current.waiting;
      run.failures = [...current.failures];
      run.notes = [...current.notes];
      this.interrupt(current);
    } else if (current) {
      if (current.command === 'cleanup') run.notes = [...current.notes];
      this.interrupt(current);
      for (const call of current.waiting) {
        this.abandon(call);
        call.end(null);
      }
    }
    return this.conduct(run, () => this.stopAtOnce(run, inherited));
  }

  /** A service says by itself that it failed; what that means depends on what is under way. */
  serviceFailed(service: OnAirService, message: string): void {
    const problem = failure(service, 'reported a failure', message);
    if (service === 'host') this.hostInitialized = false;
    if (!this.run) this.raise([problem]);
    else if (this.run.phase === 'forward') this.breakOff(this.run, problem);
    else if (this.run.phase === 'rollback') this.run.failures.push(problem);
    else this.run.notes.push(problem);
    this.refresh();
  }

  configure(config: OrchestratorConfig): void {
    this.config = config;
    this.show({ config });
  }

  /** What a start would lack, apart from the right state. */
  missingForStart(): string[] {
    const residue = this.residue();
    return [
      ...(this.hostInitialized ? [] : ['host agent is not initialized']),
      ...(this.hasContent() ? [] : ['live feed has no content']),
      ...(this.run ? [`${this.run.command} is under way`] : []),
      ...(residue.length > 0 ? [`switch-off not confirmed: ${residue.join(', ')}`] : []),
    ];
  }

  // -- Procedures ----------------------------------------------------------------------------------

  private async bringUp(run: Run): Promise<void> {
    this.move('initializing', 'system_init');
    while (!this.hostInitialized) {
      run.phase = 'forward';
      this.limit(run, run.config.initializationTimeout);
      const problem = await this.ask(run, { operation: 'host.initialize' });
      if (!problem) break;
      run.failures.push(problem);
      if (run.failures.length > run.config.maxRetries) {
        this.move('error', 'initialization_failed', run.failures);
        return this.fail(run);
      }
      this.log(`attempt ${run.failures.length} to initialize failed, again in ${run.config.retryDelay} ms`);
      run.phase = 'delay';
      await run.pause(run.config.retryDelay);
    }
    this.move('ready', 'dependency_ready');
    this.succeed(run);
  }

  private async goLive(run: Run): Promise<void> {
    this.move('starting', 'start_requested');
    this.limit(run, run.config.startupTimeout);
    const begun: Step[] = [];
    for (const step of startup(run.config.enableConvexSync ? run.session : undefined)) {
      begun.push(step);
      const problem = await this.ask(run, step);
      if (problem) return this.rollBack(run, begun, problem);
    }
    this.move('live', 'startup_complete');
    this.session = run.session;
    this.due = this.due.filter((step) => OPERATIONS[step.operation].service !== 'convex');
    this.succeed(run);
  }

  /** The step that failed is undone too: an error does not tell whether it took effect. */
  private async rollBack(run: Run, begun: readonly Step[], cause: Failure): Promise<void> {
    this.log(`startup failed, rolling back: ${inWords([cause])}`);
    run.phase = 'rollback';
    run.failures.push(cause);
    await this.switchOff(run, begun.map(undo).reverse());
    this.move('error', 'startup_failed', run.failures);
    this.fail(run);
  }

  /** From error the state stays as it is until everything is off. */
  private async goOffAir(run: Run): Promise<void> {
    const steps = shutdown(this.written);
    if (this.state === 'live') this.move('stopping', 'stop_requested');
    run.phase = 'shutdown';
    await this.switchOff(run, steps);
    if (run.failures.length === 0) {
      this.move('idle', 'shutdown_complete');
      return this.bringUp(run);
    }
    this.raise(run.failures, 'shutdown_failed');
    this.fail(run);
  }

  private async startOver(run: Run): Promise<void> {
    const earlier = this.shown().failures.slice(0, 1);
    await this.stopEverything(run, this.callStops(run));
    this.move('idle', 'recovery');
    if (this.residue().length > 0) {
      run.failures.push(...earlier);
      this.move('error', 'residue', run.failures);
      this.fail(run);
    } else if (run.config.enableAutoRecovery) {
      run.notes.push(...run.failures);
      run.failures = [];
      await this.bringUp(run);
    } else {
      this.succeed(run);
    }
  }

  /** The stops of a recover are taken over; nothing is issued twice. */
  private async stopAtOnce(run: Run, inherited: Call[] | null): Promise<void> {
    run.waiting = inherited ?? [];
    await this.stopEverything(run, inherited ?? this.callStops(run));
    if (this.state !== 'idle') this.move('idle', 'emergency_stop');
    this.succeed(run);
  }

  private callStops(run: Run): Call[] {
    run.phase = 'stops';
    this.forsakeBackend();
    return STOPS.map((step) => this.issue(run, step));
  }

  private async stopEverything(run: Run, calls: readonly Call[]): Promise<void> {
    run.phase = 'stops';
    this.limit(run, run.config.shutdownTimeout);
    await Promise.all(calls.map((call) => this.note(run, call)));
    run.fence();
  }

  protected async cleanUp(run: Run, step: Step): Promise<void> {
    run.phase = 'cleanup';
    await this.switchOff(run, [step]);
    const stillOn = this.residue().some((service) => service === OPERATIONS[step.operation].service);
    this.raise([...(stillOn ? run.failures : []), ...run.notes]);
    if (run.failures.length > 0) this.fail(run);
    else this.succeed(run);
  }

  /** One after the other, whatever fails. When the limit comes, what is left is issued at once and not waited for. */
  private async switchOff(run: Run, steps: readonly Step[]): Promise<void> {
    this.limit(run, run.config.shutdownTimeout);
    for (const [index, step] of steps.entries()) {
      if (run.expired) return this.switchOffAtOnce(run, steps.slice(index));
      await this.note(run, this.issue(run, step));
    }
  }

  private async switchOffAtOnce(run: Run, steps: readonly Step[]): Promise<void> {
    this.log('time limit reached, taking the remaining steps without waiting');
    const calls = steps.map((step) => this.issue(run, step));
    const noted = Promise.all(calls.map((call) => this.note(run, call)));
    await answersThatAreThere();
    run.fence();
    this.giveUpWaiting(run, 'was not confirmed');
    await noted;
  }

  // -- Calls ---------------------------------------------------------------------------------------

  protected issue(run: Run, step: Step): Call {
    run.fence();
    const call = new Call(step);
    const { service, turns } = call.operation;
    this.accounts[service].opened(call);
    if (service === 'convex' && turns === 'on' && !this.written.includes(step.session!)) {
      this.written = [...this.written, step.session!];
    }
    run.waiting = [...run.waiting, call];
    this.log(`${run.command}: ${step.operation}`);
    this.send(call);
    return call;
  }

  protected send(call: Call): void {
    let answer: unknown;
    try {
      answer = this.perform(call);
    } catch (problem) {
      answer = Promise.reject(problem);
    }
    Promise.resolve(answer).then(
      () => this.answered(call, null),
      (problem) => this.answered(call, failure(call.step.operation, 'failed', problem)),
    );
  }

  protected perform(call: Call): unknown {
    return call.operation.run(call.step.session);
  }

  /** Ask a store and wait for what it says; null means that it worked. */
  protected async ask(run: Run, step: Step): Promise<Failure | null> {
    const outcome = await this.issue(run, step).outcome;
    run.fence();
    const problem = outcome ?? run.trouble;
    run.trouble = null;
    return problem;
  }

  /** Wait for a call whose failure keeps nothing from going on. */
  private async note(run: Run, call: Call): Promise<void> {
    const problem = await call.outcome;
    if (problem) run.failures.push(problem);
    run.fence();
  }

  protected answered(call: Call, problem: Failure | null): void {
    this.accounts[call.operation.service].closed(call);
    if (call.standing === 'awaited') {
      if (!problem) this.believe(call);
      else this.notConfirmed(call);
      this.noLongerWaiting(call);
      call.end(problem);
    } else if (call.standing === 'abandoned' && !problem) {
      this.lateSuccess(call);
      this.cleanUpIfDue();
    }
    this.refresh();
  }

  private believe(call: Call): void {
    if (call.operation.turns === null) this.hostInitialized = true;
    else if (call.operation.turns === 'off') this.confirmOff(call);
  }

  protected confirmOff({ operation: { service }, step: { session } }: Call): void {
    this.accounts[service].confirmedOff(session);
    if (service === 'convex') this.written = this.written.filter((other) => other !== session);
    this.dismiss(service, session);
  }

  protected notConfirmed(call: Call): void {
    if (call.operation.turns === 'off') this.accounts[call.operation.service].notConfirmed();
  }

  protected noLongerWaiting(call: Call): void {
    if (this.run) this.run.waiting = this.run.waiting.filter((other) => other !== call);
  }

  /** Nobody waits any more for the call; it may still be answered, an initialization in vain. */
  private abandon(call: Call): void {
    call.standing = call.operation.turns === null ? 'void' : 'abandoned';
  }

  protected giveUp(run: Run, call: Call, problem: Failure): void {
    this.abandon(call);
    this.notConfirmed(call);
    run.waiting = run.waiting.filter((other) => other !== call);
    call.end(problem);
  }

  protected giveUpWaiting(run: Run, kind: Failure['kind']): void {
    for (const call of run.waiting) this.giveUp(run, call, failure(call.step.operation, kind));
  }

  private limit(run: Run, durationMs: number): void {
    run.arm(durationMs, () => {
      this.giveUpWaiting(run, 'timed out');
      this.refresh();
    });
  }

  /** The step under way fails with the report. */
  private breakOff(run: Run, problem: Failure): void {
    if (run.waiting.length === 0) run.trouble = problem;
    for (const call of run.waiting) this.giveUp(run, call, problem);
  }

  // -- Late answers --------------------------------------------------------------------------------

  protected lateSuccess(call: Call): void {
    const { service, turns } = call.operation;
    if (turns === 'off') {
      this.confirmOff(call);
    } else if (this.needsCleanup(service)) {
      const cleanup = undo(call.step);
      const known = this.due.some((step) => step.operation === cleanup.operation && step.session === cleanup.session);
      if (!known) this.due = [...this.due, cleanup];
    }
  }

  /** What came on late stays on while it is wanted, and where a stop is owed anyway. */
  private needsCleanup(service: Service): boolean {
    if (service === 'convex') return this.state !== 'live';
    if (this.run?.phase === 'stops' || this.accounts[service].isResidue) return true;
    const somethingOnAir = ON_AIR_SERVICES.some((each) => this.accounts[each].onAir);
    return this.state !== 'live' && !(this.state === 'error' && somethingOnAir);
  }

  protected cleanUpIfDue(): void {
    const [step] = this.due;
    if (this.run || !step) return;
    this.dismiss(OPERATIONS[step.operation].service, step.session);
    void this.conduct(new Run('cleanup', this.config), (run) => this.cleanUp(run, step));
  }

  /** Whoever waited for the procedure that is over hears of that first. */
  private async cleanUpAfterwards(): Promise<void> {
    await answersThatAreThere();
    this.cleanUpIfDue();
  }

  private dismiss(service: Service, session?: string): void {
    this.due = this.due.filter((step) => OPERATIONS[step.operation].service !== service || step.session !== session);
  }

  /** No live write from before an emergency stop is ever cleaned up. */
  private forsakeBackend(): void {
    for (const session of this.written) {
      this.accounts.convex.disregard('on', session);
      this.dismiss('convex', session);
    }
  }

  // -- Beginning and ending ------------------------------------------------------------------------

  protected conduct(run: Run, procedure: (run: Run) => Promise<void>): Promise<Report> {
    this.run = run;
    this.refresh();
    procedure(run).catch((problem: unknown) => {
      if (!(problem instanceof Interrupted)) this.broken(run, problem);
    });
    return run.settled;
  }

  /** Not a failure of a service but a mistake in this file: told, never swallowed. */
  private broken(run: Run, problem: unknown): void {
    if (this.run === run) this.end(run);
    run.fail(problem instanceof Error ? problem : new Error(String(problem)));
  }

  protected succeed(run: Run): void {
    this.end(run);
    run.succeed(this.report(run.command, run));
    void this.cleanUpAfterwards();
  }

  protected fail(run: Run): void {
    this.end(run);
    run.fail(new CommandFailed(this.report(run.command, run)));
    void this.cleanUpAfterwards();
  }

  private end(run: Run): void {
    run.disarm();
    this.run = null;
    this.refresh();
  }

  private interrupt(run: Run): void {
    run.interrupt();
    this.run = null;
    run.fail(new CommandInterrupted(this.report(run.command, run)));
  }

  private refuseIfBusy(what: string): void {
    if (!this.run) return;
    const busy = `${this.run.command} is under way`;
    this.refuse(`Cannot ${what}: ${busy}`, [busy]);
  }

  private refuse(reason: string, missing: readonly string[] = []): never {
    throw new CommandRefused(reason, missing);
  }

  private report(command: string, run?: Run): Report {
    const { residue, leftLive } = this.unsettled();
    return { command, failures: [...(run?.failures ?? [])], notes: [...(run?.notes ?? [])], residue, leftLive };
  }

  // -- What is shown -------------------------------------------------------------------------------

  private get state(): BroadcastState {
    return this.shown().state;
  }

  /** The error text comes and goes with the error state. */
  private move(to: BroadcastState, reason: string, failures: readonly Failure[] = []): void {
    const { state: from, history } = this.shown();
    const forced = !isAllowed(from, to) && canBeForced(from, to) && this.run?.command === 'emergencyStop';
    const violation = !isAllowed(from, to) && !forced;
    if (violation && this.config.enableStateValidation) throw new Error(`Invalid transition from ${from} to ${to}`);
    const entry: HistoryEntry = { from, to, reason, at: Date.now(), forced, violation };
    this.log(`State transition: ${from} → ${to} (${reason}${forced ? ', forced' : ''})`);
    if (to !== 'live') this.session = undefined;
    this.show({
      state: to,
      previousState: from,
      history: [...history, entry],
      lastTransition: entry,
      failures: [...failures],
      error: failures.length > 0 ? inWords(failures) : null,
      ...this.facts(),
    });
  }

  /** Go to error; or, there already, keep the first cause and attach what is new. */
  protected raise(failures: readonly Failure[], reason = 'service_failed'): void {
    if (failures.length === 0) return;
    if (this.state !== 'error') return this.move('error', reason, failures);
    const known = this.shown().failures;
    const news = failures.filter((each) => !known.some((other) => inWords([other]) === inWords([each])));
    this.show({ failures: [...known, ...news], error: inWords([...known, ...news]) });
  }

  protected refresh(): void {
    const facts = this.facts();
    const shown = this.shown();
    const names = Object.keys(facts) as (keyof typeof facts)[];
    if (names.some((name) => String(facts[name]) !== String(shown[name]))) this.show(facts);
  }

  private facts() {
    return {
      busy: this.run?.command ?? null,
      hostInitialized: this.hostInitialized,
      sessionId: this.session ?? this.run?.session ?? null,
      ...this.unsettled(),
    };
  }

  protected unsettled() {
    const wanted = [this.session, this.run?.session];
    return { residue: this.residue(), leftLive: this.written.filter((session) => !wanted.includes(session)) };
  }

  private residue(): OnAirService[] {
    return ON_AIR_SERVICES.filter((service) => this.accounts[service].isResidue);
  }

  private mayBeOn(service: OnAirService): boolean {
    return this.accounts[service].onAir || this.accounts[service].isResidue;
  }

  private log(line: string): void {
    if (this.config.verboseLogging) console.log(`🎛️ [ORCHESTRATOR] ${line}`);
  }
}
