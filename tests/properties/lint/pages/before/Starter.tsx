// What goes wrong is kept by hand.
import { useState } from 'react';

import { useHostAgentStore } from '@/lib/stores/hostAgentStore';

export function Starter() {
  const { start: wake } = useHostAgentStore();
  const [trouble, setTrouble] = useState<string | null>(null);

  const press = async () => {
    try {
      await wake();
    } catch (failure) {
      setTrouble(String(failure));
    }
  };

  return <form onReset={press}>{trouble}</form>;
}
