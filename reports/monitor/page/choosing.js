// What can happen next at the moment that is looked at: picking one of it takes it, and makes a branch in the past.

import { tag } from "./drawing.js";

const $ = (id) => document.getElementById(id);
const GROUPS = {
  works: ["Goes on", "Nothing goes on by itself: all is quiet."],
  call: ["Goes wrong with a call", "No call is on its way that could go wrong."],
  service: ["Goes wrong with a service", ""],
  outside: ["From outside", ""],
};
let shown = "", picked = null;

/** Show the choices of this moment. `look` looks at another one, `order` asks the server, `told` are the steps. */
export function showChoices({ number, told, epoch, session, controls, past, look, order }) {
  $("choosing-panel").hidden = controls.attached;
  const free = controls.paused || past;
  $("choosing-hint").textContent = free ? "pick what happens next; in the past that makes a branch" : "pause, or look back, to pick it";
  $("choosing").hidden = !free;
  if (!free || controls.attached) return forget();
  $("step-back").setAttribute("aria-disabled", String(number === 0));
  $("step-back").onclick = () => number > 0 && look(number - 1);
  if (picked !== null && picked === number - 1) say(number, told);
  const key = JSON.stringify([epoch, number, number < told.steps.length, controls.chosen && told.steps.length, session]);
  if (key !== shown) fetchChoices(key, { number, session, look, order });
}

/** Nothing is offered: when something is again, it is not what was offered before. */
function forget() {
  shown = "";
  $("offers").replaceChildren();
  $("offers").removeAttribute("aria-busy");
}

async function fetchChoices(key, context) {
  shown = key;
  $("offers").setAttribute("aria-busy", "true");
  const response = await fetch(`/choices/${context.number}?${new URLSearchParams({ session: context.session })}`).catch(() => null);
  const answer = response?.ok ? await response.json() : null;
  if (key !== shown) return;
  if (!answer) return void (shown = ""); // asked again the next time that anything is shown
  const { offers, branches } = answer;
  const focused = document.activeElement?.closest("#offers [data-kind]")?.dataset.kind;
  $("offers").replaceChildren(...Object.keys(GROUPS).map((kind) => group(kind, offers.filter((each) => each.kind === kind), { ...context, key })));
  $("offers").setAttribute("aria-busy", "false");
  if (focused) ($("offers").querySelector(`[data-kind=${focused}] button`) ?? $("offers").querySelector("button")).focus();
  showBranches(branches, context.order);
}

function say(number, told) {
  const step = told.steps[number - 1];
  if (!step) return;
  $("chosen").textContent = `Step ${number}: ${[step.words, ...step.then].join("; ")}.`;
  picked = null;
}

function group(kind, offers, context) {
  const [title, nothing] = GROUPS[kind], made = document.createElement("section"), list = document.createElement("ul");
  made.dataset.kind = kind;
  made.append(tag("h3", "", title));
  list.append(...offers.map((each) => offer(each, context)));
  made.append(offers.length ? list : tag("p", "soft", nothing));
  return made;
}

function offer(each, { key, number, look, order }) {
  const row = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  button.className = "offer";
  button.setAttribute("aria-disabled", String(Boolean(each.raises)));
  button.append(tag("span", "what", each.words));
  if (each.then.length) button.append(tag("span", "then", each.then.join("; ")));
  if (each.breaks.length) button.append(tag("span", "breaks", `✗ ${each.breaks.join(", ")} broken then`));
  if (each.raises) button.append(tag("span", "breaks", `the rules raise ${each.raises}`));
  if (each.taken) button.append(tag("span", "taken", "✓ this way it went"));
  button.addEventListener("click", async () => {
    if (each.raises || key !== shown) return; // what is shown may be of another moment than what is looked at by now
    picked = number;
    const answer = await order({ do: "pick", at: number, step: each.step });
    if (answer.refused === undefined) picked = null;
    else look(number + 1);
  });
  row.append(button);
  return row;
}

function showBranches(branches, order) {
  $("branches").hidden = branches.length < 2;
  const list = document.createElement("ol");
  list.append(...branches.map((each) => branch(each, order)));
  $("branches").replaceChildren(tag("h3", "", "Branches"), list);
}

function branch(each, order) {
  const row = document.createElement("li"), button = document.createElement("button");
  const begin = each.parent === null ? "from the beginning" : `after step ${each.at} of branch ${each.parent}: ${each.words || "nothing yet"}`;
  button.type = "button";
  button.className = "offer";
  if (each.shown) button.setAttribute("aria-current", "true");
  button.append(tag("span", "what", `Branch ${each.number}, ${begin}`), tag("span", "then", `${each.steps} steps, ends in ${each.state}${each.shown ? "; shown now" : ""}`));
  button.addEventListener("click", () => order({ do: "branch", number: each.number }));
  row.append(button);
  return row;
}
