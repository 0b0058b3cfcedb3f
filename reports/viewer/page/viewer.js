// A run to step through: its picture, the line of the whole run, what changed at a step, and the story of a call.

import { counted, foreseen, tag, timeOf, violated } from "./drawing.js";
import { Minimap } from "./minimap.js";
import { Picture } from "./picture.js";
import { Places } from "./places.js";
import { toldCall } from "./stories.js";

const OCCASIONS = { violation: (step) => violated(step).length, foreseen: (step) => foreseen(step).length, state: (step) => step.changes.length };
const FINEST = 2, COARSEST = -2;

export class Viewer {
  /** `root` has the parts of viewer.html.jinja; `pick` is called with the number of a step that someone goes to. */
  constructor(root, pick) {
    Object.assign(this, { root, zoom: 0, toScale: false, hidden: new Set(), chosen: null, pointed: null, occasions: {} });
    this.faults = JSON.parse(this.part("faults").textContent);
    this.box = this.part("picture");
    this.strip = this.box.firstElementChild;
    this.pick = (number) => pick(Math.min(Math.max(number, 0), this.run.steps.length));
    this.minimap = new Minimap(this.part("minimap"), this.pick);
    this.#listen();
  }

  part(name) { return this.root.querySelector(`[data-part="${name}"]`); }
  all(selector, what) { this.root.querySelectorAll(selector).forEach(what); }

  /** Show the run (its `steps`, its `calls`, whether it is `timed`) after so many steps; `length` is how many it will have. */
  show(run, moment, length = null) {
    if (this.run !== run || run.steps.length !== this.known) this.#learn(run);
    this.moment = moment;
    this.#bringIntoView();
    this.draw();
    this.#tell(length);
  }

  /** Draw the part that is in view. */
  draw() {
    const width = this.box.clientWidth;
    if (!this.run || !width) return;
    const focused = this.strip.contains(document.activeElement) ? document.activeElement.dataset.call : null;
    const { run, places, moment, gutter, hidden, chosen } = this, left = this.box.scrollLeft;
    const picture = new Picture({ run, places, left, width, gutter, moment, hidden, chosen });
    this.strip.replaceChildren(picture.drawn(this.pick));
    if (focused) this.strip.querySelector(`[data-call="${focused}"]`)?.focus({ preventScroll: true });
    this.minimap.draw({ run, places, left, seen: width - gutter, moment, faulty: this.occasions.fault });
  }

  // -- What there is to show ----------------------------------------------------------------------

