// What the example's app finds at the other end of its wires: a gateway to its agents, and a backend. `wires` says how
// each message is answered: 'ok', an error, nothing (hang), after so many milliseconds.

export const wires = { latencyMs: 5, answers: {}, writes: [] };

const answerTo = (message) => wires.answers[message]?.shift() ?? 'ok';
const sockets = {};

/** The agents' side of a WebSocket. */
export class Gateway extends EventTarget {
  constructor(url) {
    super();
    this.name = url.split('/').at(-1);
    sockets[this.name] = this;
    const answer = answerTo(`${this.name} connect`);
    setTimeout(() => this.dispatchEvent(new Event(answer === 'ok' ? 'open' : 'error')), wires.latencyMs);
  }

  send(message) {
    const data = answerTo(`${this.name} ${message}`);
    if (data !== 'hang') setTimeout(() => this.#say('message', { data }), wires.latencyMs);
  }

  lose(reason) {
    this.#say('close', { reason });
  }

  #say(kind, fields) {
    this.dispatchEvent(Object.assign(new Event(kind), fields));
  }
}

/** The agent goes away. */
export const lose = (name, reason) => sockets[name].lose(reason);

/** The backend's client. */
export class ConvexReactClient {
  mutation(reference, args) {
    const answer = answerTo(`convex ${args.broadcastState}`);
    wires.writes.push(args);
    return new Promise((resolve, reject) => {
      if (answer === 'hang') return;
      setTimeout(() => (answer === 'ok' ? resolve(null) : reject(new Error(answer))), wires.latencyMs);
    });
  }
}

const NAME = Symbol.for('functionName');
const path = (names) =>
  new Proxy({}, { get: (_, name) => (typeof name === 'string' ? path([...names, name]) : nameOf(names, name)) });
const nameOf = (names, symbol) => (symbol === NAME ? names.join('.') : undefined);

/** Any path of names is a function of the backend. */
export const anyApi = path([]);
