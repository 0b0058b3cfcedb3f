import * as esbuild from 'esbuild';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { KitError, line, nearMatch } from './error.js';

const KIT = path.dirname(fileURLToPath(import.meta.url));
const STAND_IN = 'stand-in';
const REACT = /^react(\/jsx(-dev)?-runtime)?$/;
const ZUSTAND = /^zustand(\/|$)/;

/**
 * Bundles the user's module once, its stores replaced by stand-ins, and gives back a function that evaluates it anew:
 * `evaluate(standIn)` returns fresh exports, where `standIn(key)` is what the replaced module `key` exports.
 *
 * Rejects with a KitError where the module cannot be found, parsed or resolved. `onNote(line)` hears of a key of
 * `stores` that replaces nothing.
 */
export async function bundle({ root, module, stores, aliases, react, options }, onNote) {
  const entry = path.resolve(root, module);
  if (!existsSync(entry)) throw new KitError(`module: there is no file ${entry}`);
  const replaced = new Replacements(root, stores, aliases, react);
  const text = await built(entry, replaced, options);
  replaced.unused().forEach((key) => onNote(`stores: nothing imports '${key}'${nearMatch(key, replaced.seen)}`));
  return compiled(text, entry);
}

/** Ends the process that bundles; the next bundle starts another. */
export const stopBundling = () => esbuild.stop();

async function built(entry, replaced, options) {
  try {
    const result = await esbuild.build({
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      jsx: 'automatic',
      ...options,
      entryPoints: [entry],
      plugins: [...(options.plugins ?? []), replaced.plugin()],
    });
    return result.outputFiles[0].text;
  } catch (failure) {
    throw new KitError(`module: ${firstError(failure)}`);
  }
}

const HINTS = {
  'No matching export': '; add it under stores, or import it as a type',
  'Could not resolve': '; replace it under stores, or say under aliases where it is',
};

function firstError(failure) {
  const first = failure.errors?.[0];
  if (!first) return line(failure.message);
  const { file, line: row, column } = first.location ?? {};
  const hint = Object.entries(HINTS).find(([start]) => first.text.startsWith(start))?.[1] ?? '';
  return line(`${file ? `${file}:${row}:${column + 1}: ` : ''}${first.text}${hint}`);
}

function compiled(text, entry) {
  const source = `(function (exports, require, module, __standIn) {${text}\n})`;
  const run = new vm.Script(source, { filename: entry }).runInThisContext();
  const require = createRequire(entry);
  return (standIn) => {
    const module = { exports: {} };
    run(module.exports, require, module, standIn);
    return module.exports;
  };
}

/** Decides for every import whether a stand-in takes its place. */
class Replacements {
  /** The imports that were seen, for messages. */
  seen = new Set();
  #used = new Set();
  #files = new Map();

  constructor(root, stores, aliases, react) {
    Object.assign(this, { root, stores, aliases: Object.entries(aliases), react });
    for (const key of Object.keys(stores)) this.#files.set(bare(path.resolve(root, key)), key);
  }

  unused() {
    return Object.keys(this.stores).filter((key) => !this.#used.has(key));
  }

  plugin() {
    return {
      name: STAND_IN,
      setup: (build) => {
        build.onResolve({ filter: /.*/ }, (args) => this.#resolve(build, args));
        build.onLoad({ filter: /.*/, namespace: STAND_IN }, ({ path: key }) => this.#load(key));
      },
    };
  }

  async #resolve(build, { path: name, resolveDir, kind, importer, pluginData }) {
    if (kind === 'entry-point' || pluginData === STAND_IN) return undefined;
    this.seen.add(name);
    if (name in this.stores) return this.#standIn(name);
    const ask = (wanted, from) => build.resolve(wanted, { resolveDir: from, importer, kind, pluginData: STAND_IN });
    if (REACT.test(name) && this.react === STAND_IN) return { path: 'react', namespace: STAND_IN };
    const alias = this.aliases.find(([prefix]) => name.startsWith(prefix));
    const local = alias ? path.resolve(this.root, alias[1], name.slice(alias[0].length)) : name;
    const found = path.isAbsolute(local) || local.startsWith('.') ? bare(path.resolve(resolveDir, local)) : null;
    if (this.#files.has(found)) return this.#standIn(this.#files.get(found));
    const result = await ask(local, resolveDir);
    const key = this.#files.get(bare(result.path));
    if (key !== undefined) return this.#standIn(key);
    return result.errors.length > 0 && ZUSTAND.test(name) ? ask(name, KIT) : result;
  }

  #standIn(key) {
    this.#used.add(key);
    return { path: key, namespace: STAND_IN };
  }

  #load(key) {
    if (key === 'react' && !(key in this.stores))
      return { contents: 'module.exports = __standIn("react")', loader: 'js' };
    const names = Object.keys(this.stores[key]);
    const lines = names.map((name) =>
      name === 'default' ? 'export default all.default;' : `export const ${name} = all.${name};`,
    );
    return { contents: [`const all = __standIn(${JSON.stringify(key)});`, ...lines].join('\n'), loader: 'js' };
  }
}

/** A file's path without what an import may leave out. */
function bare(file) {
  return file.replace(/\.(d\.ts|[cm]?[jt]sx?)$/, '').replace(/\/index$/, '');
}
