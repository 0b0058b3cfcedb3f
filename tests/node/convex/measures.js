// What measures need of a deployment: writes and reads under a number, the count of orchestrators' lives, a lease.
import { mutationGeneric as mutation } from 'convex/server';
import { ConvexError, v } from 'convex/values';
import { TOLD, tell } from './sessions.js';

const number = v.optional(v.number());

export const updateBroadcastState = mutation({
  args: { ...TOLD, number },
  returns: v.null(),
  handler: async ({ db }, { number, ...told }) => {
    await take(db, number);
    return tell(db, told);
  },
});

/** A mutation, since a read under a number has to be remembered: what is older is refused from then on. */
export const liveSessions = mutation({
  args: { number },
  returns: v.array(v.id('sessions')),
  handler: async ({ db }, { number }) => {
    await take(db, number);
    const live = db.query('sessions').withIndex('by_broadcastState', (q) => q.eq('broadcastState', 'live'));
    return (await live.collect()).map(({ _id }) => _id);
  },
});

export const newLife = mutation({
  args: {},
  returns: v.number(),
  handler: async ({ db }) => {
    const life = (await counted(db, 'lives')).value + 1;
    await count(db, 'lives', life);
    return life;
  },
});

export const takeLease = mutation({
  args: { holder: v.string(), leaseMs: v.number() },
  returns: v.boolean(),
  handler: async ({ db }, { holder, leaseMs }) => {
    const found = await db.query('leases').first();
    if (found !== null && found.holder !== holder && found.until > Date.now()) return false;
    if (found !== null) await db.delete(found._id);
    await db.insert('leases', { holder, until: Date.now() + leaseMs });
    return true;
  },
});

async function take(db, number) {
  if (number === undefined) return;
  const { value: newest } = await counted(db, 'newest');
  if (number < newest) throw new ConvexError(`number: ${number} is older than ${newest}, which was taken already`);
  await count(db, 'newest', number);
}

async function counted(db, name) {
  const found = await db.query('numbers').withIndex('by_name', (q) => q.eq('name', name)).unique();
  return found ?? { value: 0 };
}

async function count(db, name, value) {
  const { _id } = await counted(db, name);
  if (_id === undefined) await db.insert('numbers', { name, value });
  else await db.patch(_id, { value });
}
