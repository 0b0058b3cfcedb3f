/** Numbers that only grow, across reloads too; another tab has them from the same place. */

const KEY = 'broadcast-number';

export function nextNumber(): number {
  const number = Number(localStorage.getItem(KEY) ?? 0) + 1;
  localStorage.setItem(KEY, String(number));
  return number;
}
