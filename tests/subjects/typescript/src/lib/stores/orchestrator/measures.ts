/** What this orchestrator does beyond the guide, each by itself: see `hardened.ts`. */

export interface Measures {
  /** Ask a service before believing it, and look at all of them when initializing. */
  readonly readBack: boolean;
  /** Number every command, so that a service can refuse what is older than the newest it has seen. */
  readonly fencing: boolean;
  /** Write a session idle that was left live, as soon as nothing else is under way. */
  readonly reconciled: boolean;
  /** Command only while the backend gives the lease to this dashboard. */
  readonly lease: boolean;
  /** Read every service once a period, and take what is not as it should be for a report of that service. */
  readonly polling: boolean;
}

export const MEASURES: Measures = { readBack: true, fencing: true, reconciled: true, lease: true, polling: true };
