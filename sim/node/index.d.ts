/** A simulated service. */
export type Service = 'live_feed' | 'session' | 'host' | 'producer' | 'convex';

/** What can be asked of a service, by the names of the protocol. */
export type Operation =
  | 'host.initialize'
  | 'host.start'
  | 'host.stop'
  | 'producer.start'
  | 'producer.stop'
  | 'live_feed.start'
  | 'live_feed.stop'
  | 'session.start'
  | 'session.end'
  | 'convex.live'
  | 'convex.idle';

/** What measures ask of services besides, always by a promise: is it on, is it initialized, who has the lease. */
export type Read =
  | 'host.is_on'
  | 'host.is_initialized'
  | 'producer.is_on'
  | 'live_feed.is_on'
  | 'session.is_on'
  | 'convex.is_on'
  | 'convex.lease';

/** What can be asked of the orchestrator. */
export type CommandName = 'initialize' | 'start_broadcast' | 'stop_broadcast' | 'emergency_stop' | 'recover';

/**
 * How an operation answers: a promise that the driver settles; done when it returns; or returns nothing, and success
 * shows only in a field of the store that changes later (a failure: in the store's `error`).
 */
export type Style = 'promise' | 'sync' | 'field';

export type Fields = Record<string, any>;

/** A stand-in store: used like a store that zustand's `create` made, as a hook as well. Its states are frozen. */
export interface StandIn {
  (): Fields;
  <T>(selector: (state: Fields) => T): T;
  getState(): Fields;
  getInitialState(): Fields;
  setState(partial: Fields | ((state: Fields) => Fields), replace?: boolean): void;
  subscribe(listener: (state: Fields, previous: Fields) => void): () => void;
  subscribe<T>(
    selector: (state: Fields) => T,
    listener: (selected: T, previous: T) => void,
    options?: { equalityFn?: (a: T, b: T) => boolean; fireImmediately?: boolean },
  ): () => void;
}

/** The backend's client, as far as an orchestrator uses it. */
export interface ConvexStandIn {
  /**
   * `mutation(api.users.sessions.updateBroadcastState, arguments)`; arguments that the backend would refuse are refused.
   * For measures: a `number` among the arguments, `mutation(api.users.sessions.takeLease)`, and
   * `query(api.users.sessions.liveSessions)`, the ids of the sessions that are live.
   */
  client: {
    mutation(reference: unknown, args?: Fields): Promise<null>;
    query(reference: unknown): Promise<string[]>;
    action(): Promise<never>;
  };
  /** The generated `api` object: any path of names is a function reference. */
  api: any;
  /** `await getClient()` is the client. */
  getClient(): Promise<ConvexStandIn['client']>;
  /** For `new ConvexHttpClient(url)` and `new ConvexReactClient(url)`. */
  Client: new (...args: unknown[]) => ConvexStandIn['client'];
}

/** Everything that a scenario has; made anew for each. */
export interface Studio {
  readonly live_feed: StandIn;
  readonly session: StandIn;
  readonly host: StandIn;
  readonly producer: StandIn;
  readonly convex: ConvexStandIn;
  /**
   * Calls an operation: returns, throws or gives a promise as its style and the scenario's faults say. A service that has
   * seen a `number` refuses an older one.
   */
  call(operation: Operation | Read, session?: string | null, payload?: Record<string, unknown>, number?: number): any;
  /** A number that is 1 more than ever before in this scenario, across reloads; for a counter that outlives a page. */
  nextNumber(): number;
  /** Milliseconds since the scenario began, in virtual time. */
  readonly nowMs: number;
}

/** A name of a stand-in, or whatever else a module has to export, made for each scenario. */
export type Export =
  | 'live_feed'
  | 'session'
  | 'host'
  | 'producer'
  | 'convex.client'
  | 'convex.api'
  | 'convex.getClient'
  | 'convex.Client'
  | ((studio: Studio) => unknown);

/** A fact about a service and the fields that show it. */
export interface Fact {
  read(state: Fields): boolean;
  write(value: boolean, state: Fields): Fields;
}

/** How one of your stores departs from the guide's. Everything may be left out. */
export interface StoreShape {
  /** Other names for the guide's fields: `{ isActive: 'running' }`. */
  fields?: Record<string, string>;
  /** Other names for the guide's methods: `{ start: 'goOnAir' }`. */
  methods?: Record<string, string>;
  /** Further fields, and what they are at the beginning. */
  state?: Fields;
  /** What shows that the service is on, the host initialized, the feed filled, where that is more than a flag. */
  facts?: { active?: Fact; initialized?: Fact; content?: Fact };
  /** Further methods (or fields). `set` counts as the implementation's own write. */
  extra?(store: { get(): Fields; set: StandIn['setState']; studio: Studio }): Fields;
}

