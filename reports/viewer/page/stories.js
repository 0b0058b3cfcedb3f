// What there is to say of a call.

import { tag, timeOf } from "./drawing.js";

/** The story of the call in the run, moment by moment; `faults` says what each class of fault means. */
export function storyOf(call, run, faults) {
  const moments = [[call.begin, issued(run.steps[call.begin - 1])]];
  call.faults.forEach(([at, fault], place) => {
    if (call.faults.findIndex((each) => each[1] === fault) === place) moments.push([at, `${fault}: ${faults[fault] ?? "goes wrong"}`]);
  });
  if (call.effect !== null) moments.push([call.effect, "takes effect"]);
  if (call.reply !== null) moments.push([call.reply, call.ok ? "succeeds" : "fails"]);
  if (call.given_up !== null) moments.push([call.given_up, givenUp(run.steps[call.given_up - 1])]);
  if (call.end !== null && ![call.effect, call.reply].includes(call.end)) moments.push([call.end, "is over: nothing of it can still come"]);
  moments.sort(([one], [other]) => one - other);
  if (call.effect === null) moments.push([null, "no effect of it was seen"]);
  if (call.reply === null) moments.push([null, "no reply to it was seen"]);
  return moments;
}

const issued = (step) => `issued${step.procedure ? ` by ${step.procedure}` : ""}, when: ${step.words}`;
const givenUp = (step) => `given up${step.procedure ? `, under ${step.procedure}` : ""}, when: ${step.words}`;

/** The story as a list; each step in it is a link. */
export function toldCall(call, run, faults) {
  const list = tag("ol", "call-story");
  for (const [at, words] of storyOf(call, run, faults)) {
    const row = tag("li", "");
    if (at !== null) {
      const link = tag("a", "", `step ${at}`);
      link.href = `#step-${at}`;
      link.dataset.step = at;
      row.append(link, " ", tag("span", "quiet", timeOf(run, run.steps[at - 1])), " ");
    }
    row.append(words);
    list.append(row);
  }
  return list;
}
