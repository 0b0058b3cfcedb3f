'use strict';
// What a page does beyond being read: copy a command, filter cards, bring a violation into view. All of it can be read
// without this script.
(() => {
  const each = (selector, what) => document.querySelectorAll(selector).forEach(what);

  each('.copyable', (block) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      const text = block.querySelector('code');
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = 'Selected';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    block.append(button);
  });

  const reveal = (box) => {
    const line = box.querySelector('.note-line.breach');
    if (!line || box.scrollWidth <= box.clientWidth) return;
    const at = line.getBoundingClientRect().left - box.getBoundingClientRect().left;
    box.scrollLeft += at - box.clientWidth * 0.8;
  };
  each('.run', reveal);
  document.addEventListener('toggle', (event) => event.target.querySelectorAll?.('.run').forEach(reveal), true);

  const bar = document.querySelector('.filter');
  if (!bar) return;
  const [words, ...choices] = bar.querySelectorAll('input, select');
  const cards = [...document.querySelectorAll('.card')];
  const entries = [...document.querySelectorAll('.overview > li')];
  const shown = bar.querySelector('output');
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    cards.forEach((card, at) => {
      const text = card.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word))
        && choices.every((choice) => !choice.value || card.dataset[choice.name] === choice.value);
      card.hidden = entries[at].hidden = !fits;
      count += fits;
    });
    shown.textContent = `${count} of ${cards.length} shown`;
  };
  bar.addEventListener('input', filter);
  addEventListener('hashchange', () => {
    if (!document.getElementById(location.hash.slice(1))?.closest('[hidden]')) return;
    for (const each of [words, ...choices]) each.value = '';
    filter();
    document.getElementById(location.hash.slice(1)).scrollIntoView();
  });
  bar.hidden = false;
  filter();
})();
