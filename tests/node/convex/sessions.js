// The mutation that tells a session what its broadcast does, and how sessions are found by what they say.
import { mutationGeneric as mutation, queryGeneric as query } from 'convex/server';
import { v } from 'convex/values';
import { sessionState } from './schema.js';

/** The arguments that the mutation takes. */
export const TOLD = {
  id: v.id('sessions'),
  broadcastState: sessionState,
  hostActive: v.boolean(),
  producerActive: v.boolean(),
  liveFeedActive: v.boolean(),
};

export const updateBroadcastState = mutation({
  args: TOLD,
  returns: v.null(),
  handler: ({ db }, told) => tell(db, told),
});

/** Tell the session. */
export async function tell(db, { id, ...told }) {
  const now = Date.now();
  const before = (await db.get(id)) ?? {};
  await db.patch(id, { ...told, lastActiveTime: now, ...lasting(before, told.broadcastState, now) });
  return null;
}

/** A broadcast begins when its session becomes live; how long it took is known when that is over. */
function lasting({ broadcastState, broadcastStartedAt }, state, now) {
  if (state === 'live') return broadcastState === 'live' ? {} : { broadcastStartedAt: now, broadcastDuration: undefined };
  return broadcastState === 'live' ? { broadcastDuration: now - broadcastStartedAt } : {};
}

export const inState = query({
  args: { broadcastState: v.optional(sessionState) },
  handler: ({ db }, { broadcastState }) =>
    db.query('sessions').withIndex('by_broadcastState', (q) => q.eq('broadcastState', broadcastState)).collect(),
});
