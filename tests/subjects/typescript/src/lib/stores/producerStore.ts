/** The producer, who decides what comes next in the show. */

import { create } from 'zustand';

import { connectAgent, type AgentConnection } from '../agents/connection';

interface ProducerStore {
  readonly isActive: boolean;
  /** Why it fell over, if it did. */
  readonly error: string | null;
  startProducer(): Promise<void>;
  stopProducer(): Promise<void>;
}

let producer: AgentConnection | undefined;

export const useProducerStore = create<ProducerStore>()((set) => ({
  isActive: false,
  error: null,
  startProducer: async () => {
    producer ??= await connectAgent('producer');
    producer.onLost((error) => {
      producer = undefined;
      set({ isActive: false, error });
    });
    await producer.send('start');
    set({ isActive: true, error: null });
  },
  stopProducer: async () => {
    await producer?.send('stop');
    set({ isActive: false });
  },
}));
