// What records an evening of a real store, in a browser or in Node: no stand-ins, no virtual time, nothing to install.
import type { Adapter, CommandName, Fields, Operation, StoreShape, Style } from './index.js';

type OnAirService = 'live_feed' | 'session' | 'host' | 'producer';

/** What is recorded, and where it goes. `O` is your store hook or your object; `A` what carries its methods. */
export interface RecordOptions<O = any, A = any> {
  /** Takes each line, with its line break, as it happens: `toFile(path)`, `toUrl(address)`, or a function of yours. */
  to(line: string): void;
  /** What the reports call it. */
  name?: string;
  /**
   * Your real services, all four: zustand stores, or objects that have their methods. Where one shows no field that says whether
   * it is on the air, its replies are believed, and what is truly on is not judged.
   */
  stores: Record<OnAirService, any>;
  /**
   * The backend's client that your orchestrator uses: its `mutation` of `updateBroadcastState` is recorded. null: there
   * is no backend, and nothing is told to it.
   */
  convex: any;
  /** How your stores depart from the guide's: `fields`, `methods` and `facts`, as in an adapter. */
  services?: Partial<Record<OnAirService, Pick<StoreShape, 'fields' | 'methods' | 'facts'>>>;
  /** Operations that return nothing, whose success shows only in a field, later: `{ 'host.initialize': 'field' }`. */
  styles?: Partial<Record<Operation, Style>>;
  /** Other names of the commands' methods. */
  commands?: Partial<Record<CommandName, string>>;
  /** Where the orchestrator shows what it is doing, as in an adapter. */
  observe?: Adapter<O, A>['observe'];
  /** Options that differ from the guide's defaults, by its names, where the orchestrator has no such `config`. */
  config?: Fields;
  /**
   * What is written in the place of a message of a service, or of the id of a session. The same text has to become the
   * same each time, and no two sessions one. A text for which it throws is withheld.
   */
  redact?(what: 'message' | 'session', text: string): string;
  /** How late real timers may be, in milliseconds; 250 where it is left out. */
  slackMs?: number;
  /** Hears what has gone wrong with the recording, which has ended by then. */
  onProblem?(problem: unknown): void;
}

/**
 * Records the orchestrator from before its first command on. The methods of the orchestrator, of the stores and of the
 * client are wrapped where they are until `stop()`, and do what they did. Throws a KitError, one line, where that
 * cannot be; then nothing is wrapped.
 */
export function record<O = any, A = any>(orchestrator: O, options: RecordOptions<O, A>): {
  /** Puts everything back, and writes the last line: nothing comes any more. */
  stop(): void;
};

/**
 * For `to`: sends the lines to an address, in their order, as the bodies of POST requests, gathered for `everyMs`
 * (1000). Lines that cannot be sent are kept and sent with the next; when the page is left, the browser is given what
 * is there.
 */
export function toUrl(
  url: string,
  options?: { headers?: Record<string, string>; fetch?: typeof fetch; everyMs?: number },
): { (line: string): void; flush(): Promise<void> };
