/** What the measures ask of services and of the backend: a number with each command, what is on, and the lease. */

import { getConvexClient } from '@/lib/convex';
import { nextNumber } from '@/lib/numbers';
import { api } from '@/convex/_generated/api';
import { useBroadcastSessionStore } from '@/lib/stores/broadcastSessionStore';
import { useHostAgentStore } from '../hostAgentStore';
import { useSimpleLiveFeedStore } from '../liveFeedStore';
import { useProducerStore } from '../producerStore';
import { tellBackend, type OnAirService, type OperationName } from './operations';

interface Numbered {
  readonly number: number;
}

/** The stores of a team whose services can be read and mind numbers. */
interface Readable {
  readActive(): Promise<boolean>;
}
type Switch = (options: Numbered) => unknown;

const feed = () => useSimpleLiveFeedStore.getState() as unknown as Readable & { setIsLive(on: boolean, options: Numbered): unknown };
const session = () =>
  useBroadcastSessionStore.getState() as unknown as Readable & Record<'startBroadcastSession' | 'endBroadcastSession', Switch>;
const host = () =>
  useHostAgentStore.getState() as unknown as Readable & { readInitialized(): Promise<boolean> } & Record<
      'initialize' | 'start' | 'stop',
      Switch
    >;
const producer = () => useProducerStore.getState() as unknown as Readable & Record<'startProducer' | 'stopProducer', Switch>;

const NUMBERED: Record<OperationName, (options: Numbered, sessionId?: string) => unknown> = {
  'host.initialize': (options) => host().initialize(options),
  'live_feed.start': (options) => feed().setIsLive(true, options),
  'live_feed.stop': (options) => feed().setIsLive(false, options),
  'session.start': (options) => session().startBroadcastSession(options),
  'session.end': (options) => session().endBroadcastSession(options),
  'host.start': (options) => host().start(options),
  'host.stop': (options) => host().stop(options),
  'producer.start': (options) => producer().startProducer(options),
  'producer.stop': (options) => producer().stopProducer(options),
  'convex.live': (options, sessionId) => tellBackend(sessionId, true, options),
  'convex.idle': (options, sessionId) => tellBackend(sessionId, false, options),
};

/** The command under a number that is greater than all before it, also of earlier pages. */
export const runNumbered = (operation: OperationName, sessionId?: string) =>
  NUMBERED[operation]({ number: nextNumber() }, sessionId);

const STORES: Record<OnAirService, () => Readable> = { live_feed: feed, session, host, producer };

/** A store that throws at once rejects, too. */
export const isActive = async (service: OnAirService) => STORES[service]().readActive();

export const isHostInitialized = async () => host().readInitialized();

export async function liveSessions(): Promise<readonly string[]> {
  const convex = await getConvexClient();
  return convex.query(api.users.sessions.liveSessions);
}

/** Rejects while another dashboard commands. */
export async function takeLease(): Promise<void> {
  const convex = await getConvexClient();
  await convex.mutation(api.users.sessions.takeLease);
}
