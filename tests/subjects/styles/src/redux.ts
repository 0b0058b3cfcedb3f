/** The orchestrator in Redux: a slice that shows everything, and a thunk for each command. */

import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit';

import { useSimpleLiveFeedStore } from '../../typescript/src/lib/stores/liveFeedStore';
import { merged, type OrchestratorConfig } from '../../typescript/src/lib/stores/orchestrator/config';
import { AT_REST, Procedures, type Shown } from '../../typescript/src/lib/stores/orchestrator/procedures';

const slice = createSlice({
  name: 'broadcast',
  initialState: AT_REST,
  reducers: {
    shown: (now, { payload }: PayloadAction<Partial<Shown>>) => void Object.assign(now, payload),
  },
});

export const store = configureStore({ reducer: { broadcast: slice.reducer } });

const procedures = new Procedures(
  () => store.getState().broadcast,
  (changes) => store.dispatch(slice.actions.shown(changes)),
  () => useSimpleLiveFeedStore.getState().hasContent,
);

export const commands = {
  initialize: () => () => procedures.initialize(),
  startBroadcast: (session?: string) => () => procedures.startBroadcast(session),
  stopBroadcast: () => () => procedures.stopBroadcast(),
  emergencyStop: () => () => procedures.emergencyStop(),
  recover: () => () => procedures.recover(),
};

export const canStart = () =>
  store.getState().broadcast.state === 'ready' && procedures.missingForStart().length === 0;

export const configure = (changes: Partial<OrchestratorConfig>) =>
  procedures.configure(merged(store.getState().broadcast.config, changes));

export const serviceFailed = (...report: Parameters<Procedures['serviceFailed']>) =>
  procedures.serviceFailed(...report);
