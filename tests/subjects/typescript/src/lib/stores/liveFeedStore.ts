/** The live feed: what is shown, and whether anyone can see it. */

import { create } from 'zustand';

interface LiveFeedStore {
  readonly items: readonly string[];
  readonly hasContent: boolean;
  readonly isLive: boolean;
  /** Why it fell over, if it did. */
  readonly error: string | null;
  setIsLive(isLive: boolean): void;
  setItems(items: readonly string[]): void;
}

export const useSimpleLiveFeedStore = create<LiveFeedStore>()((set) => ({
  items: [],
  hasContent: false,
  isLive: false,
  error: null,
  setIsLive: (isLive) => set({ isLive }),
  setItems: (items) => set({ items, hasContent: items.length > 0 }),
}));
