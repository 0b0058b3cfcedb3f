// The calls as a picture: one lane a service, one column a step, the moment that is looked at on the right.

const SVG = "http://www.w3.org/2000/svg";
const COLUMN = 30, TRACK = 41, ROW = 16, BAND = 22, LETTER = 6.4;
const SERVICES = ["live_feed", "session", "host", "producer", "convex"];
const KINDS = { idle: "rest", initializing: "moving", ready: "rest", starting: "moving", live: "live", stopping: "moving", error: "error" };

/** Draw the steps up to `moment` into the box; `pick` is called with the number of a column that is clicked. */
export function draw(box, run, moment, pick) {
  const width = box.clientWidth;
  if (!width) return;
  const gutter = width < 600 ? 64 : 92;
  const columns = Math.max(1, Math.floor((width - gutter - 14) / COLUMN));
  const first = Math.max(1, moment - columns + 1);
  const picture = new Picture(width, gutter, first, moment, run);
  picture.draw(pick);
  box.replaceChildren(picture.root);
}

class Picture {
  constructor(width, gutter, first, last, run) {
    Object.assign(this, { width, gutter, first, last, run });
    this.steps = run.steps.slice(first - 1, last);
    this.calls = run.calls.filter((call) => call.begin <= last && (call.end ?? last) >= first);
    this.root = element("svg", { class: "timeline", role: "img", "aria-label": `Calls of the steps ${first} to ${last}` });
  }

  x(number) { return this.gutter + (number - this.first + 0.5) * COLUMN; }
  get right() { return this.width - 4; }
  seen(number) { return number !== null && number >= this.first && number <= this.last; }

  add(name, attributes, text) {
    const made = element(name, attributes);
    if (text !== undefined) made.textContent = text;
    this.root.append(made);
    return made;
  }

  draw(pick) {
    const commands = this.steps.filter((step) => step.mark && step.mark.lane === "");
    const levels = this.levels(commands);
    const bands = 26 + (Math.max(0, ...levels.values()) + 1) * ROW + 6;
    let top = bands + 2 * (BAND + 4) + 6;
    const lanes = SERVICES.map((service) => {
      const lane = this.lane(service, top);
      top += lane.height;
      return lane;
    });
    this.axis(top);
    this.columns(top, pick);
    for (const [step, level] of levels) this.command(step, 34 + level * ROW, bands);
    this.bands("state", bands, (step) => step.state);
    this.bands("procedure", bands + BAND + 4, (step) => step.procedure);
    lanes.forEach((lane) => this.fill(lane));
    this.root.setAttribute("viewBox", `0 0 ${this.width} ${top + 2}`);
    this.root.setAttribute("width", this.width);
    this.root.setAttribute("height", top + 2);
  }

  levels(steps) {
    const levels = new Map(), free = [];
    for (const step of steps) {
      const x = this.x(step.number);
      let level = free.findIndex((end) => end <= x);
      if (level < 0) level = free.length;
      free[level] = x + step.mark.label.length * LETTER + 14;
      levels.set(step, level);
    }
    return levels;
  }

  axis(foot) {
    this.add("text", { class: "lane-name", x: 4, y: 14 }, this.run.timed ? "ms" : "step");
    let free = 0, before = null;
    for (const step of this.steps) {
      const x = this.x(step.number), at = this.run.timed ? step.at_ms : step.number;
      this.add("line", { class: "grid", x1: x, x2: x, y1: 20, y2: foot });
      const label = Math.round(at).toLocaleString("en");
      if (at !== before && x - (label.length * LETTER) / 2 >= free) {
        this.add("text", { class: "tick", x, y: 14 }, label);
        free = x + (label.length * LETTER) / 2 + 8;
      }
      before = at;
    }
  }

  columns(foot, pick) {
    for (const step of this.steps) {
      const attributes = { class: step.broken.length ? "column broken" : "column", x: this.x(step.number) - COLUMN / 2, y: 20, width: COLUMN, height: foot - 20 };
      const column = this.add("rect", attributes);
      column.append(titled(`step ${step.number}: ${step.words}`));
      column.addEventListener("click", () => pick(step.number));
    }
  }

  command(step, y, foot) {
    const x = this.x(step.number), room = this.right - x - 4, label = step.mark.label;
    const flip = label.length * LETTER > room && x - this.gutter > label.length * LETTER;
    this.add("line", { class: "command-line", x1: x, x2: x, y1: y - 9, y2: foot });
    this.add("text", { class: "command-name", x: flip ? x - 4 : x + 4, y, "text-anchor": flip ? "end" : "start" }, label);
  }

