/**
 * The orchestrator with measures, so that it withstands what the guide's cannot: a page that is reloaded, another
 * dashboard, services that claim to have worked or fall over without a word, and commands that come to a service in the
 * other order.
 */

import { Call } from './account';
import { failure } from './failures';
import type { Failure, Report } from './failures';
import { MEASURES } from './measures';
import { ON_AIR_SERVICES, OPERATIONS, STOPS } from './operations';
import type { OnAirService, Step } from './operations';
import { Procedures as GuidesProcedures } from './procedures';
import { isActive, isHostInitialized, liveSessions, runNumbered, takeLease } from './reading';
import { Run } from './run';

const INITIALIZE = 'host.initialize';

/** How often services are polled. */
const PERIOD_MS = 5_000;

/** After how long a silence the backend gives the lease to another dashboard. */
const LEASE_MS = 10_000;

export class Procedures extends GuidesProcedures {
  /** Whether the last procedure was a cleanup in vain: the next one has to wait. */
  private inVain = false;
  private isPolling = false;
  private isRenewing = false;
  private oursUntil = 0;

  // -- Numbered commands ---------------------------------------------------------------------------

  protected perform(call: Call): unknown {
    return MEASURES.fencing ? runNumbered(call.step.operation, call.step.session) : super.perform(call);
  }

  // -- Read back -----------------------------------------------------------------------------------

  /** A success is believed when the service says so itself; so is a switch-off that is said to have failed. */
  protected answered(call: Call, problem: Failure | null): void {
    const { turns } = call.operation;
    if (!MEASURES.readBack || turns === null || (turns === 'on' && problem)) return super.answered(call, problem);
    if (call.standing !== 'awaited') return turns === 'on' ? super.answered(call, problem) : this.unheard(call);
    this.isAsItShouldBe(call).then(
      (confirmed) => this.readBack(call, problem, confirmed ? null : 'it had no effect'),
      (broken) => this.readBack(call, problem, broken),
    );
  }

  private readBack(call: Call, problem: Failure | null, doubt: unknown): void {
    if (call.standing !== 'awaited') return this.unheard(call);
    if (doubt === null && call.operation.turns === 'off') this.confirmOff(call);
    super.answered(call, problem ?? (doubt === null ? null : failure(call.step.operation, 'failed', doubt)));
  }

  /** Nobody waits any more, and what was read is of the past. */
  private unheard(call: Call): void {
    this.accounts[call.operation.service].closed(call);
    this.refresh();
  }

  private async isAsItShouldBe({ operation: { service, turns }, step }: Call): Promise<boolean> {
    const isOn = service === 'convex' ? (await liveSessions()).includes(step.session!) : await isActive(service);
    return isOn === (turns === 'on');
  }

  /** An attempt to initialize looks at everything that could be on from a former life, and switches it off. */
  protected async ask(run: Run, step: Step): Promise<Failure | null> {
    const problem = await super.ask(run, step);
    if (problem || step.operation !== INITIALIZE) return problem;
    const found = await this.survey(run);
    if (found) this.hostInitialized = false;
    return found;
  }

  private async survey(run: Run): Promise<Failure | null> {
    if (MEASURES.lease) {
      const refused = await this.within(run, this.askForLease());
      if (refused.problem) return refused.problem;
    }
    if (!MEASURES.readBack) return null;
    const host = await this.within(run, isHostInitialized());
    if (host.problem || !host.value) return host.problem ?? failure(INITIALIZE, 'failed', 'it had no effect');
    for (const service of ON_AIR_SERVICES) {
      const problem = await this.clear(run, service);
      if (problem) return problem;
    }
    return MEASURES.reconciled ? this.clearBackend(run) : null;
  }

  private async clear(run: Run, service: OnAirService): Promise<Failure | null> {
    const read = await this.within(run, isActive(service));
    const stop = STOPS.find(({ operation }) => OPERATIONS[operation].service === service)!;
    if (read.value) return super.ask(run, stop);
    if (!read.problem) this.accounts[service].confirmedOff();
    return read.problem;
  }

  private async clearBackend(run: Run): Promise<Failure | null> {
    const read = await this.within(run, liveSessions());
    for (const session of read.value ?? []) {
      const problem = await super.ask(run, { operation: 'convex.idle', session });
      if (problem) return problem;
    }
    return read.problem;
  }

