// The page shows what it is told and keeps no state of the broadcast: every tab, and a tab loaded anew, sees the same.

import { showAlarm } from "./alarm.js";
import { showChoices } from "./choosing.js";
import { tag } from "./drawing.js";
import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const token = document.querySelector('meta[name="broadcast-token"]').content;
let told = nothing();
let present = null, controls = null, controlsAt = 0;
let moment = null, past = null, asking = false, epoch = 0;
const viewer = new Viewer($("viewer"), look);

// -- What the server tells ----------------------------------------------------------------------

const source = new EventSource("/events");
source.addEventListener("all", (event) => {
  told = nothing();
  moment = past = null;
  epoch += 1;
  const everything = JSON.parse(event.data);
  learn(everything);
  if (everything.look !== null) look(everything.look);
  clear("lost");
});
source.addEventListener("news", (event) => learn(JSON.parse(event.data)));
source.addEventListener("controls", (event) => learn(JSON.parse(event.data)));
source.addEventListener("error", () => complain("The monitor does not answer; is it still running? Trying again …", "lost"));

function nothing() {
  return { steps: [], calls: [], timed: true, length: null };
}

function learn(news) {
  for (const step of news.steps ?? []) told.steps[step.number - 1] = step;
  for (const call of news.calls ?? []) told.calls[call.number] = call;
  if (news.view) present = news.view;
  controls = news.controls;
  controlsAt = performance.now();
  told.timed = controls.timed;
  told.length = controls.length;
  schedule();
}

// -- What is asked of it ------------------------------------------------------------------------

async function order(what) {
  return post("/orders", JSON.stringify(what));
}

let complaints = 0;

async function post(path, body) {
  const before = complaints;
  try {
    const response = await fetch(path, { method: "POST", headers: { "X-Broadcast-Token": token }, body });
    const answer = await response.json();
    if (answer.problem) complain(answer.problem);
    else if (complaints === before) clear(); // an answer says nothing of what was wrong after the question
    return answer;
  } catch {
    complain("The monitor does not answer; is it still running?");
    return {};
  }
}

function complain(text, kind = "") {
  complaints += 1;
  $("problem-text").textContent = text;
  $("problem").dataset.kind = kind;
  $("problem").hidden = false;
}

function clear(kind = "") {
  if ($("problem").dataset.kind === kind) $("problem").hidden = true;
}

const blocked = (button) => button.getAttribute("aria-disabled") === "true";

for (const button of document.querySelectorAll("[data-command]")) {
  button.addEventListener("click", async () => {
    if (blocked(button)) return complain(button.title);
    const name = button.dataset.command;
    const session = name === "start_broadcast" ? $("session").value.trim() : "";
    await order({ do: "command", name, session });
  });
}

const ACCIDENTS = {
  crash: (service) => ({ do: "lose", service, noticed: true }),
  silent: (service) => ({ do: "lose", service, noticed: false }),
  bypass: (service) => ({ do: "bypass", service }),
  conflict: () => ({ do: "conflict", refusing: !serviceOf("convex").refusing }),
  content: () => ({ do: "fill", present: !present.content }),
};
for (const button of document.querySelectorAll("[data-befalls]")) {
  button.addEventListener("click", () => {
    if (!blocked(button)) order(JSON.parse(button.dataset.befalls));
  });
}
const serviceOf = (name) => present.services.find((service) => service.name === name);

for (const card of document.querySelectorAll("[data-service]")) {
  for (const button of card.querySelectorAll("[data-accident]")) {
    button.addEventListener("click", () => {
      if (!blocked(button)) order(ACCIDENTS[button.dataset.accident](card.dataset.service));
    });
  }
  for (const row of card.querySelectorAll("[data-operation]")) {
    const operation = row.dataset.operation;
    row.querySelector("select").addEventListener("change", (event) => order({ do: "fail_next", operation, kind: event.target.value }));
    row.querySelector("input").addEventListener("change", (event) => order({ do: "slow", operation, latency: event.target.value }));
  }
}

