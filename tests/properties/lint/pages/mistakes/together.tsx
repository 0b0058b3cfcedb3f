// Several mistakes in one component: each is told once.
import { useEffect, useState } from 'react';
import { BroadcastStateMonitor } from '@/components/debug/BroadcastStateMonitor';
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useBroadcastOrchestrator } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export default function Everything() {
  const { initialize, startBroadcast, stopBroadcast } = useBroadcastOrchestrator();
  const { isActive, stop } = useHostAgentStore();
  const [isLive, setIsLive] = useState(false); // ✗ local-state

  useEffect(() => {
    initialize(); // ✗ initialize-place ✗ initialize-again
  });

  const off = () => {
    stopBroadcast(); // ✗ unhandled-command
    stop(); // ✗ store-operation ✗ mixed-control
    setIsLive(false);
  };

  const offAgain = () => {
    stopBroadcast(); // ✗ unhandled-command
    stop(); // ✗ store-operation
  };

  return (
    <>
      <button onClick={startBroadcast} /> {/* ✗ unasked-button ✗ handler-command */}
      <button onClick={off} /> {/* ✗ unasked-button */}
      <Child onOff={offAgain}>{isActive ? isLive : null}</Child> {/* ✗ store-state */}
      <BroadcastStateMonitor /> {/* ✗ monitor-shipped */}
    </>
  );
}
