// Small things that every part draws with.

const SVG = "http://www.w3.org/2000/svg";
export const LETTER = 6.6;
export const KINDS = { idle: "rest", initializing: "moving", ready: "rest", starting: "moving", live: "live", stopping: "moving", error: "error" };

/** An element of a picture, with its attributes and, if given, its text. */
export function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** An element of the page, with its class and its text or what is in it. */
export function tag(name, kind, ...content) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

export const counted = (number) => Math.round(number).toLocaleString("en");

/** The time of a step, where the run has a clock. */
export const timeOf = (run, step) => (run.timed && step.at_ms !== null ? `${counted(step.at_ms)} ms` : "");

/** The guarantees that a step breaks and that no gap of the guide's own explains; and those that one does. */
export const violated = (step) => step.broken.filter((each) => !each.gap);
export const foreseen = (step) => step.broken.filter((each) => each.gap);
