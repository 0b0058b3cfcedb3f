import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import { line, messageOf } from './error.js';

const LEVELS = ['debug', 'log', 'info', 'warn', 'error'];
const LONGEST = 2_000;

/**
 * Takes the console, standard output and errors that nobody caught away from the process, so that nothing but the
 * protocol goes over standard output. `onLine(level, text)` and `onUnhandled(message)` hear of them instead.
 * Returns a function that gives them back.
 */
export function capture(onLine, onUnhandled) {
  const unhandled = (thrown) => onUnhandled(line(messageOf(thrown)).slice(0, LONGEST));
  const restored = [
    takeConsole(onLine),
    takeStdout(onLine),
    takeEvent('unhandledRejection', unhandled),
    takeEvent('uncaughtException', unhandled),
  ];
  return () => restored.forEach((restore) => restore());
}

/** The only listener of the process's event: a test runner would count the error against its test. */
function takeEvent(name, listener) {
  const before = process.listeners(name);
  process.removeAllListeners(name).on(name, listener);
  return () => {
    process.off(name, listener);
    before.forEach((each) => process.on(name, each));
  };
}

function takeConsole(onLine) {
  const before = { ...console };
  const others = new Console({ stdout: lines('log', onLine), stderr: lines('error', onLine), colorMode: false });
  for (const name of Object.keys(before))
    if (typeof others[name] === 'function') console[name] = others[name].bind(others);
  for (const level of LEVELS) console[level] = (...values) => onLine(level, text(values));
  console.trace = (...values) => onLine('debug', text(values));
  return () => Object.assign(console, before);
}

function takeStdout(onLine) {
  const before = Object.getOwnPropertyDescriptor(process, 'stdout');
  Object.defineProperty(process, 'stdout', { value: lines('stdout', onLine), configurable: true, writable: true });
  return () => Object.defineProperty(process, 'stdout', before);
}

/** What a console would print, errors by name and message alone: a stack differs from machine to machine. */
function text(values) {
  const shown = values.map((value) => (value instanceof Error ? `${value.name}: ${value.message}` : value));
  return format(...shown).slice(0, LONGEST);
}

/** A stream that tells what is written to it at once; the line breaks at the end are left out. */
function lines(level, onLine) {
  const stream = new Writable({ write: (chunk, encoding, done) => done() });
  stream.write = (chunk, encoding, done) => {
    onLine(level, String(chunk).replace(/\n+$/, '').slice(0, LONGEST));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
  return stream;
}
