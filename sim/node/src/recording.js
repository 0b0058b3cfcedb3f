/** How the evidence of one evening is written: a line a moment, each with all that followed at that instant. */
export class Recording {
  #write;
  #redact;
  #onRest;
  #header;
  #afterwards = later();
  #began;
  #numbered = 0;
  #moment = null;
  #said = new Map();
  #truth = { active: [false, false, false, false], initialized: false, backend: [], refusing: false };

  /**
   * `write(text)` takes each line, with its line break; `redact(what, text)` says what is written of a text; `onRest()`
   * hears that a moment is over, and nothing has followed on it.
   */
  constructor(header, write, redact, onRest) {
    this.#write = write;
    this.#redact = redact;
    this.#onRest = onRest;
    this.#header = header;
  }

  /** Writes the first line; time begins. */
  open() {
    this.#began = performance.now();
    this.#line({ format: 'broadcast-recording', version: 1, ...this.#header });
  }

  /** What the services truly are, to be changed once a step has begun that changes it. */
  get truth() {
    return this.#truth;
  }

  /** What is happening now, if anything is that may lead to more. */
  get moment() {
    return this.#moment;
  }

  get nowMs() {
    return Math.round((performance.now() - this.#began) * 1000) / 1000;
  }

  /** Something happens: what follows at this instant belongs to it. */
  begin(step) {
    this.flush();
    this.#moment = { at_ms: this.nowMs, step: this.#shown(step), events: [] };
    const moment = this.#moment;
    this.#afterwards(() => {
      if (this.#moment !== moment) return;
      this.flush();
      this.#onRest();
    });
  }

  /** Something followed; where nothing has happened, a timer has run out. */
  tell(event) {
    if (!this.#moment) this.#advance();
    this.#moment.events.push({ n: ++this.#numbered, at_ms: this.#moment.at_ms, ...this.#shown(event) });
  }

  #advance() {
    this.begin({ do: 'advance' });
    this.#moment.step.to_ms = this.#moment.at_ms;
  }

  /** A call that was made in this moment took effect, or was answered, before it returned; false where that is past. */
  atOnce(moment, { message, ...came }) {
    if (this.#moment !== moment) return false;
    (moment.at_once ??= []).push({ ...came, message: this.#message(message, true) });
    return true;
  }

  /** The moment is over. */
  flush() {
    const moment = this.#moment;
    this.#moment = null;
    const backend = this.#truth.backend.map((id) => this.#id(id));
    if (moment) this.#line({ ...moment, truth: { ...this.#truth, backend } });
  }

  /** Nothing comes any more. */
  end() {
    this.flush();
    this.#line({ ended: 'closed' });
  }

  #line(data) {
    this.#write(`${JSON.stringify(data, (_, value) => (typeof value === 'string' ? wholeText(value) : value))}\n`);
  }

  // -- Redaction ------------------------------------------------------------------------------------

  /** The step or the event as it may be read. */
  #shown({ session, message, text, reason, data, ...rest }) {
    return {
      ...rest,
      ...(session !== undefined && { session: session === null ? null : this.#id(session) }),
      ...(message !== undefined && { message: this.#message(message, rest.do === 'answer') }),
      ...(text !== undefined && { text: text === null ? null : this.#message(text) }),
      ...(reason !== undefined && { reason: this.#message(reason) }),
      ...(data !== undefined && { data: { ...data, error: data.error && this.#message(data.error) } }),
    };
  }

  #id(id) {
    return this.#remembered('session', id);
  }

  /** What a service said is redacted as a whole, also where somebody else quotes it. */
  #message(text, own = false) {
    if (text === '' || !this.#redact) return text;
    if (own) return this.#remembered('message', text);
    const quoted = [...this.#said.keys()].filter((each) => text.includes(each)).sort((a, b) => b.length - a.length)[0];
    if (quoted === undefined) return this.#asked('message', text);
    const at = text.indexOf(quoted);
    const [before, after] = [text.slice(0, at), text.slice(at + quoted.length)];
    return this.#message(before) + this.#said.get(quoted) + this.#message(after);
  }

  #remembered(what, text) {
    if (!this.#redact) return text;
    const known = this.#said.get(text) ?? this.#asked(what, text);
    this.#said.set(text, known);
    return known;
  }

  /** Whatever the function does, the text itself is never written in its stead. */
  #asked(what, text) {
    try {
      return String(this.#redact(what, text));
    } catch {
      return '(withheld)';
    }
  }
}

/** The text with a mark in place of each half of a surrogate pair, which UTF-8 cannot say. */
function wholeText(text) {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A function that runs another once all that follows from now on at this instant has run its course. */
function later() {
  if (typeof setImmediate === 'function') return setImmediate;
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => waiting.shift()();
  return (act) => {
    waiting.push(act);
    port2.postMessage(null);
  };
}