/** What tells the kit about one implementation. `O` is its store hook or its object; `A` what carries its methods. */
export interface Adapter<O = any, A = any> {
  /** What the reports call it; otherwise the file's name. */
  name?: string;
  /** The TypeScript or JavaScript file, as it is; a path from `root`. */
  module: string;
  /** Where relative paths begin; otherwise the folder of the script that is run. */
  root?: string;
  /**
   * Which modules are replaced, and what each exports. The key is the import as it stands in your code
   * ('@/lib/stores/hostAgentStore', '../hostAgentStore', 'convex/browser') or the file that it leads to
   * ('./src/stores/hostAgentStore', a path from `root`, with or without its extension).
   */
  stores: Record<string, Record<string, Export>>;
  /** Prefixes of imports and the folders they stand for, `{ '@/': './src/' }`, where no tsconfig.json says so. */
  aliases?: Record<string, string>;
  /** 'stand-in' (the default): hooks answer without rendering. 'project': the React that the project has. */
  react?: 'stand-in' | 'project';
  /** Further options for esbuild's `build`. */
  esbuild?: Fields;
  /** The orchestrator among the exports; otherwise `useBroadcastOrchestrator`. May build one from the studio. */
  orchestrator?(exports: any, studio: Studio): O;
  /** Other names of the commands' methods, or how each is issued. The guide's names are the default. */
  commands?: Partial<Record<CommandName, string | ((api: A, session: string | null) => unknown)>>;
  /** How options change (camel-case names); otherwise `api.updateConfig(options)`. */
  configure?(api: A, options: Fields, orchestrator: O): void;
  /** How a service's own failure is told, beside the `error` field of its store. */
  report?(service: Service, message: string, api: A, studio: Studio): void;
  /** How each operation answers; the guide's way is the default: feed and session 'sync', the others 'promise'. */
  styles?: Partial<Record<Operation, Style>>;
  /** How your stores depart from the guide's. */
  services?: Partial<Record<'live_feed' | 'session' | 'host' | 'producer', StoreShape>>;
  /** Where the implementation shows what it is doing. Each may be left out. */
  observe?: {
    /** Default: `api.state`. It has to be there from the beginning. */
    state?(api: A): string;
    /** Default: `api.error`; an Error counts by its message. */
    error?(api: A): unknown;
    /**
     * Its history, oldest first; or one entry, the last (null: none yet). Default: `history`, `transitionHistory`,
     * `transitions` or `lastTransition`, of `api` or of `api.getSnapshot().orchestrator`. undefined: it shows none.
     */
    history?(api: A): readonly any[] | object | null | undefined;
    /** One entry of the history. Default: `from`, `to` and `reason`. */
    entry?(entry: any): { source: string; target: string; reason?: string };
    /** Default: `api.canStartBroadcast()`. */
    canStart?(api: A, exports: any): boolean;
    /** Default: `api.canStopBroadcast()`. */
    canStop?(api: A, exports: any): boolean;
    /** Default: `api.isTransitioning`, a flag or a function, or `getSnapshot().computed.isTransitioning`. */
    isTransitioning?(api: A, exports: any): boolean;
    /** Default: `orchestrator.subscribe(listener)`. A store tells the new state and the one before. */
    subscribe?(orchestrator: O, listener: (state?: Fields, previous?: Fields) => void): void;
  };
}

export type Step = { do: string } & Fields;
export type Event = { n: number; at_ms: number; event: string } & Fields;

export interface Reaction {
  took: number;
  events: Event[];
  now_ms: number;
  next_timer_ms: number | null;
}

/** An implementation in this process. Virtual time reigns over all of the process until `close`. */
export interface Subject {
  about: { name: string; version: 1; styles: Record<Operation, Style>; understands: string[] };
  /** Takes steps of the protocol until one of them leads to a call. */
  take(steps: Step[]): Promise<Reaction>;
  /** Gives real time, console and standard output back. */
  close(): void;
}

/** One line that says where, what is wrong and what to try. */
export class KitError extends Error {}

/** Loads the implementation, to drive it from a test of your own. Rejects with a KitError. */
export function open(adapter: Adapter): Promise<Subject>;

/**
 * Serves the implementation over standard input and output, then ends the process: with 0 when the input ends,
 * with 2 and one line on standard error when the module, the adapter or the driver is at fault.
 */
export function serve(adapter: Adapter): Promise<never>;

export { record, toUrl, type RecordOptions } from './record.js';

/**
 * For `to` of `record`, in Node: writes each line to a file at once, so that what was written before a kill is there.
 * Throws where there is a file of that name.
 */
export function toFile(path: string): (line: string) => void;
