/** The orchestrator in XState 5: a machine with the guide's states, and an invoked actor for the command under way. */

import { assign, createActor, fromPromise, setup } from 'xstate';

import { useSimpleLiveFeedStore } from '../../typescript/src/lib/stores/liveFeedStore';
import { merged, type OrchestratorConfig } from '../../typescript/src/lib/stores/orchestrator/config';
import { AT_REST, Procedures, type Shown } from '../../typescript/src/lib/stores/orchestrator/procedures';
import type { BroadcastState } from '../../typescript/src/lib/stores/orchestrator/transitions';

type Shows = { type: 'shows'; changes: Partial<Shown> };
type Command = 'initialize' | 'startBroadcast' | 'stopBroadcast' | 'emergencyStop' | 'recover';

const shows = assign(({ event }: { event: Shows }) => event.changes);

/** The states to which this one may change; everything else that is shown changes in place. */
const rows = (...targets: BroadcastState[]) => ({
  on: {
    shows: [
      ...targets.map((target) => ({
        target,
        guard: ({ context, event }: { context: Shown; event: Shows }) =>
          event.changes.state === target && context.state !== target,
        actions: shows,
      })),
      { guard: ({ event }: { event: Shows }) => event.changes.state === undefined, actions: shows },
    ],
  },
});

const machine = setup({ types: { context: {} as Shown, events: {} as Shows } }).createMachine({
  context: AT_REST,
  initial: 'idle',
  states: {
    idle: rows('initializing', 'error'),
    initializing: rows('ready', 'error', 'idle'),
    ready: rows('starting', 'idle', 'error'),
    starting: rows('live', 'error', 'idle'),
    live: rows('stopping', 'error', 'idle'),
    stopping: rows('idle', 'error'),
    error: rows('idle', 'initializing'),
  },
});

export const actor = createActor(machine).start();

const procedures = new Procedures(
  () => actor.getSnapshot().context,
  (changes) => actor.send({ type: 'shows', changes }),
  () => useSimpleLiveFeedStore.getState().hasContent,
);

/** One command, as a machine of its own that invokes what it does, and ends with it. */
const commanding = setup({
  types: { input: {} as { command: Command; session?: string } },
  actors: {
    work: fromPromise(({ input }: { input: { command: Command; session?: string } }) =>
      procedures[input.command](input.session as never),
    ),
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'working',
  states: {
    working: {
      invoke: {
        src: 'work',
        input: ({ context }) => context as { command: Command; session?: string },
        onDone: 'done',
        onError: 'failed',
      },
    },
    done: { type: 'final' },
    failed: {
      entry: ({ event }) => {
        throw (event as never as { error: unknown }).error;
      },
    },
  },
});

export function issue(command: Command, session?: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = createActor(commanding, { input: { command, session } });
    child.subscribe({ complete: () => resolve(undefined), error: reject });
    child.start();
  });
}

export const configure = (changes: Partial<OrchestratorConfig>) =>
  procedures.configure(merged(actor.getSnapshot().context.config, changes));

export const serviceFailed = (...report: Parameters<Procedures['serviceFailed']>) =>
  procedures.serviceFailed(...report);
