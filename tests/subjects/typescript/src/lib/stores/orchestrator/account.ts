/** What the orchestrator knows of one service from the calls that it made, whatever the store may say. */

import type { Failure } from './failures';
import { OPERATIONS, type Service, type Step } from './operations';

/**
 * One call of a store. A procedure awaits its outcome, which comes once: from the store, or from whoever gives the
 * call up. The store may still answer an abandoned call; what it says to a void one means nothing any more.
 */
export class Call {
  standing: 'awaited' | 'abandoned' | 'void' = 'awaited';
  readonly outcome: Promise<Failure | null>;
  private resolve!: (outcome: Failure | null) => void;

  constructor(readonly step: Step) {
    this.outcome = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  get operation() {
    return OPERATIONS[this.step.operation];
  }

  end(outcome: Failure | null): void {
    this.resolve(outcome);
  }
}

export class Account {
  /** A switch-on was issued, and no switch-off has been confirmed since. */
  onAir = false;
  private switchOff: 'fine' | 'tried' | 'unconfirmed' = 'fine';
  private open: Call[] = [];
  /** How many calls there have been. */
  calls = 0;

  constructor(private readonly service: Service) {}

  /** A switch-off was tried and is not confirmed. */
  get isResidue(): boolean {
    return this.switchOff === 'unconfirmed';
  }

  /** A new call is newer than every open one. */
  opened(call: Call): void {
    const { turns } = call.operation;
    if (turns === 'on') this.disregard('off', call.step.session);
    if (this.service !== 'convex') {
      if (turns === 'on') this.onAir = true;
      else if (turns === 'off' && this.switchOff === 'fine') this.switchOff = 'tried';
    }
    this.open.push(call);
    this.calls += 1;
  }

  /** Whether a call has not been answered yet. */
  get isAwaited(): boolean {
    return this.open.length > 0;
  }

  /** Somebody has read that it is on, or has heard that it is off, which no call of ours tells. */
  found(isOn: boolean): void {
    if (isOn) this.switchOff = 'unconfirmed';
    else if (!this.isAwaited) this.onAir = false;
  }

  closed(call: Call): void {
    this.open = this.open.filter((other) => other !== call);
  }

  /** From now on a late success of these calls means nothing. */
  disregard(turns: 'on' | 'off', session?: string): void {
    for (const call of this.open) {
      if (call.operation.turns === turns && call.step.session === session) call.standing = 'void';
    }
  }

  confirmedOff(session?: string): void {
    this.disregard('on', session);
    this.onAir = false;
    this.switchOff = 'fine';
  }

  /** A switch-off ended without success; if another one was confirmed meanwhile, that does not matter. */
  notConfirmed(): void {
    if (this.switchOff === 'tried') this.switchOff = 'unconfirmed';
  }
}
