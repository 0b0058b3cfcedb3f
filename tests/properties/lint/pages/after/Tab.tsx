import { useIsBroadcasting } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Tab() {
  const isLive = useIsBroadcasting();
  return <label>{isLive ? 'live' : 'quiet'}</label>;
}
