// Each text of a picture on the page, with its contrast to the shapes behind it, through all that is half transparent.
() => {
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  const look = (element) => getComputedStyle(element);

  function opacity(element) {
    return element instanceof SVGElement ? Number(look(element).opacity) * opacity(element.parentNode) : 1;
  }

  function fill(element) {
    const [red, green, blue, alpha = 1] = numbers(look(element).fill);
    return [red, green, blue, alpha * Number(look(element).fillOpacity) * opacity(element)];
  }

  function over([red, green, blue, alpha], below) {
    return [red, green, blue].map((part, at) => part * alpha + below[at] * (1 - alpha));
  }

  function luminance(colour) {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = colour.map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function page(element) {
    if (!element) return [255, 255, 255];
    const [red, green, blue, alpha = 1] = numbers(look(element).backgroundColor);
    return alpha ? [red, green, blue] : page(element.parentElement);
  }

  function behind(text) {
    const box = text.getBoundingClientRect(), picture = text.ownerSVGElement;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    let colour = page(picture);
    for (const shape of picture.querySelectorAll("rect, path, polygon, circle, ellipse")) {
      const before = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      const { left, right, top, bottom } = shape.getBoundingClientRect();
      const under = left <= x && x <= right && top <= y && y <= bottom;
      if (before && under && look(shape).fill !== "none") colour = over(fill(shape), colour);
    }
    return colour;
  }

  function contrast(text) {
    const ground = behind(text), both = [luminance(over(fill(text), ground)), luminance(ground)];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  }

  const shown = [...document.querySelectorAll("svg text")].filter((text) => text.getBoundingClientRect().width);
  return shown.filter((text) => text.textContent.trim()).map((text) => [text.textContent, contrast(text)]);
}
