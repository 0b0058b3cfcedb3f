"""The shell of every page: its style sheet, its policy, and how its templates are read."""

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from broadcast_orchestrator.reports.graphs.palette import NODES, STYLE_SHEET


def policy(style: str) -> str:
    """The content security policy of a page whose only resource is this style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def style_sheet() -> str:
    """The page's style sheet: its own rules, the state graph's, and the colours of the states for both."""
    own = resources.files("broadcast_orchestrator.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
    light = "".join(
        f"--{kind}-line:{x.light.line};--{kind}-text:{x.light.text};--{kind}-fill:{x.light.fill};"
        for kind, x in NODES.items()
    )
    dark = "".join(
        f"--{kind}-line:{x.dark.line};--{kind}-text:{x.dark.text};--{kind}-fill:{x.dark.fill};"
        for kind, x in NODES.items()
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{STYLE_SHEET}\n{own}"


def environment() -> Environment:
    """What every template of a page is read with: all texts are escaped, and a name that nobody gave is a mistake."""
    environment = Environment(
        loader=PackageLoader("broadcast_orchestrator.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment
