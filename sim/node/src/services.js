/** Every operation, how it answers in the guide, and which fact about its service its effect makes true or false. */
export const OPERATIONS = {
  'host.initialize': { service: 'host', style: 'promise', fact: 'initialized', value: true },
  'host.start': { service: 'host', style: 'promise', fact: 'active', value: true },
  'host.stop': { service: 'host', style: 'promise', fact: 'active', value: false },
  'producer.start': { service: 'producer', style: 'promise', fact: 'active', value: true },
  'producer.stop': { service: 'producer', style: 'promise', fact: 'active', value: false },
  'live_feed.start': { service: 'live_feed', style: 'sync', fact: 'active', value: true },
  'live_feed.stop': { service: 'live_feed', style: 'sync', fact: 'active', value: false },
  'session.start': { service: 'session', style: 'sync', fact: 'active', value: true },
  'session.end': { service: 'session', style: 'sync', fact: 'active', value: false },
  'convex.live': { service: 'convex', style: 'promise' },
  'convex.idle': { service: 'convex', style: 'promise' },
};

export const STYLES = ['promise', 'sync', 'field'];

/** A fact that one flag shows. */
const flag = (field) => ({ read: (state) => Boolean(state[field]), write: (value) => ({ [field]: value }) });

const initialized = {
  read: (state) => Boolean(state.hostAgent),
  write: (value) => ({ hostAgent: value ? { id: 'host-agent' } : null, isInitialized: value }),
};

const content = {
  read: (state) => Boolean(state.hasContent),
  write: (value) => ({ hasContent: value, items: value ? [{ id: 'item-1' }] : [] }),
};

/** The guide's stores: the facts about each service, the fields that show them, and a method for each operation. */
export const STORES = {
  host: {
    facts: { active: flag('isActive'), initialized },
    methods: (call) => ({
      initialize: () => call('host.initialize'),
      start: () => call('host.start'),
      stop: () => call('host.stop'),
    }),
  },
  producer: {
    facts: { active: flag('isActive') },
    methods: (call) => ({ startProducer: () => call('producer.start'), stopProducer: () => call('producer.stop') }),
  },
  live_feed: {
    facts: { active: flag('isLive'), content },
    methods: (call) => ({ setIsLive: (on) => call(on ? 'live_feed.start' : 'live_feed.stop') }),
  },
  session: {
    facts: { active: flag('isActive') },
    methods: (call) => ({
      startBroadcastSession: () => call('session.start'),
      endBroadcastSession: () => call('session.end'),
    }),
  },
};

/** The fields of the guide's stores that can have another name. */
export const FIELDS = {
  host: ['isActive', 'isInitialized', 'hostAgent', 'error'],
  producer: ['isActive', 'error'],
  live_feed: ['isLive', 'hasContent', 'items', 'error'],
  session: ['isActive', 'error'],
};
