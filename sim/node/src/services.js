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

/** The number that a command carries, `start({ number: 7 })`; undefined where it has none. */
const numberIn = (options) => (Number.isFinite(options?.number) ? options.number : undefined);

/** A method that makes a call of the operation, with the number that it is given. */
const asking = (call, operation) => (options) => call(operation, undefined, undefined, numberIn(options));

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

/**
 * The guide's stores: the facts about each service, the fields that show them, and a method for each operation; besides,
 * for who has measures, methods that read the service.
 */
export const STORES = {
  host: {
    facts: { active: flag('isActive'), initialized },
    methods: (call) => ({
      initialize: asking(call, 'host.initialize'),
      start: asking(call, 'host.start'),
      stop: asking(call, 'host.stop'),
    }),
    reads: (call) => ({
      readActive: asking(call, 'host.is_on'),
      readInitialized: asking(call, 'host.is_initialized'),
    }),
  },
  producer: {
    facts: { active: flag('isActive') },
    methods: (call) => ({
      startProducer: asking(call, 'producer.start'),
      stopProducer: asking(call, 'producer.stop'),
    }),
    reads: (call) => ({ readActive: asking(call, 'producer.is_on') }),
  },
  live_feed: {
    facts: { active: flag('isLive'), content },
    methods: (call) => ({
      setIsLive: (on, options) => asking(call, on ? 'live_feed.start' : 'live_feed.stop')(options),
    }),
    reads: (call) => ({ readActive: asking(call, 'live_feed.is_on') }),
  },
  session: {
    facts: { active: flag('isActive') },
    methods: (call) => ({
      startBroadcastSession: asking(call, 'session.start'),
      endBroadcastSession: asking(call, 'session.end'),
    }),
    reads: (call) => ({ readActive: asking(call, 'session.is_on') }),
  },
};

/** The fields of the guide's stores that can have another name. */
export const FIELDS = {
  host: ['isActive', 'isInitialized', 'hostAgent', 'error'],
  producer: ['isActive', 'error'],
  live_feed: ['isLive', 'hasContent', 'items', 'error'],
  session: ['isActive', 'error'],
};
