import { useBroadcastError, useBroadcastOrchestrator } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Starter({ onReady }: { onReady(start: () => Promise<void>): void }) {
  const { startBroadcast } = useBroadcastOrchestrator();
  const trouble = useBroadcastError();
  const begin = async () => {
    await startBroadcast();
  };
  onReady(begin);
  return <>{trouble && <em>{trouble}</em>}</>;
}
