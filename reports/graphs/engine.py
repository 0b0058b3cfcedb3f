"""The one place that knows the layout library: Graphviz, from the wheel of pygraphviz."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.reports.graphs.shown_text import shown_text
from broadcast_orchestrator.sim.processes.scratch import scratch

FONT = "Helvetica,Arial,sans-serif"
"""Asked for by name; measured with a font that is a little wider, so that no text outgrows its place anywhere."""

_RASTER = {"dpi": "144", "size": "100,100"}  # sharp on any screen; inches, below the largest image that can be written

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir><selectfont>
<rejectfont><glob>*</glob></rejectfont><acceptfont><glob>*/DejaVuSans*.ttf</glob></acceptfont>
</selectfont></fontconfig>"""


class Size(NamedTuple):
    """Width and height in points."""

    width: float
    height: float


def graphviz(dot: str, output: str, *, program: str = "dot") -> bytes:
    """A DOT text as Graphviz draws it: `output` is one of its formats, `program` one of its layouts.

    The same text gives the same bytes. A text that is not DOT, or an unknown format or layout, raises ValueError.
    """
    _pin_the_font()
    return _draw(dot, output, program)


def measure(texts: Iterable[str], font_size: float) -> dict[str, Size]:
    """How much room each text takes at `font_size` points; lines end with a newline."""
    wanted = sorted({text for text in texts if text})
    nodes = "\n".join(f"{number} [label={quote(text)}]" for number, text in enumerate(wanted))
    dot = f'graph {{ node [shape=plain fontname="{FONT}" fontsize={font_size}]\n{nodes} }}'
    placed: list[dict[str, Any]] = json.loads(graphviz(dot, "json")).get("objects", [])
    return {wanted[int(box["name"])]: Size(float(box["width"]) * 72, float(box["height"]) * 72) for box in placed}


def quote(text: str, *, flush_left: bool = False) -> str:
    """A text as a DOT string that shows exactly this text, its lines centred or flush left."""
    escaped = shown_text(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    lines = [line or " " for line in escaped.split("\n")]  # Graphviz 14 may crash on an empty line
    return '"' + ("".join(f"{line}\\l" for line in lines) if flush_left else "\\n".join(lines)) + '"'


def _draw(dot: str, output: str, program: str) -> bytes:
    import pygraphviz  # loads a large native library

    graph = pygraphviz.AGraph(string=dot)
    if output.startswith("png"):
        graph.graph_attr.update(_RASTER)
    drawn: bytes = graph.draw(format=output, prog=program)
    return drawn


@cache
def _pin_the_font() -> None:
    """Measure all text with the font that matplotlib brings along, so that no machine's own fonts move a label.

    The font library reads its settings when it is first used and never again, so ours need to stand only that long.
    """
    with scratch(Path(tempfile.gettempdir())) as folder:
        settings = Path(folder, "fonts.conf")
        settings.write_text(_FONTS.format(fonts=_font_folder(), cache=folder), encoding="utf-8")
        before = os.environ.get("FONTCONFIG_FILE")
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            with _quiet():
                _draw("graph { a }", "svg", "dot")
        finally:
            del os.environ["FONTCONFIG_FILE"]
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep native code off the error stream: the font library complains there of files that are newer than it is."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _font_folder() -> Path:
    matplotlib = find_spec("matplotlib")  # found, not imported: that would take longer than the drawing
    assert matplotlib is not None
    assert matplotlib.origin is not None
    return Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf"
