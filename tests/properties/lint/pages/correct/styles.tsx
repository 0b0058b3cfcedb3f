// Correct in every style; nothing here is to be told.
import { Component, forwardRef, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { BroadcastStateMonitor } from '@/components/debug/BroadcastStateMonitor';
import { IS_DEV } from '@/lib/env';
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useLiveFeedStore } from '@/lib/stores/liveFeedStore';
import * as orchestrator from '@/lib/stores/orchestrator/broadcastOrchestrator';
import {
  useBroadcastError,
  useBroadcastOrchestrator,
  useBroadcastOrchestrator as useShow,
  useBroadcastSnapshot,
  useBroadcastState,
  useCanStartBroadcast as usePossible,
  useCanStopBroadcast,
  useIsBroadcasting,
  useIsTransitioning,
} from '@/lib/stores/orchestrator/broadcastOrchestrator';
import { usePlayerStore } from '@/lib/stores/playerStore';

export function Aliased() {
  const { startBroadcast: go } = useShow();
  const possible = usePossible();
  const press = async () => {
    try {
      await go();
    } catch {
      // the error is shown elsewhere
    }
  };
  return <button disabled={!possible} onClick={press} />;
}

export const Void = () => {
  const { startBroadcast } = useBroadcastOrchestrator();
  const busy = useIsTransitioning();
  const blocked = useMemo(() => busy, [busy]);
  return <button disabled={blocked} onClick={() => void startBroadcast()} />;
};

export const Caught = () => {
  const go = useBroadcastOrchestrator((show) => show.startBroadcast);
  const possible = usePossible();
  const log = () => {
    go('session').then(console.log, console.error).finally(close);
  };
  return (
    <>
      <button disabled={!possible} onClick={() => go('session').catch(console.error)} />
      <button disabled={!possible} onClick={log} />
      <button disabled={!possible} onClick={() => { toast.promise(go(), {}); }} />
    </>
  );
};

export const Memo = memo(function Halt() {
  const { stopBroadcast } = useBroadcastOrchestrator();
  const stoppable = useCanStopBroadcast();
  const halt = useCallback(async () => {
    try {
      await stopBroadcast();
    } catch (failure) {
      console.error(failure);
    }
  }, [stopBroadcast]);
  return <button disabled={!stoppable} onClick={halt} />;
});

export const Forwarded = forwardRef<HTMLButtonElement>((_, ref) => {
  const show = orchestrator.useBroadcastOrchestrator();
  const state = orchestrator.useBroadcastState();
  if (state !== 'ready') return null;
  return <button ref={ref} onClick={() => show.startBroadcast().catch(console.error)} />;
});

export class Classic extends Component<{ name: string }> {
  state = { open: false };
  halt = async () => {
    const { canStopBroadcast, stopBroadcast } = useBroadcastOrchestrator.getState();
    if (!canStopBroadcast()) return;
    await stopBroadcast();
  };
  render() {
    return <button onClick={this.halt}>{this.props.name}</button>;
  }
}

export function Conditional() {
  const { startBroadcast, stopBroadcast, state } = useBroadcastOrchestrator(
    useShallow((s) => ({ startBroadcast: s.startBroadcast, stopBroadcast: s.stopBroadcast, state: s.state })),
  );
  const onAir = useIsBroadcasting();
  return (
    <>
      {state === 'ready' ? <button onClick={async () => { await startBroadcast(); }} /> : null}
      {onAir && <button onClick={() => stopBroadcast().catch(console.error)} />}
    </>
  );
}

export function BlockedFromOutside({ disabled, ...rest }: { disabled: boolean }) {
  const { startBroadcast } = useBroadcastOrchestrator();
  const begin = () => void startBroadcast();
  return (
    <>
      <button disabled={disabled} onClick={begin} />
      <button {...rest} onClick={begin} />
    </>
  );
}

export function HandedDown() {
  const { startBroadcast } = useBroadcastOrchestrator();
  const begin = useCallback(() => startBroadcast(), [startBroadcast]);
  return <StartButton onStart={begin} possible={usePossible()} />;
}

export function InForm() {
  const { startBroadcast } = useBroadcastOrchestrator();
  const possible = usePossible();
  return (
    <form onSubmit={async (event) => { event.preventDefault(); await startBroadcast(); }}>
      <button disabled={!possible} />
    </form>
  );
}