$("session").addEventListener("change", schedule);
$("pause").addEventListener("click", () => order({ do: "pause", paused: !controls.paused }));
$("step").addEventListener("click", async () => {
  const answer = await order({ do: "step" });
  if (answer.refused) complain(answer.refused);
});
$("speed").addEventListener("change", (event) => order({ do: "speed", speed: Number(event.target.value) }));
$("new").addEventListener("click", () => order({ do: "new", seed: Math.floor(Math.random() * 1000) }));
$("close").addEventListener("click", () => order({ do: "close" }));
$("rewind").addEventListener("click", () => order({ do: "rewind" }));
$("show-all").addEventListener("click", () => order({ do: "show_all" }));
for (const link of [$("save"), $("test")]) {
  link.addEventListener("click", (event) => {
    if (told.steps.length) return;
    event.preventDefault();
    complain("Nothing has happened yet that could be saved.");
  });
}
$("dismiss").addEventListener("click", () => { $("problem").hidden = true; });
$("load").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  if (file) await post(`/traces?name=${encodeURIComponent(file.name)}`, file);
  $("file").value = "";
});
$("back").addEventListener("click", () => { look(told.steps.length); $("slider").focus(); });

// -- Looking back -------------------------------------------------------------------------------

async function look(number) {
  moment = number >= told.steps.length ? null : number;
  past = past?.number === moment ? past : null;
  schedule();
  if (asking) return;
  asking = true;
  while (moment !== null && past?.number !== moment) {
    const wanted = moment;
    const response = await fetch(`/moments/${wanted}`);
    if (!response.ok) { moment = null; break; }
    if (wanted === moment) past = await response.json();
  }
  asking = false;
  schedule();
}

/** Look at this step, with its calls in sight. */
function jump(number) {
  look(number);
  $("timeline-panel").open = true;
  $("timeline-panel").scrollIntoView({ block: "start" });
}

// -- Showing ------------------------------------------------------------------------------------

let due = false;
function schedule() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; show(); });
}

function show() {
  if (!present) return;
  showControls();
  const view = moment === null ? present : past;
  viewer.show(told, moment ?? told.steps.length, told.length);
  showPast();
  if (!view) return;
  showAlarm(view, present, jump);
  showChoices({ number: moment ?? told.steps.length, told, epoch, session: $("session").value.trim(), controls, past: moment !== null, look, order });
  showState(view);
  showCommands(view);
  showGraph(view);
  showServices(view);
  showHistory(view);
  showGuarantees(view);
  if ($("snapshot-panel").open) $("snapshot").textContent = JSON.stringify(view.raw ?? view.snapshot, null, 2);
}

function showControls() {
  const { read_only, paused, over, stuck, title, made_by } = controls;
  const name = read_only ? `playback of ${title}` : title;
  $("run").textContent = read_only ? `${name} · made by ${made_by || "an unknown engine"} · read only` : name;
  $("run").classList.toggle("read-only", read_only);
  $("pause").textContent = paused ? "Go on" : "Pause";
  document.body.classList.toggle("paused", paused);
  set($("speed"), String(controls.speed));
  document.querySelector(".of-playback").hidden = !read_only;
  $("new").hidden = read_only;
  $("test").hidden = controls.attached;
  disable($("pause"), over, "Everything has happened.");
  disable($("step"), over, "Everything has happened.");
  $("test").href = `/test_broadcast_session.py?until=${moment ?? told.steps.length}`;
  if (stuck) complain(`The run cannot go on: ${stuck}`);
}

function showPast() {
  const last = told.steps.length, at = moment ?? last;
  $("past").hidden = moment === null;
  document.body.classList.toggle("looking-back", moment !== null);
  const step = told.steps[at - 1];
  $("past-text").textContent = `Looking back at step ${at} of ${last}${step && step.at_ms !== null ? `, ${seconds(step.at_ms)}` : ""}. Nothing can be changed here${controls.attached ? "" : "; what happens next can be picked anew"}.`;
}

