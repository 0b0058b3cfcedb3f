import {
  useBroadcastState,
  useCanStartBroadcast,
  useCanStopBroadcast,
} from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Desk() {
  const state = useBroadcastState();
  const possible = useCanStartBroadcast();
  const stoppable = useCanStopBroadcast();
  return (
    <section data-state={state}>
      <button disabled={!possible}>On</button>
      <button disabled={!stoppable}>Off</button>
    </section>
  );
}
