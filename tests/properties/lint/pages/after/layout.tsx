import { useEffect, type ReactNode } from 'react';

import { BroadcastStateMonitor } from '@/components/debug/BroadcastStateMonitor';
import { useBroadcastOrchestrator } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export default function StudioLayout(props: { children: ReactNode }) {
  const { initialize: wake } = useBroadcastOrchestrator();

  useEffect(() => {
    wake();
  }, [wake]);

  return (
    <body>
      {props.children}
      {process.env.NODE_ENV === 'development' && <BroadcastStateMonitor />}
    </body>
  );
}
