// Whether a show could go on is guessed from two stores.
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useProducerStore } from '@/lib/stores/producerStore';

export function Desk() {
  const talking = useHostAgentStore((store) => store.isActive);
  const producing = useProducerStore((store) => store.isActive);
  const staffed = talking && producing;
  return <section data-staffed={staffed}>Desk</section>;
}
