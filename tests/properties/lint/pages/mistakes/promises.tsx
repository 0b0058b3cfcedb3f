// Commands whose promise goes nowhere, and commands that are the handler themselves.
import { useCallback, useEffect } from 'react';
import { useBroadcastOrchestrator, useCanStartBroadcast } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Dropped() {
  const { startBroadcast, recover } = useBroadcastOrchestrator();
  const possible = useCanStartBroadcast();
  const tried = () => {
    try {
      startBroadcast(); // ✗ unhandled-command
    } catch (failure) {
      console.error(failure);
    }
  };
  useEffect(() => () => void (window.closed && recover()), [recover]);
  useEffect(() => {
    window.closed || recover(); // ✗ unhandled-command
  }, [recover]);
  return <button disabled={!possible} onClick={tried} />;
}

export function Chained() {
  const show = useBroadcastOrchestrator();
  const off = () => {
    show.emergencyStop().finally(() => close()); // ✗ unhandled-command
    show.recover().then(() => open()); // ✗ unhandled-command
  };
  return <Child off={off} />;
}

export function keptForNobody() {
  const late = useBroadcastOrchestrator.getState().recover(); // ✗ unhandled-command
  Promise.all([useBroadcastOrchestrator.getState().emergencyStop(), other()]); // ✗ unhandled-command
}

export function Handlers() {
  const { startBroadcast, stopBroadcast, canStartBroadcast, state } = useBroadcastOrchestrator();
  const kept = useCallback(startBroadcast, [startBroadcast]);
  useEffect(() => {
    window.addEventListener('online', startBroadcast); // ✗ handler-command
  }, [startBroadcast]);
  return (
    <>
      <button disabled={!canStartBroadcast()} onClick={startBroadcast} /> {/* ✗ handler-command */}
      <Button isDisabled={state !== 'ready'} onPress={kept} /> {/* ✗ handler-command */}
      <button disabled={state !== 'live'} onClick={state === 'live' ? stopBroadcast : undefined} /> {/* ✗ handler-command */}
      <form action={startBroadcast}>{/* ✗ handler-command */}
        <button disabled={!canStartBroadcast()} />
      </form>
    </>
  );
}

export function Elsewhere() {
  const { recover, canStopBroadcast, stopBroadcast } = useBroadcastOrchestrator();
  const handlers = { disabled: !canStopBroadcast(), onClick: stopBroadcast }; // ✗ handler-command
  useEffect(() => {
    const timer = setTimeout(recover, 1000); // ✗ unhandled-command
    return () => clearTimeout(timer);
  }, [recover]);
  return <button {...handlers} />;
}
