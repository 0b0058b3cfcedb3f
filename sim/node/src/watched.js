/** What a promise, a serializer, React or a test runner asks of any object. */
const ASKED_OF_ALL = new Set(['then', 'catch', 'toJSON', 'nodeType', 'tagName', 'asymmetricMatch', 'displayName']);

/**
 * The object, as it is; `onLack(name)` hears of each name that is read and that it lacks. Symbols, and names that are
 * asked of any object or kept by tools for themselves (`$$typeof`, `_reactInternals`, `@@iterator`), do not count.
 */
export function watched(object, onLack) {
  return new Proxy(object, {
    get(target, name) {
      if (typeof name === 'string' && !(name in target) && !ASKED_OF_ALL.has(name) && /^[a-z]/i.test(name)) onLack(name);
      return target[name];
    },
  });
}
