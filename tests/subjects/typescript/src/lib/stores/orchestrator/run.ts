/** One procedure under way: a command that was let in, or a cleanup. */

import type { Call } from './account';
import type { OrchestratorConfig } from './config';
import type { Failure, Report } from './failures';

export type Phase = 'forward' | 'delay' | 'rollback' | 'shutdown' | 'stops' | 'cleanup';

/** Thrown inside a procedure that an emergency stop has ended; its caller has been told already. */
export class Interrupted extends Error {}

export class Run {
  phase: Phase = 'forward';
  failures: Failure[] = [];
  notes: Failure[] = [];
  waiting: Call[] = [];
  interrupted = false;
  expired = false;
  session?: string;
  /** A report that came between two calls of a procedure that it fails. */
  trouble: Failure | null = null;
  readonly settled: Promise<Report>;
  succeed!: (report: Report) => void;
  fail!: (error: Error) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wake: (() => void) | undefined;

  /** `config` is what it begins with, and keeps. */
  constructor(readonly command: string, readonly config: OrchestratorConfig) {
    this.settled = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
    this.settled.catch(() => {}); // callers have promises of their own, and nobody waits for a cleanup
  }

  /** Ends an interrupted procedure at the next thing that it wants to do. */
  fence(): void {
    if (this.interrupted) throw new Interrupted();
  }

  /** One limit at a time: it replaces the one before. */
  arm(durationMs: number, limitReached: () => void): void {
    this.disarm();
    this.expired = false;
    this.timer = setTimeout(() => {
      this.expired = true;
      limitReached();
    }, durationMs);
  }

  async pause(durationMs: number): Promise<void> {
    this.disarm();
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(resolve, durationMs);
    });
    this.fence();
  }

  disarm(): void {
    clearTimeout(this.timer);
  }

  interrupt(): void {
    this.interrupted = true;
    this.disarm();
    this.wake?.();
  }
}
