import {
  useBroadcastError,
  useBroadcastOrchestrator,
  useCanStartBroadcast,
  useIsBroadcasting,
  useIsTransitioning,
} from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function SessionCard() {
  const { startBroadcast, stopBroadcast } = useBroadcastOrchestrator();
  const onAir = useIsBroadcasting();
  const possible = useCanStartBroadcast();
  const busy = useIsTransitioning();
  const trouble = useBroadcastError();

  const press = async () => {
    try {
      if (onAir) await stopBroadcast();
      else if (possible) await startBroadcast();
    } catch (failure) {
      console.warn('the switch did not work', failure);
    }
  };

  return (
    <article>
      <button onClick={press} disabled={busy || !(onAir || possible)}>
        {onAir ? 'Off' : 'On'}
      </button>
      {trouble && <p role="alert">{trouble}</p>}
    </article>
  );
}