  #learn(run) {
    if (this.run !== run || run.steps.length < this.known) this.chosen = this.pointed = null;
    this.run = run;
    this.known = run.steps.length;
    for (const [kind, is] of Object.entries(OCCASIONS)) this.occasions[kind] = run.steps.filter(is).map((step) => step.number);
    const faulty = new Set(run.steps.filter((step) => step.fault).map((step) => step.number));
    for (const call of run.calls) for (const [at] of call.faults) faulty.add(at);
    this.occasions.fault = [...faulty].sort((one, other) => one - other);
    this.part("scale").disabled = !run.timed;
    this.toScale &&= run.timed;
    this.#place();
  }

  #place() {
    this.gutter = this.box.clientWidth < 600 ? 72 : 100;
    this.places = new Places(this.run, this.toScale, this.zoom);
    this.strip.style.width = `${this.gutter + this.places.width + 60}px`;
    this.all("[data-zoom]", (button) => { button.disabled = this.zoom === (button.dataset.zoom > 0 ? FINEST : COARSEST); });
  }

  #rescaled() {
    this.#place();
    this.#bringIntoView(true);
    this.draw();
  }

  #bringIntoView(middle = false) {
    const room = this.box.clientWidth - this.gutter, x = this.places.points[this.moment], left = this.box.scrollLeft;
    const margin = Math.min(130, room / 3);
    if (middle || x < left || x > left + room) this.box.scrollLeft = x - room / 2;
    else if (x < left + margin) this.box.scrollLeft = x - margin;
    else if (x > left + room - margin) this.box.scrollLeft = x - room + margin;
  }

  // -- What is told in words ----------------------------------------------------------------------

  #tell(length) {
    const { run, moment } = this, last = run.steps.length, step = run.steps[moment - 1];
    const slider = this.part("slider");
    slider.max = last;
    slider.value = moment;
    slider.setAttribute("aria-valuetext", `step ${moment} of ${last}`);
    this.part("moment").textContent = `${moment} / ${last}${length === null || length === undefined ? "" : ` of ${length}`}`;
    this.part("words").textContent = step ? `Step ${moment}: ${[step.words, ...step.then].join("; ")}.` : "Nothing has happened yet.";
    this.part("breaches").replaceChildren(...(step?.broken ?? []).map(toldBreach));
    this.#tellChanges(step);
    this.#tellCall();
    this.all("[data-jump]", (group) => this.#tellJump(group));
  }

  #tellChanges(step) {
    const rows = (step?.changed ?? []).map(({ name, before, after }) => {
      const heading = tag("th", "", name);
      heading.scope = "row";
      return tag("tr", "", heading, tag("td", "", before || "–"), tag("td", "", after || "–"));
    });
    this.part("changes").replaceChildren(...rows);
    this.part("no-change").hidden = rows.length > 0;
  }

  #tellJump(group) {
    const steps = this.occasions[group.dataset.jump];
    group.hidden = group.dataset.jump === "foreseen" && !steps.length;
    group.querySelector(".count").textContent = counted(steps.length);
    for (const button of group.querySelectorAll("button")) button.setAttribute("aria-disabled", String(this.#occasion(group, button) === undefined));
  }

  #occasion(group, { dataset }) {
    const steps = this.occasions[group.dataset.jump];
    return dataset.by > 0 ? steps.find((number) => number > this.moment) : steps.findLast((number) => number < this.moment);
  }

  #tellCall() {
    const call = this.pointed ?? this.chosen ?? this.#concerned();
    this.part("call").textContent = call ? `${call.operation}${call.session ? ` (${call.session})` : ""}` : "No call";
    this.part("story").replaceChildren(...(call ? [toldCall(call, this.run, this.faults)] : [tag("p", "quiet", "This step is about no call. Point at one in the picture, or choose it, for its story.")]));
    this.part("let-go").hidden = this.chosen === null;
  }

  #concerned() {
    const at = this.moment, touches = (call) => [call.effect, call.reply, call.begin, call.given_up].includes(at);
    return this.run.calls.find((call) => [call.effect, call.reply].includes(at)) ?? this.run.calls.find(touches) ?? null;
  }

  // -- What is done to it -------------------------------------------------------------------------

  #listen() {
    this.part("slider").addEventListener("input", (event) => this.pick(Number(event.target.value)));
    this.part("scale").addEventListener("change", (event) => { this.toScale = event.target.value === "time"; this.#rescaled(); });
    this.all("[data-step-by]", (button) => button.addEventListener("click", () => this.pick(this.moment + Number(button.dataset.stepBy))));
    this.all("[data-zoom]", (button) => button.addEventListener("click", () => { this.zoom += Number(button.dataset.zoom); this.#rescaled(); }));
    this.all("[data-lane]", (box) => box.addEventListener("change", () => { this.hidden[box.checked ? "delete" : "add"](box.dataset.lane); this.draw(); }));
    this.all("[data-jump]", (group) => group.addEventListener("click", (event) => {
      const number = event.target.closest("button") && this.#occasion(group, event.target.closest("button"));
      if (number) this.pick(number);
    }));
    this.box.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    this.part("let-go").addEventListener("click", () => this.#choose(null));
    this.part("story").addEventListener("click", (event) => {
      if (!event.target.dataset.step) return;
      event.preventDefault();
      this.pick(Number(event.target.dataset.step));
    });
    this.#listenToCalls();
    addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => { if (this.run) this.#rescaled(); }).observe(this.box);
  }

  #listenToCalls() {
    const callOf = ({ target }) => this.run.calls[target.closest("[data-call]")?.dataset.call] ?? null;
    for (const kind of ["pointerover", "focusin"]) this.strip.addEventListener(kind, (event) => this.#point(callOf(event)));
    for (const kind of ["pointerleave", "focusout"]) this.strip.addEventListener(kind, () => this.#point(null));
    this.strip.addEventListener("click", (event) => { if (callOf(event)) this.#choose(callOf(event)); });
    this.strip.addEventListener("keydown", (event) => {
      if (!["Enter", " "].includes(event.key) || !callOf(event)) return;
      event.preventDefault();
      this.#choose(callOf(event));
    });
  }

  #point(call) {
    if (call === this.pointed) return;
    this.pointed = call;
    this.#tellCall();
  }

  #choose(call) {
    this.chosen = call === this.chosen ? null : call;
    this.draw();
    this.#tellCall();
  }

  /** The arrows go a step on or back, unless they mean something where the focus is. */
  #key(event) {
    const { target, key } = event, by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!by || !this.run || event.altKey || event.ctrlKey || event.metaKey || target.closest?.("input, select, textarea")) return;
    if (target !== document.body && !this.root.contains(target)) return;
    event.preventDefault();
    this.pick(this.moment + by);
  }
}

function toldBreach({ guarantee, what, gap }) {
  return tag("li", gap ? "foreseen" : "breach", tag("strong", "", guarantee), ` ${what}${gap ? ` (foreseen: ${gap})` : ""}`);
}
