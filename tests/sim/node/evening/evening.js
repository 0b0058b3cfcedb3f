// The example's app, unmodified but for what its wires lead to, and an evening of it that is recorded.

import { getConvexClient } from '@/lib/convex';
import { useBroadcastSessionStore } from '@/lib/stores/broadcastSessionStore';
import { useHostAgentStore } from '@/lib/stores/hostAgentStore';
import { useSimpleLiveFeedStore } from '@/lib/stores/liveFeedStore';
import { useBroadcastOrchestrator } from '@/lib/stores/orchestrator/broadcastOrchestrator';
import { useProducerStore } from '@/lib/stores/producerStore';
import { record, toUrl } from 'broadcast-subject/record';
import { Gateway, lose, wires } from './standins.js';

globalThis.WebSocket = Gateway;

const ask = (command, ...args) => useBroadcastOrchestrator.getState()[command](...args);
const minded = (promise) => promise.then(() => '', (error) => error.message);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Begins to record, whatever is asked in `options`; everything that an evening needs. */
export async function begun(options) {
  useSimpleLiveFeedStore.getState().setItems(['an item']);
  const recording = record(useBroadcastOrchestrator, {
    name: 'the example',
    stores: {
      host: useHostAgentStore,
      producer: useProducerStore,
      live_feed: useSimpleLiveFeedStore,
      session: useBroadcastSessionStore,
    },
    convex: await getConvexClient(),
    onProblem: (problem) => console.error(problem),
    ...options,
  });
  return { recording, ask, minded, lose, wires, useBroadcastOrchestrator, useHostAgentStore, useProducerStore };
}

/** An evening: on air, off air, a start that fails, a recover, a host that is lost, an emergency stop. */
export async function evening(options) {
  const { recording } = await begun(options);
  await ask('initialize');
  await pause(20);
  await ask('startBroadcast', 'session-1');
  await pause(20);
  await ask('stopBroadcast');
  await pause(20);
  wires.answers['producer start'] = ['the producer is asleep'];
  await minded(ask('startBroadcast', 'session-2'));
  await pause(20);
  await minded(ask('recover'));
  await pause(20);
  await ask('startBroadcast', 'session-3');
  await pause(20);
  lose('host', 'battery');
  await pause(20);
  await minded(ask('emergencyStop'));
  await pause(20);
  recording.stop();
  return useBroadcastOrchestrator.getState().history.map(({ to }) => to);
}

globalThis.evening = evening;
globalThis.begun = begun;
globalThis.pause = pause;
globalThis.toUrl = toUrl;