export function Emergency() {
  const { emergencyStop, recover } = useBroadcastOrchestrator();
  return <><button onClick={() => void emergencyStop()} /><button onClick={() => recover().catch(console.error)} /></>;
}

export function OwnStateOfOtherThings() {
  const [error, setError] = useState('');
  const [isLoading, setLoading] = useState(false);
  const [status] = useState<'idle' | 'loading' | 'ready' | 'error'>('idle');
  const [open, setOpen] = useState(false);
  const { startBroadcast } = useBroadcastOrchestrator();
  const possible = usePossible();
  const save = async () => {
    setLoading(true);
    await post().catch((failure: Error) => setError(failure.message));
    setLoading(false);
  };
  const begin = async () => {
    await startBroadcast();
    setOpen(false);
  };
  return <button disabled={!possible} onClick={begin} onBlur={save}>{[error, isLoading, status, open]}</button>;
}

export function OtherPartsOfStores() {
  const items = useLiveFeedStore((feed) => feed.items);
  const add = useLiveFeedStore((feed) => feed.addItem);
  const { volume, setVolume } = useHostAgentStore();
  const reset = () => useHostAgentStore.setState({ volume: 3 });
  return <input value={volume} onChange={(e) => setVolume(e.target.value)} onBlur={reset} onFocus={() => add(items[0])} />;
}

export function OtherStores() {
  const { start, stop, isActive } = usePlayerStore();
  const initialize = () => 3;
  useEffect(() => { initialize(); });
  return <button onClick={isActive ? stop : start} />;
}

export function Lamps() {
  const snapshot = useBroadcastSnapshot();
  const onAir = useIsBroadcasting();
  const latest = useRef(onAir);
  const error = useBroadcastError();
  return <i title={error ?? ''}>{snapshot.host.isActive && snapshot.producer.isActive ? String(latest.current) : 'off'}</i>;
}

export const Generic = <T,>({ items }: { items: readonly T[] }) => {
  const state = useBroadcastState() satisfies string;
  return <i>{state}{items.length}</i>;
};

export default function RootLayout({ children, user }) {
  const { initialize } = useBroadcastOrchestrator();
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    initialize();
  }, [initialize, user]);
  return <body>{children}{IS_DEV && <BroadcastStateMonitor />}</body>;
}

function useBoot() {
  const initialize = useBroadcastOrchestrator((show) => show.initialize);
  const boot = useCallback(() => { initialize().catch(console.error); }, [initialize]);
  useEffect(() => { boot(); }, [boot]);
}

export function App() {
  useBoot();
  return <Outlet />;
}

export function BroadcastProvider(props) {
  useEffect(() => void useBroadcastOrchestrator.getState().initialize(), []);
  return props.children;
}

export function AppShell({ children }) {
  const { initialize } = useBroadcastOrchestrator();
  useEffect(() => {
    const boot = async () => {
      try {
        await initialize();
      } catch (failure) {
        console.error(failure);
      }
    };
    void boot();
  }, [initialize]);
  return <>{children}{import.meta.env.DEV && <BroadcastStateMonitor />}</>;
}

function Tools() {
  return <BroadcastStateMonitor />;
}

export function Developing() {
  if (process.env.NODE_ENV !== 'development') return null;
  return <Tools />;
}

export function Picked() {
  const { startBroadcast } = useBroadcastOrchestrator();
  const possible = usePossible();
  return (
    <fieldset disabled={!possible}>
      <SessionPicker onSelect={startBroadcast} onClickOutside={startBroadcast} />
      <button onClick={() => void startBroadcast()} />
    </fieldset>
  );
}

export class ClassicLayout extends Component {
  componentDidMount() {
    useBroadcastOrchestrator.getState().initialize();
  }
  render() {
    return this.props.children;
  }
}

export function OnceProvider({ children }) {
  const { initialize } = useBroadcastOrchestrator();
  useMount(() => { initialize(); });
  return children;
}

export function Quiz() {
  const [canStart] = useState(false);
  const [isTransitioning] = useState(false);
  const [phase] = useState<'ready' | 'live' | 'error'>('ready');
  return <i>{[canStart, isTransitioning, phase]}</i>;
}

export function NamedEffectProvider({ children }) {
  const { initialize } = useBroadcastOrchestrator();
  const boot = useCallback(() => { initialize(); }, [initialize]);
  useEffect(boot, [boot]);
  return children;
}