  /** What is read belongs to the attempt: its limit, a report and an emergency stop put an end to the waiting. */
  private async within<T>(run: Run, reading: Promise<T>): Promise<{ value?: T; problem: Failure | null }> {
    const call = new Call({ operation: INITIALIZE });
    let value: T | undefined;
    run.waiting = [...run.waiting, call];
    const end = (problem: Failure | null) => {
      if (call.standing !== 'awaited') return;
      this.noLongerWaiting(call);
      call.end(problem);
    };
    reading.then(
      (read) => end(((value = read), null)),
      (broken) => end(failure(INITIALIZE, 'failed', broken)),
    );
    const problem = await call.outcome;
    run.fence();
    return { value, problem };
  }

  // -- The lease -----------------------------------------------------------------------------------

  /** It is ours for a while from when it was asked for, and is renewed three times as often. */
  private async askForLease(): Promise<void> {
    const asked = performance.now();
    await takeLease();
    this.oursUntil = asked + LEASE_MS;
    if (this.isRenewing) return;
    this.isRenewing = true;
    setInterval(() => void this.renewLease(), Math.floor(LEASE_MS / 3));
  }

  /** Whoever has slept for too long finds another dashboard in command, and has to initialize again. */
  private async renewLease(): Promise<void> {
    try {
      await this.askForLease();
    } catch {
      const isLost = performance.now() > this.oursUntil && this.hostInitialized;
      if (isLost) this.serviceFailed('host', 'the lease is lost');
    }
  }

  // -- Polling -------------------------------------------------------------------------------------

  protected conduct(run: Run, procedure: (run: Run) => Promise<void>): Promise<Report> {
    if (MEASURES.polling && !this.isPolling) {
      this.isPolling = true;
      setInterval(() => ON_AIR_SERVICES.forEach((service) => void this.lookAt(service)), PERIOD_MS);
    }
    return super.conduct(run, procedure);
  }

  /** What cannot be read means nothing, nor what is read while something is under way. */
  private async lookAt(service: OnAirService): Promise<void> {
    const account = this.accounts[service];
    const { calls } = account;
    const isInTheMidst = () => this.run !== null || account.isAwaited || account.calls !== calls;
    if (isInTheMidst()) return;
    const ready = service === 'host' ? isHostInitialized() : Promise.resolve(true);
    const [isOn, isReady] = await Promise.all([isActive(service), ready]).catch(() => [null, null]);
    if (isOn === null || isInTheMidst()) return;
    if (!isReady && this.hostInitialized) return this.serviceFailed(service, 'found not initialized');
    if (account.isResidue || account.onAir === isOn) return;
    account.found(isOn);
    this.serviceFailed(service, isOn ? 'found on' : 'found off');
  }

  /** It is off then, or that is not known: it is not found so for ever. */
  serviceFailed(service: OnAirService, message: string): void {
    if (MEASURES.polling) this.accounts[service].found(false);
    super.serviceFailed(service, message);
    this.cleanUpIfDue();
  }

  // -- The backend, reconciled ---------------------------------------------------------------------

  protected cleanUpIfDue(): void {
    super.cleanUpIfDue();
    const [session] = this.unsettled().leftLive;
    if (this.run || !MEASURES.reconciled || session === undefined) return;
    const waits = this.inVain;
    void this.conduct(new Run('cleanup', this.config), (run) => this.reconcile(run, session, waits));
  }

  /** Where a write has just failed, the next one does not follow at once; perhaps the old one is confirmed meanwhile. */
  private async reconcile(run: Run, session: string, waits: boolean): Promise<void> {
    if (waits) {
      run.phase = 'delay';
      await run.pause(run.config.retryDelay);
    }
    if (this.written.includes(session)) return this.cleanUp(run, { operation: 'convex.idle', session });
    this.raise(run.notes);
    this.succeed(run);
  }

  protected succeed(run: Run): void {
    this.inVain = false;
    super.succeed(run);
  }

  protected fail(run: Run): void {
    this.inVain = run.command === 'cleanup';
    super.fail(run);
  }
}
