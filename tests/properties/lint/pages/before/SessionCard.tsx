// A card that switches four stores by itself, and gives up where the agent is not there yet.
import { useBroadcastSessionStore } from '@/lib/stores/broadcastSessionStore';
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useSimpleLiveFeedStore } from '@/lib/stores/liveFeedStore';

export function SessionCard() {
  const { isActive: talking, start: wake, stop: hush, hostAgent: agent } = useHostAgentStore();
  const { isLive: shown, setIsLive: show } = useSimpleLiveFeedStore();
  const session = useBroadcastSessionStore();

  const press = async () => {
    if (!talking && agent) {
      show(true);
      session.startBroadcastSession('debate');
      await wake();
    } else if (talking) {
      show(false);
      session.endBroadcastSession();
      await hush();
    }
  };

  return <button onClick={press}>{shown ? 'Off' : 'On'}</button>;
}
