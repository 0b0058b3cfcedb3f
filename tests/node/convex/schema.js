// The sessions of the backend, as real Convex knows them; beside them another table, for ids
// that fit no session, and what measures keep.
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';

export const sessionState = v.union(v.literal('idle'), v.literal('live'), v.literal('paused'));

export default defineSchema({
  sessions: defineTable({
    broadcastState: v.optional(sessionState),
    hostActive: v.optional(v.boolean()),
    producerActive: v.optional(v.boolean()),
    liveFeedActive: v.optional(v.boolean()),
    lastActiveTime: v.optional(v.number()),
    broadcastStartedAt: v.optional(v.number()),
    broadcastDuration: v.optional(v.number()),
  }).index('by_broadcastState', ['broadcastState']),
  users: defineTable({}),
  numbers: defineTable({ name: v.string(), value: v.number() }).index('by_name', ['name']),
  leases: defineTable({ holder: v.string(), until: v.number() }),
});