function showState(view) {
  const state = $("state");
  if (state.textContent !== view.state) state.textContent = view.state;
  state.dataset.state = view.state;
  const { history } = view.snapshot.orchestrator, last = history.at(-1);
  $("since").textContent = last && last.at_ms !== null ? `since ${seconds(last.at_ms)}` : last ? "" : "since the beginning";
  $("procedure").textContent = view.procedure || "nothing";
  showTimer(view);
  const { session_id, says, left_live } = view.snapshot.convex;
  $("on-session").textContent = session_id ? `${session_id}${says ? ` (backend: ${says})` : ""}` : left_live.length ? `left live: ${left_live.join(", ")}` : "none";
  $("residue").textContent = view.snapshot.computed.residue.join(", ") || "none";
  $("answer").textContent = told.steps.slice(0, view.number).findLast((step) => step.answer)?.answer ?? "";
  $("error").hidden = !view.error.length;
  fill($("failures"), view.error, (text) => tag("li", "", text));
}

function showTimer(view) {
  const alarm = view.alarm;
  const left = alarm && alarm.due_ms !== null ? Math.max(0, alarm.due_ms - (moment === null ? time() : view.at_ms)) : null;
  $("alarm").textContent = alarm ? `${alarm.kind.replace("_", " ")}${left === null ? "" : `, ${seconds(left)} left`}` : "none";
}

function showCommands(view) {
  const locked = moment !== null ? "Looking back: nothing can be changed here." : controls.read_only ? "This is a playback: nothing can be changed." : "";
  for (const button of document.querySelectorAll("[data-command]")) {
    const why = locked || view.commands[button.dataset.command];
    disable(button, Boolean(why), why);
  }
  $("session").readOnly = Boolean(locked);
}

function showGraph(view) {
  const { last_transition } = view.snapshot.orchestrator;
  const edge = last_transition ? `${last_transition.source}->${last_transition.target}` : "";
  const graph = $("graph");
  if (graph.dataset.state === view.state && graph.dataset.edge === edge) return;
  Object.assign(graph.dataset, { state: view.state, edge });
  for (const part of graph.querySelectorAll(".lit")) part.classList.remove("lit");
  graph.querySelector(`g[data-id="${view.state}"]`)?.classList.add("lit");
  if (edge) graph.querySelector(`g[data-id="${edge}"]`)?.classList.add("lit");
  $("edge").textContent = last_transition ? `${last_transition.source} → ${last_transition.target}${last_transition.forced ? ", forced" : ""}` : "";
  showNode();
}

/** Where the graph is wider than its room, scroll it so that the state's node is in the middle. */
function showNode() {
  const graph = $("graph"), node = graph.querySelector(".node.lit");
  if (!node || graph.scrollWidth <= graph.clientWidth) return;
  const box = node.getBoundingClientRect(), frame = graph.getBoundingClientRect();
  graph.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
}

function showServices(view) {
  const locked = moment !== null || controls.read_only;
  for (const button of document.querySelectorAll("[data-befalls]")) disable(button, locked || controls.attached);
  for (const service of view.services) {
    const card = document.querySelector(`[data-service="${service.name}"]`);
    card.classList.toggle("on", service.on);
    card.querySelector(".truth").textContent = truth(service, view);
    for (const button of card.querySelectorAll("[data-accident]")) {
      const off = ["crash", "silent"].includes(button.dataset.accident) && !service.can_be_lost;
      disable(button, locked || off || (controls.attached && button.dataset.accident === "conflict"));
      if (button.dataset.accident === "conflict") button.textContent = service.refusing ? "Take writes again" : "Refuse writes";
      if (button.dataset.accident === "content") button.textContent = view.content ? "Take content away" : "Give content back";
    }
    for (const row of card.querySelectorAll("[data-operation]")) {
      const [next, latency] = [row.querySelector("select"), row.querySelector("input")];
      const kind = locked ? "" : controls.ordered[row.dataset.operation] ?? "";
      set(next, kind);
      set(latency, controls.slowed[row.dataset.operation] ?? "");
      next.disabled = locked || controls.chosen;
      latency.disabled = locked || controls.attached || controls.chosen;
      row.classList.toggle("faulty", kind !== "");
      row.classList.toggle("busy", service.calls.includes(row.dataset.operation));
    }
  }
}

