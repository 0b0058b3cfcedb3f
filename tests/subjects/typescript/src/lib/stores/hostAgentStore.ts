/** The host agent, the voice of the show. It has to be initialized once before it can start. */

import { create } from 'zustand';

import { connectAgent, type AgentConnection } from '../agents/connection';

interface HostAgentStore {
  readonly hostAgent: AgentConnection | null;
  readonly isInitialized: boolean;
  readonly isActive: boolean;
  /** Why it fell over, if it did. */
  readonly error: string | null;
  initialize(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const useHostAgentStore = create<HostAgentStore>()((set, get) => ({
  hostAgent: null,
  isInitialized: false,
  isActive: false,
  error: null,
  initialize: async () => {
    const hostAgent = await connectAgent('host');
    hostAgent.onLost((error) => set({ hostAgent: null, isInitialized: false, isActive: false, error }));
    set({ hostAgent, isInitialized: true, error: null });
  },
  start: async () => {
    const { hostAgent } = get();
    if (!hostAgent) throw new Error('host agent is not initialized');
    await hostAgent.send('start');
    set({ isActive: true });
  },
  stop: async () => {
    await get().hostAgent?.send('stop');
    set({ isActive: false });
  },
}));
