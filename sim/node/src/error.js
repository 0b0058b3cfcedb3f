/** One line that says where, what is wrong and what to try. */
export class KitError extends Error {
  name = 'KitError';
}

/** `message` as one line, so that it can stand on standard error or in a report. */
export function line(message) {
  return String(message)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** What went wrong, of whatever was thrown. */
export function messageOf(thrown) {
  if (thrown && typeof thrown === 'object' && 'message' in thrown) return String(thrown.message);
  try {
    return String(thrown);
  } catch {
    return 'something that has no text';
  }
}

/** The end of a message: the name that is close to what was given, or else all that there are. */
export function nearMatch(given, names) {
  const near = [...names].map((name) => [distance(String(given), name), name]).sort((a, b) => a[0] - b[0])[0];
  const close = near && near[0] <= Math.max(2, near[1].length / 3);
  return close ? `; did you mean '${near[1]}'?` : `; there is: ${[...names].join(', ')}`;
}

function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[to.length];
}
