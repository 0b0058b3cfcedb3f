// Where the steps of a run stand from left to right, in pixels from its beginning: a column a step, as wide as its
// labels need, or true to time.

import { LETTER, counted } from "./drawing.js";

const COLUMN = 30, MOST_PIXELS = 10_000_000;

/** `points[n]` is the middle of step n, from 1; `points[length + 1]` is where one more step would stand. */
export class Places {
  constructor(run, toScale, zoom) {
    this.run = run;
    this.count = run.steps.length;
    this.column = COLUMN * 2 ** zoom;
    this.points = new Float64Array(this.count + 2);
    if (toScale && this.count) this.#toScale();
    else this.#inColumns();
  }

  get width() { return this.points[this.count + 1]; }

  /** The step that stands nearest to there. */
  nearest(x) {
    const after = this.after(x);
    return after > 1 && x - this.points[after - 1] < this.points[after] - x ? after - 1 : Math.min(after, this.count);
  }

  /** The first step that stands there or further to the right; one too many where there is none. */
  after(x) {
    let low = 1, high = this.count + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.points[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #toScale() {
    const { steps } = this.run, first = steps[0].at_ms, lasting = Math.max(1, steps.at(-1).at_ms - first);
    const wide = Math.min(Math.max(this.count, 25) * this.column, MOST_PIXELS);
    steps.forEach((step, at) => { this.points[at + 1] = this.column / 2 + ((step.at_ms - first) / lasting) * wide; });
    this.points[this.count + 1] = this.points[this.count] + this.column;
  }

  #inColumns() {
    const { points } = this, rooms = new Rooms(this.run);
    points[1] = this.column / 2;
    for (let number = 1; number <= this.count; number++) {
      points[number + 1] = points[number] + this.column;
      for (const [begin, width] of rooms.ending(number + 1)) points[number + 1] = Math.max(points[number + 1], points[begin] + width);
    }
  }
}

/** What has to have room: the name of a band within it, a time beside the next, a mark before the next of its lane. */
class Rooms {
  constructor(run) {
    this.run = run;
    this.open = new Map();
  }

  /** The rooms that end where this step stands, each with where it begins and how wide it has to be. */
  *ending(number) {
    const step = this.run.steps[number - 1], before = this.run.steps[number - 2];
    for (const band of ["state", "procedure"]) if (step?.[band] !== before[band]) yield* this.#next(band, number, 10, before[band]);
    const time = this.#time(step);
    if (time !== this.#time(before)) yield* this.#next("time", number, 8, this.#time(before));
    const mark = before.mark, broken = before.broken.map((each) => each.guarantee).join(" ");
    if (mark?.lane) this.open.set(mark.lane, [number - 1, 18 + mark.label.length * LETTER + (mark.fault ? 30 : 0)]);
    if (broken) this.open.set("broken", [number - 1, broken.length * LETTER + 12]);
    if (step?.mark?.lane) yield* this.#before(step.mark.lane);
    if (step?.broken.length || !step) yield* this.#before("broken");
  }

  #time(step) { return step ? counted(this.run.timed ? step.at_ms : step.number) : ""; }

  *#next(name, number, margin, words) {
    const [begin] = this.open.get(name) ?? [1];
    yield [begin, words.length ? words.length * LETTER + margin : 0];
    this.open.set(name, [number]);
  }

  *#before(name) {
    if (this.open.has(name)) yield this.open.get(name);
  }
}
