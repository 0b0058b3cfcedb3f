// As the guide has it: the command itself is the handler, which is noted.
import {
  useBroadcastOrchestrator,
  useIsBroadcasting,
  useIsTransitioning,
} from '@/lib/stores/orchestrator/broadcastOrchestrator';

export const Switch = () => {
  const show = useBroadcastOrchestrator();
  const onAir = useIsBroadcasting();
  const busy = useIsTransitioning();
  return (
    <button disabled={busy} onClick={onAir ? show.stopBroadcast : show.startBroadcast}>
      {onAir ? 'Hush' : 'Talk'}
    </button>
  );
};
