import { useBroadcastState } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export default function Stage() {
  const state = useBroadcastState();
  if (['starting', 'stopping', 'initializing'].includes(state)) return <progress />;
  if (state === 'error') return <main>Trouble</main>;
  return state === 'live' ? <main>On air</main> : <main>Curtain</main>;
}
