// Every step as a row of a table, of which only those in view are there.

import { counted, tag, timeOf } from "./drawing.js";

const ROW_HEIGHT = 46, SPARE = 6;

export class StepList {
  /** `box` scrolls, and has a table with a body. */
  constructor(box, run, pick) {
    Object.assign(this, { box, run, moment: 0 });
    this.body = box.querySelector("tbody");
    box.querySelector("table").setAttribute("aria-rowcount", run.steps.length + 1);
    box.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("[data-step]");
      if (row && !event.target.closest("a")) pick(Number(row.dataset.step));
    });
  }

  /** Lead to the step. */
  show(moment) {
    this.moment = moment;
    const top = (moment - 1) * ROW_HEIGHT, { scrollTop, clientHeight } = this.box;
    if (top < scrollTop || top + 2 * ROW_HEIGHT > scrollTop + clientHeight) this.box.scrollTop = top - clientHeight / 3;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW_HEIGHT) - SPARE), count = Math.ceil(this.box.clientHeight / ROW_HEIGHT) + 2 * SPARE;
    const steps = this.run.steps.slice(first, first + count);
    const focused = this.body.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.body.replaceChildren(room(first), ...steps.map((step) => this.#row(step)), room(this.run.steps.length - first - steps.length));
    if (focused) [...this.body.querySelectorAll("a")].find((link) => link.textContent === focused)?.focus({ preventScroll: true });
  }

  #row(step) {
    const link = tag("a", "", counted(step.number));
    link.href = `#step-${step.number}`;
    const broken = step.broken.map((each) => each.guarantee).join(" ");
    const row = tag("tr", step.number === this.moment ? "looked-at" : "", tag("td", "number", link), tag("td", "number", timeOf(this.run, step)),
      tag("td", "", step.state), tag("td", "", tag("div", "", [step.words, ...step.then].join("; "))), tag("td", "said", step.fault, " ", broken));
    row.dataset.step = step.number;
    row.setAttribute("aria-rowindex", step.number + 1);
    if (step.number === this.moment) row.setAttribute("aria-current", "step");
    return row;
  }
}

function room(rows) {
  const made = tag("tr", "");
  made.setAttribute("aria-hidden", "true");
  made.style.height = `${rows * ROW_HEIGHT}px`;
  return made;
}
