"""A timeline as an SVG file of its own: the page's rules for it, with every colour spelled out for any viewer."""

import re

from broadcast_orchestrator.reports.output.page_shell import style_sheet
from broadcast_orchestrator.reports.timelines.timeline import Timeline
from broadcast_orchestrator.reports.timelines.timeline_svg import svg

_DARK = re.compile(r"@media \(prefers-color-scheme: dark\)\s*\{\s*:root\s*\{(.*?)\}\s*\}", re.DOTALL)
_ROOT = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
_VARIABLE = re.compile(r"--([\w-]+):\s*([^;]+);")
_USE = re.compile(r"var\(--([\w-]+)\)")


def picture_file(line: Timeline, title: str) -> str:
    """The picture of `line`, light or dark as its viewer is; `title` is what a screen reader says of it."""
    head, _, body = svg(line, title).partition(">")
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return f"{head}><style>{style()}</style>{paper}{body}\n"


def style() -> str:
    """The rules of a timeline in both colours; a viewer that knows no dark ones shows the light."""
    sheet = style_sheet()
    light = dict(_VARIABLE.findall("".join(_ROOT.findall(_DARK.sub("", sheet)))))
    dark = light | dict(_VARIABLE.findall("".join(_DARK.findall(sheet))))
    rules = [rule for rule in sheet.splitlines() if rule.startswith(".timeline")]
    rules.append(".timeline .paper { fill: var(--card) }")
    both = [_USE.sub(lambda use, colours=colours: colours[use[1]], "\n".join(rules)) for colours in (light, dark)]  # type: ignore[misc]
    return f"{both[0]}\n@media (prefers-color-scheme: dark) {{\n{both[1]}\n}}"
