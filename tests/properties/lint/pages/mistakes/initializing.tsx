// Initialized where it should not be, or more than once.
import { Component, useCallback, useEffect } from 'react';
import { useBroadcastOrchestrator, useBroadcastState } from '@/lib/stores/orchestrator/broadcastOrchestrator';

export function Panel() {
  const { initialize } = useBroadcastOrchestrator();
  useEffect(() => {
    initialize(); // ✗ initialize-place
  }, [initialize]);
  return <i />;
}

export function Retry() {
  const { initialize } = useBroadcastOrchestrator();
  return <i onClick={() => void initialize()} />; // ✗ initialize-place
}

function useBoot() {
  const { initialize } = useBroadcastOrchestrator();
  useEffect(() => void initialize(), [initialize]);
}

export function Card() {
  useBoot(); // ✗ initialize-place
  return <i />;
}

export function EveryTimeLayout({ children }) {
  const { initialize } = useBroadcastOrchestrator();
  useEffect(() => {
    initialize(); // ✗ initialize-again
  });
  return <>{children}</>;
}

export function ForEachUserLayout({ children, user }) {
  const { initialize } = useBroadcastOrchestrator();
  const boot = useCallback(() => {
    void initialize(); // ✗ initialize-again
  }, [initialize, user]);
  useEffect(() => boot(), [boot]);
  return <>{children}</>;
}

export function WholeStoreLayout({ children }) {
  const show = useBroadcastOrchestrator();
  useEffect(() => {
    show.initialize(); // ✗ initialize-again
  }, [show]);
  return <>{children}</>;
}

export function WheneverIdleLayout({ children }) {
  const { initialize } = useBroadcastOrchestrator();
  const state = useBroadcastState();
  useEffect(() => {
    if (state === 'idle') initialize(); // ✗ initialize-again
  }, [state, initialize]);
  return <>{children}</>;
}

export class ClassicLayout extends Component {
  componentDidUpdate() {
    useBroadcastOrchestrator.getState().initialize(); // ✗ initialize-again
  }
  render() {
    return this.props.children;
  }
}

export function Domain() {
  const { initialize } = useBroadcastOrchestrator();
  const boot = async () => {
    await initialize(); // ✗ initialize-place
  };
  return <i onLoad={boot} />;
}

export function NamedEffectLayout({ children, user }) {
  const { initialize } = useBroadcastOrchestrator();
  function boot() {
    initialize(); // ✗ initialize-again
  }
  useEffect(boot, [user]);
  return <>{children}</>;
}
