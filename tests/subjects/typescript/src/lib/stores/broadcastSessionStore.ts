/** The session of the broadcast: since when it runs. */

import { create } from 'zustand';

interface BroadcastSessionStore {
  readonly isActive: boolean;
  readonly startedAt: number | null;
  /** Why it fell over, if it did. */
  readonly error: string | null;
  startBroadcastSession(): void;
  endBroadcastSession(): void;
}

export const useBroadcastSessionStore = create<BroadcastSessionStore>()((set) => ({
  isActive: false,
  startedAt: null,
  error: null,
  startBroadcastSession: () => set({ isActive: true, startedAt: Date.now() }),
  endBroadcastSession: () => set({ isActive: false, startedAt: null }),
}));
