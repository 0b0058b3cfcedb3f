import { STORES } from './services.js';

/** The facts of a service: the guide's with renamed fields, or the adapter's own. */
export function factsOf(service, shape, renamed) {
  const guide = Object.entries(STORES[service].facts).map(([name, fact]) => [name, renamed.fact(fact)]);
  return { ...Object.fromEntries(guide), ...shape.facts };
}

/** How fields of the guide's stores are called in another: `name(field)`, and `fact` makes a fact of theirs. */
export function renaming(names) {
  const back = Object.fromEntries(Object.entries(names).map(([guide, theirs]) => [theirs, guide]));
  if (Object.keys(names).length === 0) return { name: (field) => field, fact: (fact) => fact };
  const fact = ({ read, write }) => ({
    read: (state) => read(renameKeys(state, back)),
    write: (value, state) => renameKeys(write(value, renameKeys(state, back)), names),
  });
  return { name: (field) => names[field] ?? field, fact };
}

/** The object under other names; what has none stays as it is. */
export function renameKeys(object, names) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]));
}
