'use strict';
// What a page does beyond being read: copy a command, filter cards, bring a violation into view, be light or dark. All of
// it can be read without this script.
(() => {
  const each = (selector, what) => document.querySelectorAll(selector).forEach(what);

  // Light, dark, or as the system says: the rules of the style sheet for dark screens hold always, never, or then.
  const DARK = '(prefers-color-scheme: dark)';
  const forDark = [...document.styleSheets[0].cssRules].filter((rule) => rule.media?.mediaText === DARK);
  const wear = (theme) => {
    for (const rule of forDark) rule.media.mediaText = { light: 'not all', dark: 'all' }[theme] ?? DARK;
    document.documentElement.style.colorScheme = theme || 'light dark';
  };
  const remembered = { get: () => { try { return localStorage.theme ?? ''; } catch { return ''; } },
    set: (theme) => { try { localStorage.theme = theme; } catch { /* a page without a memory */ } } };
  const themes = document.createElement('label');
  themes.className = 'theme';
  themes.append('Theme ', document.createElement('select'));
  for (const [value, words] of [['', 'as the system'], ['light', 'light'], ['dark', 'dark']]) {
    themes.lastChild.append(new Option(words, value));
  }
  themes.lastChild.addEventListener('change', ({ target }) => { wear(target.value); remembered.set(target.value); });
  document.querySelector('.top nav')?.after(themes);
  themes.lastChild.value = remembered.get();
  wear(themes.lastChild.value);

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

  // A bar of fields, each of which leaves out some of what is listed below it; `apply` says how many of how many stay.
  const filterBar = (kind, apply) => {
    const bar = document.querySelector(`.filter.${kind}`);
    if (!bar) return;
    const [words, ...choices] = bar.querySelectorAll('input, select');
    const shown = bar.querySelector('output');
    const filter = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = Object.fromEntries(choices.map((choice) => [choice.name, choice.value]));
      const says = (text) => wanted.every((word) => text.toLowerCase().includes(word));
      shown.textContent = `${apply(says, chosen).join(' of ')} shown`;
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
  };

  filterBar('of-cards', (says, chosen) => {
    const cards = [...document.querySelectorAll('.card')];
    const entries = document.querySelectorAll('.overview > li');
    cards.forEach((card, at) => {
      const fits = says(card.textContent) && Object.entries(chosen).every(([name, value]) => !value || card.dataset[name] === value);
      card.hidden = entries[at].hidden = !fits;
    });
    return [cards.filter((card) => !card.hidden).length, cards.length];
  });

  filterBar('of-matrix', (says, { answer, fault }) => {
    const rows = [...document.querySelectorAll('#matrix .matrix tbody tr')];
    each('#matrix .matrix [data-fault]', (cell) => { cell.hidden = fault !== '' && cell.dataset.fault !== fault; });
    for (const row of rows) {
      const squares = [...row.querySelectorAll('[data-answer]')].filter((square) => !square.hidden);
      const fits = says(row.cells[0].textContent) && (!answer || squares.some((square) => square.dataset.answer === answer));
      row.hidden = document.getElementById(row.dataset.name).hidden = !fits;
    }
    const left = rows.filter((row) => !row.hidden);
    if (left.length < rows.length) each('details.rows', (fold) => { fold.open ||= left.some((row) => fold.contains(row)); });
    return [left.length, `${rows.length} guarantees`];
  });
})();
