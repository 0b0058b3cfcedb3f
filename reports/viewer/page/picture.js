// The steps in view as a picture: one lane a service, and through all of them the step that is looked at.

import { KINDS, LETTER, element, foreseen, violated } from "./drawing.js";

const TRACK = 41, ROW = 16, BAND = 22;
export const SERVICES = ["live_feed", "session", "host", "producer", "convex"];

/** What is drawn: the run, where its steps stand, how far it is scrolled, and how much room there is. */
export class Picture {
  constructor({ run, places, left, width, gutter, moment, hidden, chosen }) {
    Object.assign(this, { run, places, left, width, gutter, moment, chosen });
    this.first = Math.max(1, places.after(left) - 1);
    this.last = Math.min(places.count, places.after(left + width - gutter) + 1);
    this.steps = run.steps.slice(this.first - 1, this.last);
    this.services = SERVICES.filter((service) => !hidden.has(service));
    this.root = element("svg", { class: "timeline", role: "group", "aria-label": `Calls of the steps ${this.first} to ${this.last}` });
  }

  x(number) { return this.gutter + this.places.points[number] - this.left; }
  get right() { return this.width; }
  isIn(number) { return number !== null && number >= this.first && number <= this.last; }

  add(name, attributes, text) {
    const made = element(name, attributes, text);
    this.root.append(made);
    return made;
  }

  /** Draw it; `pick` is called with the number of a step whose column is clicked. */
  drawn(pick) {
    const levels = this.levels(this.steps.filter((step) => step.mark && step.mark.lane === ""));
    const bands = 26 + (Math.max(0, ...levels.values()) + 1) * ROW + 6;
    let top = bands + 2 * (BAND + 4) + 6;
    const tracks = this.tracks(), lanes = this.services.map((service) => {
      const lane = this.lane(service, top, tracks.get(service));
      top += lane.height;
      return lane;
    });
    this.columns(top, pick);
    this.axis(top);
    for (const [step, level] of levels) this.command(step, 34 + level * ROW, bands);
    this.bands("state", bands);
    this.bands("procedure", bands + BAND + 4);
    lanes.forEach((lane) => this.fill(lane));
    this.breaches(bands, top + ROW);
    this.names(lanes, bands, top);
    const height = top + ROW + 6;
    for (const [name, value] of [["viewBox", `0 0 ${this.width} ${height}`], ["width", this.width], ["height", height]]) this.root.setAttribute(name, value);
    return this.root;
  }

  levels(steps) {
    const levels = new Map(), free = [];
    for (const step of steps) {
      const x = this.x(step.number);
      let level = free.findIndex((end) => end <= x);
      if (level < 0) level = free.length;
      free[level] = x + step.mark.label.length * LETTER * 1.1 + 14;
      levels.set(step, level);
    }
    return levels;
  }

  columns(foot, pick) {
    const { points } = this.places;
    for (const step of this.steps) {
      const number = step.number, begin = number > 1 ? (points[number - 1] + points[number]) / 2 : 0;
      const x = this.gutter + begin - this.left, width = Math.max(1, (points[number] + points[number + 1]) / 2 - begin);
      const look = number === this.moment ? " looked-at" : "";
      const column = this.add("rect", { class: `column${look}`, x, y: 20, width, height: foot + ROW - 20 });
      column.append(element("title", {}, `step ${number}: ${step.words}`));
      column.addEventListener("click", () => pick(number));
    }
  }

  axis(foot) {
    let free = -Infinity, before = null;
    for (const step of this.steps) {
      const x = this.x(step.number), at = Math.round(this.run.timed ? step.at_ms : step.number), label = at.toLocaleString("en");
      this.add("line", { class: "grid", x1: x, x2: x, y1: 20, y2: foot });
      if (at === before) continue;
      before = at;
      if (x - (label.length * LETTER) / 2 < free) continue;
      this.add("text", { class: "tick", x, y: 14 }, label);
      free = x + (label.length * LETTER) / 2 + 6;
    }
    const x = this.x(this.moment);
    if (this.moment) this.add("path", { class: "cursor", d: `M${x} 20V${foot}` });
  }

  command(step, y, foot) {
    const x = this.x(step.number);
    this.add("line", { class: "command-line", x1: x, x2: x, y1: y - 9, y2: foot });
    this.add("text", { class: "command", x: x + 4, y }, step.mark.label);
  }

  bands(kind, y) {
    let begin = 0;
    for (let at = 1; at <= this.steps.length; at++) {
      const words = this.steps[begin][kind];
      if (at < this.steps.length && this.steps[at][kind] === words) continue;
      if (words) this.band(kind, words, this.x(this.first + begin), this.x(this.first + at), y);
      begin = at;
    }
  }

  band(kind, words, from, to, y) {
    const look = kind === "state" ? KINDS[words] ?? "plain" : "plain";
    const box = this.add("rect", { class: `${kind} ${look}`, x: from, y, width: Math.max(1, to - from), height: BAND, rx: 4 });
    box.append(element("title", {}, words));
    const x = Math.max(from, this.gutter) + 5; // a name stays in view as long as its band is
    if (x + words.length * LETTER <= to) this.add("text", { class: "band-label", x, y: y + 15 }, words);
  }

