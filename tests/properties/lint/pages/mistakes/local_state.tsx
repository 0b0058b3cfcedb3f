// State of a component's own for what the orchestrator's hooks tell.
import { Component, useEffect, useReducer, useState } from 'react';
import {
  useBroadcastOrchestrator,
  useCanStartBroadcast,
  useIsBroadcasting,
} from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function ByName() {
  const [isLive, setIsLive] = useState(false); // ✗ local-state
  const [onAir] = useLocalStorage('on-air', false); // ✗ local-state
  return <i onClick={() => setIsLive(true)}>{String(isLive || onAir)}</i>;
}

export function Copied() {
  const onAir = useIsBroadcasting();
  const [shown, setShown] = useState(false); // ✗ local-state
  useEffect(() => setShown(onAir), [onAir]);
  return <i>{shown}</i>;
}

export function Busy() {
  const { startBroadcast } = useBroadcastOrchestrator();
  const possible = useCanStartBroadcast();
  const [busy, setBusy] = useState(false); // ✗ local-state
  const [trouble, setTrouble] = useState(''); // ✗ local-state
  const begin = async () => {
    setBusy(true);
    await startBroadcast().catch((failure) => setTrouble(failure.message));
    setBusy(false);
  };
  return <button disabled={busy || !possible} onClick={begin} title={trouble} />;
}

export function States() {
  const [phase] = useState<'idle' | 'starting' | 'live'>('idle'); // ✗ local-state
  return <i>{phase}</i>;
}

export function Reduced() {
  const [view] = useReducer(reduce, {
    tab: 1,
    isBroadcasting: false, // ✗ local-state
  });
  return <i>{view.tab}</i>;
}

export class InClass extends Component {
  state = { tab: 1, isLive: false }; // ✗ local-state
  render() {
    return <i>{this.state.isLive}</i>;
  }
}

export function NearBroadcast() {
  const onAir = useIsBroadcasting();
  const [isTransitioning] = useState(false); // ✗ local-state
  const [canStart] = useState(false); // ✗ local-state
  return <i>{[onAir, isTransitioning, canStart]}</i>;
}
