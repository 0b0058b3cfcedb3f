// The head that stays: the state, a light for each guarantee, and the sentence of what is broken.

const $ = (id) => document.getElementById(id);
const TITLE = document.title;

/** Show the lights of the moment that is looked at, and the alarm of the present; `jump` goes to the step of a number. */
export function showAlarm(view, present, jump) {
  $("state-now").textContent = view.state;
  $("state-now").dataset.state = view.state;
  showLights(view.guarantees, jump);
  const [first, ...others] = present.breaches;
  $("head").classList.toggle("broken", Boolean(first));
  document.title = first ? `✗ ${first.id} · ${TITLE}` : TITLE;
  say(first ? `${first.id} ${first.told}${first.gap ? ", from a gap of the guide’s own" : ""}.${others.length ? ` Also: ${others.map((each) => each.id).join(", ")}.` : ""}` : "");
  const button = $("alarm-jump");
  button.hidden = !first;
  if (!first) return;
  button.textContent = `Go to step ${first.since}`;
  button.onclick = () => jump(first.since);
}

function say(sentence) {
  if ($("alarm-text").textContent !== sentence) $("alarm-text").textContent = sentence;
}

function showLights(guarantees, jump) {
  const broken = guarantees.filter((each) => each.standing !== "holds").length, list = $("lights");
  $("lights-count").textContent = broken ? `${broken} of ${guarantees.length} broken` : `all ${guarantees.length} hold`;
  const now = JSON.stringify(guarantees.map((each) => [each.standing, each.told]));
  if (list.dataset.shown === now) return;
  list.dataset.shown = now;
  const focused = document.activeElement?.closest("#lights li")?.dataset.id;
  list.replaceChildren(...guarantees.map((each) => light(each, jump)));
  if (focused) (list.querySelector(`[data-id="${focused}"] button`) ?? $("lights-count")).focus();
}

/** A light that is out is a button that leads to its step; colour never speaks alone. */
function light(each, jump) {
  const row = document.createElement("li"), holds = each.standing === "holds";
  row.className = `light ${each.standing.replace(" ", "-")}`;
  row.dataset.id = each.id;
  row.title = holds ? `${each.id} ${each.name} holds: ${each.sentence}` : `${each.id} ${each.told}`;
  const face = holds ? row : row.appendChild(document.createElement("button"));
  const sign = document.createElement("span"), words = document.createElement("span");
  sign.textContent = holds ? "✓" : "✗";
  sign.setAttribute("aria-hidden", "true");
  words.className = "hidden";
  words.textContent = holds ? ` ${each.name} holds` : ` ${each.told}. Go to step ${each.since}`;
  face.append(sign, each.id, words);
  if (!holds) {
    face.type = "button";
    face.addEventListener("click", () => jump(each.since));
  }
  return row;
}