  /** For each service its calls, each with its track: on the first one that has room for it and its name. */
  tracks() {
    const tracks = new Map(this.services.map((service) => [service, new Map()])), free = new Map(this.services.map((service) => [service, []]));
    for (const call of this.run.calls) {
      const lane = free.get(call.service);
      if (!lane || call.begin > this.last) continue;
      const begin = this.places.points[call.begin], end = call.end === null ? Infinity : this.places.points[call.end] + 12;
      let track = lane.findIndex((until) => until <= begin);
      if (track < 0) track = lane.length;
      lane[track] = Math.max(end, begin + nameOf(call).length * LETTER + 8);
      if ((call.end ?? this.last) >= this.first) tracks.get(call.service).set(call, track);
    }
    return tracks;
  }

  lane(service, top, tracks) {
    return { service, top, tracks, height: (1 + Math.max(0, ...tracks.values())) * TRACK + 12 };
  }

  fill({ service, top, tracks, height }) {
    this.add("line", { class: "lane", x1: 0, x2: this.width, y1: top, y2: top });
    this.stripes(SERVICES.indexOf(service), top + height - 6);
    for (const [call, track] of tracks) this.call(call, top + track * TRACK + 22);
    for (const step of this.steps) if (step.mark?.lane === service) this.mark(this.root, this.x(step.number), top + 18, step.mark);
  }

  stripes(index, y) {
    let begin = null;
    for (let at = 0; at <= this.steps.length; at++) {
      const on = this.steps[at]?.on[index] ?? false, x = this.x(this.first + at);
      if (on && begin === null) begin = x;
      if (on || begin === null) continue;
      this.add("rect", { class: "on", x: begin, y, width: x - begin, height: 4, rx: 2 });
      begin = null;
    }
  }

  /** A call: solid while it is waited for, dashed once it is given up; a group that can be pointed at and reached. */
  call(call, y) {
    const begin = this.x(call.begin), end = call.end === null ? Math.max(this.right, begin) : this.x(call.end);
    const until = call.given_up === null ? end : this.x(call.given_up), name = nameOf(call), from = Math.max(begin, this.gutter);
    const look = call === this.chosen ? "a-call chosen" : "a-call";
    const group = this.add("g", { class: look, tabindex: 0, role: "button", "aria-label": `${call.operation}, issued at step ${call.begin}`, "data-call": call.number });
    const add = (tag, attributes, text) => group.append(element(tag, attributes, text));
    add("path", { class: "hit", d: `M${from - 8} ${y}H${Math.max(end, from) + 8}` });
    if (begin >= this.gutter || end - from > name.length * LETTER) add("text", { class: "call-label", x: begin < this.gutter ? from : begin, y: y - 10 }, name);
    add("path", { class: "call", d: `M${begin} ${y}H${until}` });
    if (end > until) add("path", { class: "call given-up", d: `M${until} ${y}H${end}` });
    if (this.isIn(call.begin)) add("circle", { class: "issue", cx: begin, cy: y, r: 2.5 });
    if (this.isIn(call.given_up)) add("path", { class: "gave-up", d: `M${until} ${y - 6}v12` });
    if (this.isIn(call.effect)) add("path", { class: "effect", d: `M${this.x(call.effect)} ${y - 6}l6 6l-6 6l-6 -6z` });
    if (this.isIn(call.reply)) this.reply(group, this.x(call.reply), y, call.ok);
    for (const [at, fault] of call.faults) if (this.isIn(at)) this.fault(group, this.x(at), y + 8, fault);
  }

  reply(group, x, y, ok) {
    const kind = ok ? "ok" : "failed";
    group.append(element("circle", { class: `disc ${kind}`, cx: x, cy: y, r: 8 }));
    group.append(element("path", { class: `reply ${kind}`, d: ok ? `M${x - 4} ${y + 0.5}l3 3l5 -7` : `M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7` }));
  }

  fault(group, x, y, name) {
    const width = name.length * 7 + 6;
    group.append(element("rect", { class: "fault", x: x - width / 2, y, width, height: 13, rx: 3 }));
    group.append(element("text", { class: "fault-label", x, y: y + 10 }, name));
  }

  mark(group, x, y, { label, fault }) {
    group.append(element("circle", { class: "mark-dot", cx: x, cy: y - 4, r: 4 }));
    group.append(element("text", { class: "mark", x: x + 8, y }, label));
    if (fault) this.fault(group, x + 8 + label.length * LETTER + 14, y - 10, fault);
  }

  /** A line through all lanes at each step that breaks a guarantee, with its names at the foot. */
  breaches(top, foot) {
    for (const step of this.steps) {
      if (!step.broken.length) continue;
      const x = this.x(step.number), kind = violated(step).length ? "breach" : "foreseen";
      this.add("path", { class: `note-line ${kind}`, d: `M${x} ${top - 4}V${foot - 10}` });
      const names = [...violated(step), ...foreseen(step)].map((each) => each.guarantee).join(" ");
      this.add("text", { class: `note ${kind}`, x, y: foot, "text-anchor": x < this.gutter + 20 ? "start" : "middle" }, names);
    }
  }

  /** The names of the lanes, which stay where they are however far it is scrolled. */
  names(lanes, bands, foot) {
    const short = this.gutter < 80;
    this.add("rect", { class: "margin", x: 0, y: 0, width: this.gutter - 12, height: foot + ROW + 6 });
    const said = [["lane-name", this.run.timed ? (short ? "ms" : "time (ms)") : "step", 14], ["lane-name", "state", bands + 15], ["lane-name", short ? "way" : "under way", bands + BAND + 19]];
    for (const { service, top } of lanes) said.push(["lane-name", short ? service.replace("live_", "") : service, top + 20]);
    for (const [kind, words, y] of said) this.add("text", { class: kind, x: 4, y }, words);
  }
}

const nameOf = (call) => call.operation.split(".")[1];
