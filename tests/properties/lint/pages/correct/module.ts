// A plain module may use the orchestrator, too.
import { useBroadcastOrchestrator } from '@/lib/stores/orchestrator/broadcastOrchestrator';

const show = useBroadcastOrchestrator.getState();

export const boot = (): Promise<void> => show.initialize();

export async function evening(session: string): Promise<void> {
  const started = show.startBroadcast(session);
  console.log('starting');
  await started;
  await Promise.all([show.stopBroadcast(), console.log('stopping')]);
}

useBroadcastOrchestrator.subscribe((state) => console.log(state.state));
