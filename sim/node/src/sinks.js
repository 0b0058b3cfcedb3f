/** How long lines are gathered before they are sent, in milliseconds. */
const GATHERED_MS = 1_000;

/**
 * A function for `to` that sends the lines to an address, in their order, as the bodies of POST requests. Lines that
 * cannot be sent are kept and sent with the next; when the page is left, what is there is handed to the browser.
 */
export function toUrl(url, { headers = {}, fetch = globalThis.fetch.bind(globalThis), everyMs = GATHERED_MS } = {}) {
  let waiting = '';
  let timer = null;
  let sending = Promise.resolve();

  async function send() {
    const body = waiting;
    if (body === '') return;
    waiting = '';
    try {
      const types = { 'content-type': 'application/jsonl', ...headers };
      const answer = await fetch(url, { method: 'POST', body, headers: types });
      if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
    } catch {
      waiting = body + waiting;
      later();
    }
  }

  function later() {
    timer ??= setTimeout(() => {
      timer = null;
      sending = sending.then(send);
    }, everyMs);
  }

  globalThis.addEventListener?.('pagehide', () => {
    if (waiting !== '' && globalThis.navigator?.sendBeacon?.(url, waiting)) waiting = '';
  });

  return Object.assign(
    (text) => {
      waiting += text;
      later();
    },
    {
      /** Sends what is there, now; resolves when that was tried. */
      flush: () => (sending = sending.then(send)),
    },
  );
}
