/** The orchestrator: the store that components use, its actions, its questions and its hooks. */

import { create } from 'zustand';

import { useBroadcastSessionStore } from '@/lib/stores/broadcastSessionStore';
import { useHostAgentStore } from '../hostAgentStore';
import { useSimpleLiveFeedStore } from '../liveFeedStore';
import { useProducerStore } from '../producerStore';
import { DEFAULT_CONFIG, merged, type OrchestratorConfig } from './config';
import type { Report } from './failures';
import type { OnAirService } from './operations';
import { AT_REST, Procedures, type Shown } from './procedures';
import { isAllowed, STATES, type BroadcastState } from './transitions';

export type { BroadcastState, OrchestratorConfig, Report };

export interface TransitionValidation {
  readonly valid: boolean;
  readonly reason?: string;
  readonly missingDependencies?: readonly string[];
}

export interface BroadcastOrchestrator extends Shown {
  initialize(): Promise<Report>;
  startBroadcast(sessionId?: string): Promise<Report>;
  stopBroadcast(): Promise<Report>;
  emergencyStop(): Promise<Report>;
  recover(): Promise<Report>;
  getSnapshot(): BroadcastSnapshot;
  canStartBroadcast(): boolean;
  canStopBroadcast(): boolean;
  validateTransition(to: BroadcastState): TransitionValidation;
  updateConfig(changes: Partial<OrchestratorConfig>): void;
  resetConfig(): void;
}

export type BroadcastSnapshot = ReturnType<typeof snapshotOf>;

export const useBroadcastOrchestrator = create<BroadcastOrchestrator>()((set, get) => {
  const procedures = new Procedures(get, set, () => useSimpleLiveFeedStore.getState().hasContent);
  reportsReach(procedures);
  return {
    ...AT_REST,
    initialize: () => procedures.initialize(),
    startBroadcast: (sessionId) => procedures.startBroadcast(sessionId),
    stopBroadcast: () => procedures.stopBroadcast(),
    emergencyStop: () => procedures.emergencyStop(),
    recover: () => procedures.recover(),
    getSnapshot: () => snapshotOf(get()),
    canStartBroadcast: () => get().state === 'ready' && procedures.missingForStart().length === 0,
    canStopBroadcast: () => get().state === 'live',
    validateTransition: (to) => validate(get().state, to, to === 'starting' ? procedures.missingForStart() : []),
    updateConfig: (changes) => procedures.configure(merged(get().config, changes)),
    resetConfig: () => procedures.configure(DEFAULT_CONFIG),
  };
});

/** A store that sets its `error` says that its service has failed by itself. */
function reportsReach(procedures: Procedures): void {
  const hear = (service: OnAirService) => (now: { error: string | null }, before: { error: string | null }) => {
    if (now.error !== null && now.error !== before.error) procedures.serviceFailed(service, now.error);
  };
  useSimpleLiveFeedStore.subscribe(hear('live_feed'));
  useBroadcastSessionStore.subscribe(hear('session'));
  useHostAgentStore.subscribe(hear('host'));
  useProducerStore.subscribe(hear('producer'));
}

function validate(from: BroadcastState, to: BroadcastState, missing: readonly string[]): TransitionValidation {
  if (!STATES.includes(to)) throw new RangeError(`${to}: unknown state, try one of: ${STATES.join(', ')}`);
  if (!isAllowed(from, to)) {
    return { valid: false, reason: `Invalid transition from ${from} to ${to}`, missingDependencies: missing };
  }
  if (missing.length === 0) return { valid: true };
  return { valid: false, reason: `Cannot start broadcast: ${missing.join('; ')}`, missingDependencies: missing };
}

function snapshotOf(now: BroadcastOrchestrator) {
  const { state, previousState, error, failures, history, lastTransition } = now;
  const { isInitialized, isActive } = useHostAgentStore.getState();
  const { isLive, hasContent } = useSimpleLiveFeedStore.getState();
  return {
    orchestrator: { state, previousState, error, failures, history, lastTransition },
    host: { isInitialized, isActive },
    producer: { isActive: useProducerStore.getState().isActive },
    liveFeed: { isLive, hasContent },
    session: { isActive: useBroadcastSessionStore.getState().isActive },
    convex: { syncEnabled: now.config.enableConvexSync, sessionId: now.sessionId, leftLive: now.leftLive },
    computed: {
      canStart: now.canStartBroadcast(),
      canStop: now.canStopBroadcast(),
      isBroadcasting: state === 'live',
      isTransitioning: transitioning(now),
      hasError: state === 'error',
      residue: now.residue,
    },
  };
}

const transitioning = ({ state, busy }: Shown) =>
  busy !== null || ['initializing', 'starting', 'stopping'].includes(state);

// -- Hooks -----------------------------------------------------------------------------------------

export const useBroadcastState = () => useBroadcastOrchestrator((now) => now.state);

export const useIsBroadcasting = () => useBroadcastOrchestrator((now) => now.state === 'live');

export const useCanStartBroadcast = () => {
  useSimpleLiveFeedStore((feed) => feed.hasContent); // the answer depends on the feed as well
  return useBroadcastOrchestrator((now) => now.canStartBroadcast());
};

export const useCanStopBroadcast = () => useBroadcastOrchestrator((now) => now.canStopBroadcast());

export const useIsTransitioning = () => useBroadcastOrchestrator(transitioning);

export const useHasError = () => useBroadcastOrchestrator((now) => now.state === 'error');

export const useBroadcastError = () => useBroadcastOrchestrator((now) => now.error);

/** Everything; renders again whenever anything changes. */
export const useBroadcastSnapshot = () => useBroadcastOrchestrator().getSnapshot();
