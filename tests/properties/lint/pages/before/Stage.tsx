// Which view is shown hangs on three stores.
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useSimpleLiveFeedStore } from '@/lib/stores/liveFeedStore';
import { useProducerStore } from '@/lib/stores/producerStore';

export default function Stage() {
  const host = useHostAgentStore();
  const producer = useProducerStore();
  const feed = useSimpleLiveFeedStore();
  const open = host.isActive && producer.isActive && feed.isLive;
  return open ? <main>On air</main> : <main>Curtain</main>;
}