  bands(kind, y, label) {
    this.add("text", { class: "lane-name", x: 4, y: y + 15 }, kind);
    let begin = 0;
    for (let at = 1; at <= this.steps.length; at++) {
      const words = label(this.steps[begin]);
      if (at < this.steps.length && label(this.steps[at]) === words) continue;
      if (words) this.band(kind, words, this.x(this.first + begin), at === this.steps.length ? this.right : this.x(this.first + at), y);
      begin = at;
    }
  }

  band(kind, words, from, to, y) {
    const look = kind === "state" ? KINDS[words] ?? "plain" : "plain";
    const box = this.add("rect", { class: `${kind} ${look}`, x: from, y, width: Math.max(2, to - from), height: BAND, rx: 4 });
    box.append(titled(words));
    const fits = Math.floor((to - from - 8) / LETTER);
    const shown = words.length <= fits ? words : fits > 3 ? `${words.slice(0, fits - 1)}…` : "";
    if (shown) this.add("text", { class: "band-label", x: from + 5, y: y + 15 }, shown);
  }

  lane(service, top) {
    const tracks = new Map(), free = [];
    for (const call of this.calls.filter((each) => each.service === service)) {
      let track = free.findIndex((end) => end < call.begin);
      if (track < 0) track = free.length;
      free[track] = call.end ?? Infinity;
      tracks.set(call, track);
    }
    return { service, top, tracks, height: Math.max(1, free.length) * TRACK + 12 };
  }

  fill({ service, top, tracks, height }) {
    this.add("line", { class: "lane", x1: 0, x2: this.width, y1: top, y2: top });
    this.add("text", { class: "lane-name", x: 4, y: top + 20 }, this.gutter < 80 ? service.replace("live_", "") : service);
    this.stripes(SERVICES.indexOf(service), top + height - 6);
    for (const [call, track] of tracks) this.call(call, top + track * TRACK + 22);
    for (const step of this.steps) if (step.mark?.lane === service) this.mark(step, top + 22);
  }

  stripes(index, y) {
    let begin = null;
    this.steps.forEach((step, at) => {
      if (step.on[index] && begin === null) begin = this.x(step.number);
      const last = at === this.steps.length - 1;
      if (begin !== null && (!step.on[index] || last)) {
        this.add("rect", { class: "on", x: begin, y, width: (step.on[index] ? this.right : this.x(step.number)) - begin, height: 4, rx: 2 });
        begin = null;
      }
    });
  }

  call(call, y) {
    const last = this.last, over = call.end !== null && call.end <= last;
    const begin = Math.max(this.gutter, this.x(call.begin)), end = over ? this.x(call.end) : this.right;
    const forsaken = call.given_up !== null && call.given_up <= last;
    const until = forsaken ? Math.max(begin, this.x(call.given_up)) : end;
    const name = call.operation.split(".")[1];
    this.add("text", { class: "call-label", x: Math.min(begin, this.right - name.length * LETTER), y: y - 9 }, name);
    this.add("path", { class: "call", d: `M${begin} ${y}H${until}` });
    if (end > until) this.add("path", { class: "call given-up", d: `M${until} ${y}H${end}` });
    if (this.seen(call.begin)) this.add("circle", { class: "issue", cx: begin, cy: y, r: 2.5 });
    if (this.seen(call.given_up)) this.add("path", { class: "gave-up", d: `M${until} ${y - 6}v12` });
    if (this.seen(call.effect)) this.add("path", { class: "effect", d: `M${this.x(call.effect)} ${y - 6}l6 6l-6 6l-6 -6z` });
    if (this.seen(call.reply)) this.reply(this.x(call.reply), y, call.ok);
    for (const [at, fault] of call.faults) if (this.seen(at)) this.fault(this.x(at), y + 8, fault);
  }

  reply(x, y, ok) {
    const kind = ok ? "ok" : "failed";
    this.add("circle", { class: `disc ${kind}`, cx: x, cy: y, r: 8 });
    this.add("path", { class: `reply ${kind}`, d: ok ? `M${x - 4} ${y + 0.5}l3 3l5 -7` : `M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7` });
  }

  fault(x, y, name) {
    const width = name.length * 6 + 7;
    this.add("rect", { class: "fault", x: x - width / 2, y, width, height: 12, rx: 3 });
    this.add("text", { class: "fault-label", x, y: y + 9.3 }, name);
  }

  mark(step, y) {
    const x = this.x(step.number), { label, fault } = step.mark;
    const width = label.length * LETTER, at = Math.min(x, this.right - width / 2 - 2);
    this.add("circle", { class: "mark-dot", cx: x, cy: y, r: 4 });
    this.add("text", { class: "mark", x: at, y: y - 9, "text-anchor": "middle" }, label);
    if (fault) this.fault(x, y + 7, fault);
  }
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function titled(text) {
  const title = element("title", {});
  title.textContent = text;
  return title;
}
