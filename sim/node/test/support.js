import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open } from '../src/index.js';
import { adapter } from './fixture/adapter.js';

/** The fixture, or what the changes make of it, opened for the length of a test. */
export async function opened(t, changes = {}, onNote) {
  const subject = await open({ ...adapter, ...changes }, onNote);
  t.after(() => subject.close());
  return subject;
}

/** A folder with these files, for the length of a test. */
export function project(t, files) {
  const root = mkdtempSync(path.join(tmpdir(), 'broadcast-subject-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return root;
}

/** An adapter for a module of its own, which needs no commands of the guide but those it has. */
export function alone(t, text, changes = {}) {
  const none = () => undefined;
  const commands = {
    initialize: none,
    start_broadcast: none,
    stop_broadcast: none,
    emergency_stop: none,
    recover: none,
  };
  return {
    root: project(t, { 'subject.ts': text }),
    module: './subject.ts',
    stores: { stores: { host: 'host', producer: 'producer', feed: 'live_feed', session: 'session' } },
    orchestrator: (exports) => exports.subject,
    observe: { state: (api) => api.state ?? 'idle' },
    commands: { ...commands, initialize: (api) => api.run() },
    ...changes,
  };
}

export async function openedAlone(t, text, changes) {
  const subject = await open(alone(t, text, changes));
  t.after(() => subject.close());
  return subject;
}

/** The events of a reaction without number and time, or those of one kind. */
export function told({ events }, kind) {
  const wanted = events.filter(({ event }) => kind === undefined || event === kind);
  return wanted.map(({ n, at_ms, event, ...rest }) => (kind === undefined ? { event, ...rest } : rest));
}

export const begin = { do: 'begin' };
export const initialize = { do: 'command', id: 1, command: 'initialize' };
export const look = { do: 'look' };
export const advance = (to_ms) => ({ do: 'advance', to_ms });
export const effect = (call) => ({ do: 'effect', call });
export const fulfilled = (call) => ({ do: 'answer', call, ok: true });
export const rejected = (call, message) => ({ do: 'answer', call, ok: false, message });
