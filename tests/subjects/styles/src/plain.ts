/** The orchestrator as a class that tells whoever listens: no library at all. */

import { useSimpleLiveFeedStore } from '../../typescript/src/lib/stores/liveFeedStore';
import { merged, type OrchestratorConfig } from '../../typescript/src/lib/stores/orchestrator/config';
import { AT_REST, Procedures, type Shown } from '../../typescript/src/lib/stores/orchestrator/procedures';

class Broadcast {
  private now: Shown = AT_REST;
  private readonly listeners = new Set<() => void>();
  private readonly procedures = new Procedures(
    () => this.now,
    (changes) => this.show(changes),
    () => useSimpleLiveFeedStore.getState().hasContent,
  );

  get state() {
    return this.now.state;
  }

  get error() {
    return this.now.error;
  }

  get history() {
    return this.now.history;
  }

  get canStart() {
    return this.state === 'ready' && this.procedures.missingForStart().length === 0;
  }

  subscribe(listener: () => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  initialize() {
    return this.procedures.initialize();
  }

  startBroadcast(session?: string) {
    return this.procedures.startBroadcast(session);
  }

  stopBroadcast() {
    return this.procedures.stopBroadcast();
  }

  emergencyStop() {
    return this.procedures.emergencyStop();
  }

  recover() {
    return this.procedures.recover();
  }

  configure(changes: Partial<OrchestratorConfig>) {
    this.procedures.configure(merged(this.now.config, changes));
  }

  serviceFailed(...report: Parameters<Procedures['serviceFailed']>) {
    this.procedures.serviceFailed(...report);
  }

  private show(changes: Partial<Shown>) {
    this.now = { ...this.now, ...changes };
    this.listeners.forEach((listener) => listener());
  }
}

export const broadcast = new Broadcast();
