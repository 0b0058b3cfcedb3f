/** The states, the changes between them that are allowed, and those that only an emergency stop may force. */

export const STATES = ['idle', 'initializing', 'ready', 'starting', 'live', 'stopping', 'error'] as const;
export type BroadcastState = (typeof STATES)[number];

const ALLOWED: Record<BroadcastState, readonly BroadcastState[]> = {
  idle: ['initializing', 'error'],
  initializing: ['ready', 'error'],
  ready: ['starting', 'idle', 'error'],
  starting: ['live', 'error'],
  live: ['stopping', 'error'],
  stopping: ['idle', 'error'],
  error: ['idle', 'initializing'],
};

const FORCED_TO_IDLE: readonly BroadcastState[] = ['initializing', 'starting', 'live'];

export const isAllowed = (from: BroadcastState, to: BroadcastState) => ALLOWED[from].includes(to);

export const canBeForced = (from: BroadcastState, to: BroadcastState) => to === 'idle' && FORCED_TO_IDLE.includes(from);

/** One change of state, as the history keeps it. */
export interface HistoryEntry {
  readonly from: BroadcastState;
  readonly to: BroadcastState;
  readonly reason: string;
  readonly at: number;
  readonly forced: boolean;
  readonly violation: boolean;
}
