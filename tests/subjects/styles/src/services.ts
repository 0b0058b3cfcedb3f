/** The orchestrator as a class that knows its services by an interface, and is given them. */

import { merged, type OrchestratorConfig } from '../../typescript/src/lib/stores/orchestrator/config';
import * as example from '../../typescript/src/lib/stores/orchestrator/operations';
import { AT_REST, Procedures, type Shown } from '../../typescript/src/lib/stores/orchestrator/procedures';

export * from '../../typescript/src/lib/stores/orchestrator/operations';

export interface Services {
  host: { initialize(): Promise<void>; start(): Promise<void>; stop(): Promise<void> };
  producer: { start(): Promise<void>; stop(): Promise<void> };
  feed: { show(): void; hide(): void; hasContent(): boolean };
  sessions: { open(): void; close(): void };
  backend: { live(id?: string): Promise<void>; idle(id?: string): Promise<void> };
}

let services: Services;

const RUN: Record<example.OperationName, (session?: string) => unknown> = {
  'host.initialize': () => services.host.initialize(),
  'live_feed.start': () => services.feed.show(),
  'live_feed.stop': () => services.feed.hide(),
  'session.start': () => services.sessions.open(),
  'session.end': () => services.sessions.close(),
  'host.start': () => services.host.start(),
  'host.stop': () => services.host.stop(),
  'producer.start': () => services.producer.start(),
  'producer.stop': () => services.producer.stop(),
  'convex.live': (session) => services.backend.live(session),
  'convex.idle': (session) => services.backend.idle(session),
};

/** The example's operations, over the services that were given. */
export const OPERATIONS = Object.fromEntries(
  Object.entries(example.OPERATIONS).map(([name, operation]) => [
    name,
    { ...operation, run: RUN[name as example.OperationName] },
  ]),
);

export class BroadcastService {
  /** Called after every change. */
  changed: () => void = () => {};
  private now: Shown = AT_REST;
  private readonly procedures: Procedures;

  constructor(given: Services) {
    services = given;
    this.procedures = new Procedures(
      () => this.now,
      (changes) => {
        this.now = { ...this.now, ...changes };
        this.changed();
      },
      () => given.feed.hasContent(),
    );
  }

  get state() {
    return this.now.state;
  }

  get error() {
    return this.now.error;
  }

  /** As in the guide, with the last transition alone. */
  getSnapshot() {
    return { orchestrator: { state: this.state, error: this.error, lastTransition: this.now.lastTransition } };
  }

  canStartBroadcast() {
    return this.state === 'ready' && this.procedures.missingForStart().length === 0;
  }

  initialize = () => this.procedures.initialize();
  startBroadcast = (session?: string) => this.procedures.startBroadcast(session);
  stopBroadcast = () => this.procedures.stopBroadcast();
  emergencyStop = () => this.procedures.emergencyStop();
  recover = () => this.procedures.recover();
  updateConfig = (changes: Partial<OrchestratorConfig>) =>
    this.procedures.configure(merged(this.now.config, changes));
  serviceFailed = (...report: Parameters<Procedures['serviceFailed']>) => this.procedures.serviceFailed(...report);
}
