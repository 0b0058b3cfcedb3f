// One button that hands the operations of a store to the click.
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';

export const Switch = () => {
  const agent = useHostAgentStore();
  return <button onClick={agent.isActive ? agent.stop : agent.start}>{agent.isActive ? 'Hush' : 'Talk'}</button>;
};
