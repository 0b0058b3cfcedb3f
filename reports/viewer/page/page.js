// The page of one run: what is packed into it, the step that its address names, and the list of all steps.

import { tag, violated } from "./drawing.js";
import { StepList } from "./step_list.js";
import { Viewer } from "./viewer.js";

const told = JSON.parse(document.getElementById("run").textContent);
const run = { timed: told.timed, steps: unpacked(told.steps), calls: unpacked(told.calls) };
const viewer = new Viewer(document.getElementById("viewer"), go);
const list = new StepList(document.getElementById("step-list"), run, go);
const everything = document.getElementById("everything");
let moment = 0, due = null;

/** Columns, each with its values and with which of them each record has, as records. */
function unpacked(columns) {
  const names = Object.entries(columns);
  return columns.number.at.map((_, row) => Object.fromEntries(names.map(([name, { values, at }]) => [name, values[at[row]]])));
}

function go(number) {
  moment = number;
  viewer.show(run, number);
  list.show(number);
  tellEverything();
  clearTimeout(due); // browsers refuse an address that changes too often
  due = setTimeout(() => history.replaceState(null, "", `#step-${number}`), 250);
}

function named() {
  const number = Number(/^#step-(\d+)$/.exec(location.hash)?.[1]);
  return number >= 0 && number <= run.steps.length ? number : null;
}

/** All that there is to see after the step, with what the step has changed. */
function tellEverything() {
  if (!everything.open) return;
  const look = new Map(Object.entries(told.first_look));
  for (const step of run.steps.slice(0, moment)) for (const { name, after } of step.changed) look.set(name, after);
  const fresh = new Set(run.steps[moment - 1]?.changed.map((each) => each.name));
  everything.querySelector("tbody").replaceChildren(...[...look].filter(([, value]) => value).map(([name, value]) => {
    const heading = tag("th", "", name);
    heading.scope = "row";
    return tag("tr", fresh.has(name) ? "fresh" : "", heading, tag("td", "", value));
  }));
}

everything.addEventListener("toggle", tellEverything);
addEventListener("hashchange", () => { if (named() !== null && named() !== moment) go(named()); });
document.body.classList.add("scripted");
const telling = run.steps.find((step) => violated(step).length) ?? run.steps.find((step) => step.broken.length);
go(named() ?? telling?.number ?? 1);
