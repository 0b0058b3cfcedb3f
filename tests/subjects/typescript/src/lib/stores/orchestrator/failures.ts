/** What can go wrong, and how callers hear of it. */

export interface Failure {
  /** An operation, or a service. */
  readonly subject: string;
  readonly kind: 'failed' | 'timed out' | 'was not confirmed' | 'reported a failure';
  readonly message: string;
}

export const failure = (subject: string, kind: Failure['kind'], problem: unknown = ''): Failure => ({
  subject,
  kind,
  message: problem instanceof Error ? problem.message : String(problem),
});

export const inWords = (failures: readonly Failure[]) =>
  failures.map(({ subject, kind, message }) => `${subject} ${kind}${message && `: ${message}`}`).join('; ');

/** What a command leaves behind, whether it succeeded or not. */
export interface Report {
  readonly command: string;
  readonly failures: readonly Failure[];
  /** Services that reported a failure meanwhile, which failed nothing. */
  readonly notes: readonly Failure[];
  /** Services that may still be on. */
  readonly residue: readonly string[];
  /** Sessions that the backend may still call live. */
  readonly leftLive: readonly string[];
}

/** The command changed nothing. */
export class CommandRefused extends Error {
  constructor(reason: string, readonly missing: readonly string[] = []) {
    super(reason);
    this.name = 'CommandRefused';
  }
}

/** The command began and did not do what was asked. */
export class CommandFailed extends Error {
  constructor(readonly report: Report, verb = 'failed') {
    const { command, failures, residue, leftLive } = report;
    const details = [
      inWords(failures),
      residue.length > 0 ? `not confirmed off: ${residue.join(', ')}` : '',
      leftLive.length > 0 ? `the backend may still say live: ${leftLive.join(', ')}` : '',
    ].filter(Boolean);
    super([`${command} ${verb}`, ...(details.length > 0 ? [details.join('; ')] : [])].join(': '));
    this.name = 'CommandFailed';
  }
}

/** An emergency stop put an end to the command. */
export class CommandInterrupted extends CommandFailed {
  constructor(report: Report) {
    super(report, 'was interrupted by an emergency stop');
    this.name = 'CommandInterrupted';
  }
}
