/** What the orchestrator asks of the stores and of the backend, and what undoes each switch-on. */

import { getConvexClient } from '@/lib/convex';
import { api } from '@/convex/_generated/api';
import { useBroadcastSessionStore } from '@/lib/stores/broadcastSessionStore';
import { useHostAgentStore } from '../hostAgentStore';
import { useSimpleLiveFeedStore } from '../liveFeedStore';
import { useProducerStore } from '../producerStore';

export const ON_AIR_SERVICES = ['live_feed', 'session', 'host', 'producer'] as const;
export type OnAirService = (typeof ON_AIR_SERVICES)[number];
export type Service = OnAirService | 'convex';

interface Operation {
  readonly service: Service;
  /** Whether it switches its service on or off; an initialization does neither. */
  readonly turns: 'on' | 'off' | null;
  /** Stores that do their work at once return nothing, the others a promise. */
  run(session?: string): unknown;
}

/** Has the session written live or idle; `besides` is what the write has to say of itself, as a number. */
export async function tellBackend(id: string | undefined, live: boolean, besides: { number?: number } = {}): Promise<void> {
  const convex = await getConvexClient();
  await convex.mutation(api.users.sessions.updateBroadcastState, {
    id,
    broadcastState: live ? 'live' : 'idle',
    hostActive: live,
    producerActive: live,
    liveFeedActive: live,
    ...besides,
  });
}

const operations = {
  'host.initialize': { service: 'host', turns: null, run: () => useHostAgentStore.getState().initialize() },
  'live_feed.start': { service: 'live_feed', turns: 'on', run: () => useSimpleLiveFeedStore.getState().setIsLive(true) },
  'live_feed.stop': { service: 'live_feed', turns: 'off', run: () => useSimpleLiveFeedStore.getState().setIsLive(false) },
  'session.start': { service: 'session', turns: 'on', run: () => useBroadcastSessionStore.getState().startBroadcastSession() },
  'session.end': { service: 'session', turns: 'off', run: () => useBroadcastSessionStore.getState().endBroadcastSession() },
  'host.start': { service: 'host', turns: 'on', run: () => useHostAgentStore.getState().start() },
  'host.stop': { service: 'host', turns: 'off', run: () => useHostAgentStore.getState().stop() },
  'producer.start': { service: 'producer', turns: 'on', run: () => useProducerStore.getState().startProducer() },
  'producer.stop': { service: 'producer', turns: 'off', run: () => useProducerStore.getState().stopProducer() },
  'convex.live': { service: 'convex', turns: 'on', run: (session?: string) => tellBackend(session, true) },
  'convex.idle': { service: 'convex', turns: 'off', run: (session?: string) => tellBackend(session, false) },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
export const OPERATIONS: Record<OperationName, Operation> = operations;

/** A call to be made; the session is for the backend alone. */
export interface Step {
  readonly operation: OperationName;
  readonly session?: string;
}

const UNDONE_BY: Partial<Record<OperationName, OperationName>> = {
  'live_feed.start': 'live_feed.stop',
  'session.start': 'session.end',
  'host.start': 'host.stop',
  'producer.start': 'producer.stop',
  'convex.live': 'convex.idle',
};

export const undo = ({ operation, session }: Step): Step => ({ operation: UNDONE_BY[operation]!, session });

/** In this order a broadcast goes on air, and in the reverse order off air; the backend is told last in both. */
const GOING_ON_AIR: readonly Step[] = [
  { operation: 'live_feed.start' },
  { operation: 'session.start' },
  { operation: 'host.start' },
  { operation: 'producer.start' },
];

export const STOPS: readonly Step[] = GOING_ON_AIR.map(undo).reverse();

export const startup = (session?: string): Step[] =>
  session === undefined ? [...GOING_ON_AIR] : [...GOING_ON_AIR, { operation: 'convex.live', session }];

export const shutdown = (sessions: readonly string[]): Step[] => [
  ...STOPS,
  ...sessions.map((session): Step => ({ operation: 'convex.idle', session })),
];
