"""The shell of every page: its style sheet, its script, its policy, and how its templates are read."""

import base64
import hashlib
import os
from datetime import UTC, datetime
from functools import cache
from importlib import metadata, resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from broadcast_orchestrator.reports.graphs.palette import NODES, STYLE_SHEET
from broadcast_orchestrator.reports.graphs.shown_text import shown_text


def shell(*, images: bool = False, module: str = "", extra_style: str = "") -> dict[str, Any]:
    """What `shell.html.jinja` needs of every page: who made it, the style sheet, the script, and the policy that allows
    the two by their hashes and, if wanted, `images` that stand in the page itself. A page of its own kind adds a script
    of its own, as a `module`, and rules of its own."""
    style, script = style_sheet() + extra_style, template("page.js")
    scripts = " ".join(_named(each) for each in (script, module) if each)
    allowed = (f"script-src {scripts}", f"style-src {_named(style)}", *(("img-src data:",) if images else ()))
    rules = ("default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'")
    texts = {"style": Markup(style), "script": Markup(script), "module": Markup(module)}
    return {**texts, "policy": "; ".join(rules), "origin": origin()}


def _named(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def origin() -> str:
    """Which version wrote a page and, where the environment names it as SOURCE_DATE_EPOCH, on which day; no clock is
    asked, so that the same inputs give the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    day = f" · {datetime.fromtimestamp(int(epoch), UTC):%Y-%m-%d}" if epoch.isdecimal() else ""
    return f"Broadcast Orchestrator {metadata.version('broadcast-orchestrator')}{day}"


@cache
def template(name: str) -> str:
    """One of the files that pages are made of."""
    return resources.files("broadcast_orchestrator.reports").joinpath("templates", name).read_text(encoding="utf-8")


def style_sheet() -> str:
    """The page's style sheet: its own rules, those of timelines and of the state graph, and the states' colours."""
    own = template("report.css") + template("timeline.css")
    light = "".join(
        f"--{kind}-line:{x.light.line};--{kind}-text:{x.light.text};--{kind}-fill:{x.light.fill};"
        for kind, x in NODES.items()
    )
    dark = "".join(
        f"--{kind}-line:{x.dark.line};--{kind}-text:{x.dark.text};--{kind}-fill:{x.dark.fill};"
        for kind, x in NODES.items()
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{STYLE_SHEET}\n{own}"


@cache
def environment() -> Environment:
    """What every template of a page is read with, always the same, so that each is read once however many pages are
    made of it: all texts are escaped, what cannot be shown is a mark, and a name that nobody gave is a mistake."""
    environment = Environment(
        loader=PackageLoader("broadcast_orchestrator.reports"),
        autoescape=True,
        finalize=lambda value: shown_text(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment
