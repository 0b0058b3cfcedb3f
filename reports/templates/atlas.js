// One picture at a time, as large as one wants it, moved about in by dragging or scrolling. Without this script all
// pictures stand below one another.

const STEP = 1.25, SMALLEST = 0.05, LARGEST = 4;
const part = document.getElementById('part');
const sheets = new Map([...document.querySelectorAll('.sheet')].map((sheet) => [sheet.id, sheet]));
let scale = 1;

const box = () => sheets.get(part.value).querySelector('.figure');
const size = () => box().querySelector('svg').viewBox.baseVal;

/** Show the picture at this scale; the point (x, y) of its box stays where it is. */
function show(wanted, x = box().clientWidth / 2, y = box().clientHeight / 2) {
  const before = scale, frame = box(), svg = frame.querySelector('svg');
  scale = Math.min(Math.max(wanted, SMALLEST), LARGEST);
  const [left, top] = [(frame.scrollLeft + x) / before, (frame.scrollTop + y) / before];
  svg.setAttribute('width', size().width * scale);
  svg.setAttribute('height', size().height * scale);
  frame.scrollTo(left * scale - x, top * scale - y);
  document.getElementById('scale').textContent = `${Math.round(scale * 100)} %`;
}

const fit = () => show(Math.min(box().clientWidth / size().width, box().clientHeight / size().height, 1));

function choose(id) {
  part.value = id;
  for (const [name, sheet] of sheets) sheet.hidden = name !== id;
  fit();
}

const SCALES = { smaller: () => show(scale / STEP), larger: () => show(scale * STEP), fit, full: () => show(1) };
for (const button of document.querySelectorAll('[data-scale]')) button.addEventListener('click', SCALES[button.dataset.scale]);
part.addEventListener('change', () => { location.hash = part.value; });
addEventListener('hashchange', () => { if (sheets.has(location.hash.slice(1))) choose(location.hash.slice(1)); });

for (const { firstElementChild: caption, lastElementChild: frame } of sheets.values()) {
  caption.classList.add('hidden');
  let held = null;
  frame.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { left, top } = frame.getBoundingClientRect();
    show(scale * (event.deltaY < 0 ? STEP : 1 / STEP), event.clientX - left, event.clientY - top);
  }, { passive: false });
  frame.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey) return;
    ({ '+': SCALES.larger, '-': SCALES.smaller, 0: fit })[event.key]?.();
  });
  frame.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') return; // fingers scroll by themselves
    held = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
    frame.setPointerCapture(event.pointerId);
    frame.classList.add('held');
  });
  frame.addEventListener('pointermove', (event) => { if (held) frame.scrollTo(held[0] - event.clientX, held[1] - event.clientY); });
  for (const kind of ['pointerup', 'pointercancel']) frame.addEventListener(kind, () => { held = null; frame.classList.remove('held'); });
}

document.body.classList.add('scripted');
choose(sheets.has(location.hash.slice(1)) ? location.hash.slice(1) : 'whole');
