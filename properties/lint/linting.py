"""Read an application's pages, and tell what the guide forbids in them (SM-2 and the clauses of each rule)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from broadcast_orchestrator.properties.lint.accepting import Acceptance, acceptances
from broadcast_orchestrator.properties.lint.catalogue import BYPASSING, RULES, PageRule
from broadcast_orchestrator.properties.lint.findings import Migration, PageFinding, PageReport, Unread
from broadcast_orchestrator.properties.lint.folders import Found, Text, find
from broadcast_orchestrator.properties.lint.own_files import orchestrators_own
from broadcast_orchestrator.properties.lint.page import Page, Site
from broadcast_orchestrator.properties.lint.reading.syntax import DoesNotParse, column, line
from broadcast_orchestrator.properties.lint.reading.units import Unit
from broadcast_orchestrator.properties.lint.reading.vocabulary import GUIDE, Vocabulary
from broadcast_orchestrator.properties.lint.rules import (
    buttons,
    bypassing,
    initializing,
    local_state,
    monitoring,
    promises,
)

_OF_ONE_PAGE: tuple[Callable[[Page], Iterator[Site]], ...] = (
    bypassing.operations,
    bypassing.fields,
    bypassing.states,
    local_state.copies,
    promises.unhandled,
    promises.handed_to_events,
    initializing.again,
    buttons.unasked,
)


class _Read(NamedTuple):
    """A file that was read, with the places that it shows by itself, and what others have to know of it: the hooks
    that initialize, and the elements that it shows."""

    path: str
    page: Page
    sites: tuple[Site, ...]
    hooks: tuple[str, ...]
    shown: tuple[monitoring.Shown, ...]


class _Told(NamedTuple):
    path: str
    page: Page
    site: Site
    acceptance: Acceptance | None


def lint(paths: tuple[Path, ...], vocabulary: Vocabulary = GUIDE) -> PageReport:
    """Read all TypeScript under the paths. Raises `NoPages` where a path leads to none."""
    found = find(paths, _interesting(vocabulary))
    read, broken = _pages(found, vocabulary)
    own = orchestrators_own({each.path: each.page for each in read}, vocabulary)
    read = [each for each in read if each.path not in own]
    told = tuple(_told(read))
    idle = tuple(_idle(read, told))
    every = tuple(_findings(told))
    return PageReport(
        files=len(found.texts) - len(broken),
        findings=tuple(each for each in every if not each.note and not each.because),
        notes=tuple(each for each in every if each.note and not each.because),
        accepted=tuple(each for each in every if each.because),
        idle=idle,
        unread=tuple(sorted((*found.unread, *broken))),
        left_out=found.left_out,
        migration=_migration(read, told),
    )


def _interesting(vocabulary: Vocabulary) -> re.Pattern[bytes]:
    """What a file mentions that has to do with the broadcast."""
    stores = (name.rpartition("#")[2] for name in vocabulary.stores)
    names = {*stores, *vocabulary.orchestrators, *vocabulary.hooks, *vocabulary.monitors, "startBroadcast", "isLive"}
    return re.compile(rb"\b(" + "|".join(map(re.escape, sorted(names))).encode() + rb")\b")


def _pages(found: Found, vocabulary: Vocabulary) -> tuple[list[_Read], list[Unread]]:
    """The files that parse, and those that do not; the latter matter where they name something of the broadcast."""
    read: list[_Read] = []
    broken: list[Unread] = []
    interesting = _interesting(vocabulary)
    for text in found.texts:
        try:
            read.append(_read(text, vocabulary))
        except (DoesNotParse, RecursionError) as mistake:
            why = (
                f"does not parse: line {mistake.line}" if isinstance(mistake, DoesNotParse) else "is nested too deeply"
            )
            broken.append(Unread(text.path, why, interesting.search(text.source) is not None))
    return read, broken


def _read(text: Text, vocabulary: Vocabulary) -> _Read:
    path = PurePosixPath(text.path)
    page = Page(text.source, path.name.partition(".")[0], vocabulary, tsx=path.suffix == ".tsx")
    sites = [site for rule in _OF_ONE_PAGE for site in rule(page)]
    sites += bypassing.mixed(page, tuple(sites))
    hooks = tuple(initializing.initializing_hooks(page))
    return _Read(text.path, page, tuple(sites), hooks, tuple(monitoring.shown(page)))


def _told(read: list[_Read]) -> Iterator[_Told]:
    """Every place where a rule is broken, by file, line and rule, with the comment that accepts it."""
    hooks = frozenset(name for each in read for name in each.hooks)
    shown = tuple(one for each in read for one in each.shown)
    for path, page, sites, _, _ in read:
        across = (*initializing.places(page, hooks), *monitoring.shipped(page, shown))
        comments = acceptances(page)
        for site in sorted((*sites, *across), key=_in_order):
            covering = (each for each in comments if each.covers(page, site))
            yield _Told(path, page, site, next(covering, None))


def _in_order(site: Site) -> tuple[int, int, int]:
    return line(site.node), list(PageRule).index(site.rule), site.node.start_point.column


def _findings(told: Iterable[_Told]) -> Iterator[PageFinding]:
    """Each mistake of a component once, where it is first; what a comment accepts by itself."""
    groups: dict[tuple[object, ...], list[_Told]] = {}
    for each in told:
        unit, site = each.page.unit(each.site.node), each.site
        because = each.acceptance.because if each.acceptance else ""
        groups.setdefault((each.path, unit.node.id, site.rule, site.what, because), []).append(each)
    taken: Counter[str] = Counter()
    for group in groups.values():
        yield _finding(group, taken)


def _finding(group: list[_Told], taken: Counter[str]) -> PageFinding:
    path, page, site, acceptance = group[0]
    unit = page.unit(site.node)
    first = line(site.node)
    said = f"{PurePosixPath(path).name} {unit.name} {site.rule} {site.what}"
    taken[said] += 1
    return PageFinding(
        id=f"{site.rule}-{sha256(f'{said} {taken[said]}'.encode()).hexdigest()[:8]}",
        rule=site.rule,
        path=path,
        line=first,
        column=column(site.node, page.syntax.lines[first - 1]),
        unit=unit.name,
        what=site.what,
        source=page.syntax.lines[first - 1].strip(),
        instead=site.instead or RULES[site.rule].instead,
        also=tuple(sorted({line(each.site.node) for each in group} - {first})),
        note=site.note,
        because=acceptance.because if acceptance else "",
        unreasoned=acceptance is not None and not acceptance.because,
    )


def _idle(read: list[_Read], told: tuple[_Told, ...]) -> Iterator[tuple[str, int, str]]:
    """The comments that accept nothing: a rule that is not broken there, or that there is not."""
    used = {(each.path, each.acceptance.line, each.site.rule) for each in told if each.acceptance is not None}
    for path, page, *_ in read:
        for comment in acceptances(page):
            for rule in comment.rules:
                if (path, comment.line, rule) not in used:
                    yield path, comment.line, rule


def _migration(read: list[_Read], told: tuple[_Told, ...]) -> Migration:
    """Acceptance moves nobody: whoever bypasses the orchestrator does so, whatever is said about it."""
    concerned: dict[tuple[str, int], Unit] = {}
    for path, page, *_ in read:
        for unit in page.concerned_units:
            if unit.node.type != "program":
                concerned[path, unit.node.id] = unit
    still: dict[tuple[str, int], Unit] = {}
    for each in told:
        unit = each.page.unit(each.site.node)
        concerned.setdefault((each.path, unit.node.id), unit)
        if each.site.rule in BYPASSING:
            still[each.path, unit.node.id] = unit
    return Migration(tuple(unit.name for unit in concerned.values()), tuple(unit.name for unit in still.values()))
