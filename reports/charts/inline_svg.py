"""A picture as part of a page: its size follows the page, its inks the page's theme, and it needs no style of its own,
which the page's policy forbids."""

import re
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
INKS = {
    "#1b2126": "var(--ink)",
    "#5a6570": "var(--soft)",
    "#dde1e5": "var(--rule)",
    "#ffffff": "none",
    "#0072b2": "var(--hue-1)",
    "#d55e00": "var(--hue-2)",
    "#009e73": "var(--hue-3)",
    "#cc79a7": "var(--hue-4)",
    "#e69f00": "var(--hue-5)",
    "#56b4e9": "var(--hue-6)",
    "#5f6b76": "var(--hue-7)",
}
"""The colours that follow the theme, by those of a file; the paper of a page is its own."""

REFERENCE = re.compile(r"url\(#([^)]+)\)")
FONT = re.compile(r"(?:(?P<weight>bold|\d+) )?(?P<size>[\d.]+px) .*")


def inline_svg(picture: bytes, prefix: str, label: str) -> str:
    """The picture as an element of a page; `prefix` makes its names its own, `label` says what it shows."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(picture)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _restyled(element)
        _renamed(element, prefix)
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib |= {"role": "img", "aria-label": label, "stroke-linejoin": "round"}
    return ElementTree.tostring(root, encoding="unicode")


def _restyled(element: ElementTree.Element) -> None:
    """Styles become attributes, which mean the same."""
    for entry in filter(None, element.attrib.pop("style", "").split("; ")):
        name, _, value = entry.rstrip(";").partition(": ")
        if name == "font":
            found = FONT.fullmatch(value)
            assert found is not None, value
            element.set("font-size", found["size"])
            if found["weight"]:
                element.set("font-weight", found["weight"])
        else:
            element.set(name, value)
    for name in ("fill", "stroke"):
        if (ink := INKS.get(element.get(name, ""))) is not None:
            element.set(name, ink)
    if element.tag == f"{{{SVG}}}text" and "fill" not in element.attrib:
        element.set("fill", "var(--ink)")


def _renamed(element: ElementTree.Element, prefix: str) -> None:
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, f"{prefix}-{value}")
        elif name in (f"{{{XLINK}}}href", "href") and value.startswith("#"):
            element.set(name, f"#{prefix}-{value[1:]}")
        elif "url(#" in value:
            element.set(name, REFERENCE.sub(lambda found: f"url(#{prefix}-{found[1]})", value))
