/** Methods that are wrapped where they are, until `restore` puts back what was there. */
export class Wrapping {
  #restoring = [];

  /**
   * `act(run, args)` takes the place of a method of a store or an object, and `run()` does what that did; false where
   * there is no such method.
   */
  wrap(owner, name, act) {
    const original = holderOf(owner)[name];
    if (typeof original !== 'function') return false;
    const wrapped = function (...args) {
      return act(() => original.apply(this, args), args);
    };
    Object.assign(wrapped, original);
    const isOwn = Object.hasOwn(holderOf(owner), name);
    put(owner, name, wrapped);
    this.#restoring.push(() => holderOf(owner)[name] === wrapped && putBack(owner, name, original, isOwn));
    return true;
  }

  /** All is as it was, but for what somebody else has put in the place of a wrapped method since. */
  restore() {
    for (const restored of this.#restoring.splice(0).reverse()) restored();
  }
}

const isStore = (owner) => typeof owner.getState === 'function' && typeof owner.setState === 'function';
const holderOf = (owner) => (isStore(owner) ? owner.getState() : owner);

function put(owner, name, method) {
  if (isStore(owner)) owner.setState({ [name]: method });
  else owner[name] = method;
}

function putBack(owner, name, original, isOwn) {
  if (isOwn) put(owner, name, original);
  else delete owner[name];
}

/** Whether it tells later how it ends. */
export const isPromise = (result) => typeof result?.then === 'function';

/**
 * The promise, or one of the same: `tell(ok, thrown)` hears how it ends before whoever waits for it does. What nobody
 * handles stays unhandled; a promise of another kind, which may have methods of its own, is handed on as it is.
 */
export function heard(promise, tell) {
  const well = (value) => (tell(true), value);
  const badly = (thrown) => {
    tell(false, thrown);
    throw thrown;
  };
  if (Object.getPrototypeOf(promise) === Promise.prototype) return promise.then(well, badly);
  promise.then(well, (thrown) => tell(false, thrown));
  return promise;
}