function truth(service, view) {
  const words = [service.on ? "on" : "off"];
  if (service.name === "convex") words[0] = service.live.length ? `live: ${service.live.join(", ")}` : "no live session";
  if (service.initialized !== null) words.push(service.initialized ? "initialized" : "not initialized");
  if (service.name === "live_feed") words.push(view.content ? "has content" : "no content");
  if (service.refusing) words.push("refuses writes");
  return words.join(" · ");
}

const MOST_ROWS = 100; // a page with thousands is slow to look back

function showHistory(view) {
  const { history } = view.snapshot.orchestrator;
  $("no-history").hidden = history.length > 0;
  const cut = history.length > MOST_ROWS ? `; the newest ${MOST_ROWS} are here` : "";
  $("history-count").textContent = history.length ? `${history.length} ${history.length === 1 ? "transition" : "transitions"}, newest first${cut}` : "";
  fill($("history"), history.slice(-MOST_ROWS).reverse(), (entry) => {
    const row = tag("li", "");
    row.append(tag("time", "soft", entry.at_ms === null ? "" : seconds(entry.at_ms)), pill(entry.source), tag("span", "arrow", "→"), pill(entry.target));
    row.append(tag("span", "reason", entry.reason.replaceAll("_", " ") + (entry.forced ? " (forced)" : "") + (entry.violation ? " (outside the table)" : "")));
    return row;
  });
}

function pill(state) {
  const made = tag("span", "pill", state);
  made.dataset.state = state;
  return made;
}

function showGuarantees(view) {
  const broken = view.guarantees.filter((each) => each.standing !== "holds");
  $("guarantee-count").textContent = broken.length ? `${broken.length} of ${view.guarantees.length} broken` : `all ${view.guarantees.length} hold`;
  fill($("guarantees"), view.guarantees, (each) => {
    const row = tag("li", `guarantee ${each.standing.replace(" ", "-")}`);
    row.append(tag("span", "sign", each.standing === "holds" ? "✓" : "✗"), tag("span", "id", each.id), tag("strong", "", each.name));
    row.append(tag("span", "sentence", each.sentence));
    if (each.at !== null) {
      const where = tag("button", "where", `step ${each.since}`);
      where.type = "button";
      where.addEventListener("click", () => look(each.since));
      const what = tag("span", "what", `${each.told[0].toUpperCase()}${each.told.slice(1)}${each.gap ? ` (follows from a gap of the guide's own: ${each.gap})` : ""}. `);
      what.append(where);
      row.append(what);
    }
    return row;
  });
}

// -- Small things -------------------------------------------------------------------------------

/** Fill a list, unless it shows just that already: what has the focus there must not vanish. */
function fill(list, items, row) {
  const now = JSON.stringify(items);
  if (list.dataset.shown === now) return;
  list.dataset.shown = now;
  list.replaceChildren(...items.map(row));
}

function set(control, value) {
  const typing = document.activeElement === control && control.tagName === "INPUT";
  if (!typing && control.value !== value) control.value = value;
}

function disable(button, off, why = "") {
  button.setAttribute("aria-disabled", String(off));
  button.title = (off && why) || (button.dataset.hint ?? "");
}

function time() {
  const { now_ms, moving, speed } = controls;
  return !moving ? now_ms : now_ms + (performance.now() - controlsAt) * speed;
}

const seconds = (ms) => (ms < 9999.5 ? `${Math.round(ms).toLocaleString("en")} ms` : `${(ms / 1000).toLocaleString("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 })} s`);

function tick() {
  if (!controls) return;
  const ms = moment === null || !past ? time() : past.at_ms ?? 0;
  const words = controls.timed ? `${(ms / 1000).toFixed(2)} s` : "no clock";
  if ($("clock").textContent !== words) $("clock").textContent = words;
  if (present && moment === null) showTimer(present);
}

$("snapshot-panel").addEventListener("toggle", schedule);
new ResizeObserver(showNode).observe($("graph"));
setInterval(tick, 100);
