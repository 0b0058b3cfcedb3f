// The whole run in one line: its states, and marks for what went wrong; whoever points at it is led there.

import { KINDS, element, foreseen, violated } from "./drawing.js";

const HEIGHT = 34;
const MARKS = { breach: "v8", foreseen: "v6", fault: "v5" };

export class Minimap {
  constructor(box, pick) {
    this.box = box;
    const seek = (event) => {
      if (event.buttons !== 1 || !this.places?.count) return;
      const { left, width } = box.getBoundingClientRect();
      pick(this.places.nearest(((event.clientX - left) / width) * this.places.width));
    };
    box.addEventListener("pointerdown", (event) => { box.setPointerCapture(event.pointerId); seek(event); });
    box.addEventListener("pointermove", seek);
  }

  /** Draw the run, the part of it that is in view, and the step that is looked at. */
  draw({ run, places, left, seen, moment, faulty }) {
    const width = this.box.clientWidth, scale = width / places.width;
    this.places = places;
    const root = element("svg", { class: "timeline", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
    for (const [kind, path] of states(run, places, width)) root.append(element("path", { class: `whole ${kind}`, d: path }));
    const steps = { fault: faulty, foreseen: numbers(run, foreseen), breach: numbers(run, violated) };
    for (const [kind, of] of Object.entries(steps)) {
      const at = new Set(of.map((number) => Math.round(places.points[number] * scale)));
      root.append(element("path", { class: `minimark ${kind}`, d: [...at].map((x) => `M${x} ${kind === "fault" ? 9 : 1}${MARKS[kind]}`).join("") }));
    }
    root.append(element("rect", { class: "window", x: left * scale, y: 0.5, width: Math.max(3, seen * scale), height: HEIGHT - 1, rx: 2 }));
    if (moment) root.append(element("path", { class: "cursor", d: `M${places.points[moment] * scale} 0V${HEIGHT}` }));
    this.box.replaceChildren(root);
  }
}

const numbers = (run, of) => run.steps.filter((step) => of(step).length).map((step) => step.number);

/** For each kind of state the boxes in which the run is in it, a pixel being as fine as it gets. */
function states(run, places, width) {
  const boxes = new Map(), kindAt = (x) => KINDS[run.steps[Math.max(1, places.after(((x + 1) / width) * places.width) - 1) - 1]?.state] ?? "plain";
  for (let x = 0, begin = 0; x < width; x++) {
    const kind = kindAt(x);
    if (x + 1 < width && kindAt(x + 1) === kind) continue;
    boxes.set(kind, `${boxes.get(kind) ?? ""}M${begin} 18H${x + 1}V32H${begin}z`);
    begin = x + 1;
  }
  return boxes;
}
