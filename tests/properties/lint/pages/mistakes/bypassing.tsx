// Every way to a store's operation or field; each line that ends in a mark is to be told, and no other.
import { Component, useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import useAgent from '@/lib/stores/hostAgentStore';
import * as stores from '@/lib/stores';
import { useBroadcastOrchestrator, useCanStopBroadcast } from '@/lib/stores/orchestrator/broadcastOrchestrator';
import { hostStore, useHostAgentStore, useHostAgentStore as useVoice, useSimpleLiveFeedStore } from '@/lib/stores';

export function Destructured() {
  const { start: talk } = useVoice();
  return <i onClick={() => talk()} />; // ✗ store-operation
}

export const Selected = () => {
  const talk = useHostAgentStore((store) => store.start);
  return <i onClick={() => talk()} />; // ✗ store-operation
};

export function Shallow() {
  const { start, stop } = useHostAgentStore(useShallow((s) => ({ start: s.start, stop: s.stop })));
  const both = async () => {
    await start(); // ✗ store-operation
    await stop(); // ✗ store-operation
  };
  return <i onClick={both} />;
}

export function InArray() {
  const [talk] = useHostAgentStore((s) => [s.start]);
  return <i onClick={talk} />; // ✗ store-operation
}

export function DefaultImport() {
  const agent = useAgent();
  return <i onClick={() => agent?.start?.()} />; // ✗ store-operation
}

export function Namespace() {
  const { startProducer } = stores.useProducerStore();
  return <Child onStart={startProducer} />; // ✗ store-operation
}

export function Vanilla() {
  const hush = useStore(hostStore, (s) => s.stop);
  return <i onClick={() => hush()} />; // ✗ store-operation
}

export function Computed() {
  const agent = useHostAgentStore() as any;
  return <i onClick={() => (agent as Agent)!['stop']()} />; // ✗ store-operation
}

export function Renamed() {
  const { start } = useHostAgentStore();
  const talk = start;
  useEffect(() => {
    talk(); // ✗ store-operation
  }, [talk]);
  return null;
}

export class InClass extends Component {
  hush = () => useHostAgentStore.getState().stop(); // ✗ store-operation
  render() {
    return <i onClick={this.hush} />;
  }
}

function useTheAgent() {
  return useHostAgentStore();
}

export function ByOwnHook() {
  const { initialize } = useTheAgent();
  return <i onClick={() => initialize()} />; // ✗ store-operation
}

export async function stopAll() {
  await Promise.all([hostStore.getState().stop(), stores.useProducerStore.getState().stopProducer()]); // ✗ store-operation ✗ store-operation
}

export function Fields() {
  const live = () => useHostAgentStore.setState({ isActive: true }); // ✗ store-field
  const turned = () => useSimpleLiveFeedStore.setState((s) => ({ ...s, isLive: !s.isLive })); // ✗ store-field
  const quiet = () => {
    useSimpleLiveFeedStore.getState().isLive = false; // ✗ store-field
    useBroadcastOrchestrator.setState({ state: 'idle' }); // ✗ store-field
  };
  return <Child on={live} turned={turned} off={quiet} />;
}

export function Both() {
  const { stop } = useHostAgentStore();
  const { stopBroadcast } = useBroadcastOrchestrator();
  const stoppable = useCanStopBroadcast();
  const off = async () => {
    await stopBroadcast();
    await stop(); // ✗ store-operation ✗ mixed-control
  };
  return <button disabled={!stoppable} onClick={off} />;
}

export function Guessing() {
  const shown = useSimpleLiveFeedStore((s) => s.isLive);
  return <i>{shown ? 1 : 2}</i>; // ✗ store-state
}

const pickTalk = (store) => ({ talk: store.start });

export function PickedElsewhere() {
  const { talk } = useHostAgentStore(pickTalk);
  const { hush } = useHostAgentStore(pickHush);
  return <i onClick={() => talk()} onBlur={hush} />; // ✗ store-operation ✗ store-operation
}

function pickHush(store) {
  return { hush: store.stop };
}

export function GeneratedSelectors() {
  const talk = useHostAgentStore.use.start();
  return <i onClick={() => talk()} />; // ✗ store-operation
}
