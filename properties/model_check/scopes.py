"""Scopes beside the plain one of the matrix: where a mistake shows that never shows in it.

In each of them every guarantee is asked as in the matrix, to a depth that is affordable; together they cover content
that goes and comes, configurations that change at any moment, starts without a session and with two, no auto-recovery
and no sync, other numbers of retries, late replies and lost services, faults of two classes together, and a table that
is only watched.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.patience import is_unforeseen
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER, UNAIDED, ProofSearch
from broadcast_orchestrator.properties.model_check.second_process import ALONE, SecondProcess
from broadcast_orchestrator.properties.model_check.sights import count_sights
from broadcast_orchestrator.properties.model_check.witnesses import witness
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.state_space import BOUNDS, Bounds
from broadcast_orchestrator.sim.world.faults import (
    BY_ID,
    CLEANUP,
    CONFLICT,
    EMERGENCY,
    FORWARD,
    HANG,
    LATE,
    LOST_SERVICE,
    REFUSE,
    ROLLBACK,
    SECOND_DASHBOARD,
    SUSPEND,
)
from broadcast_orchestrator.sim.world.rules_by_name import without_rules
from broadcast_orchestrator.sim.world.world import Scope

OTHER = OrchestratorConfig(
    initialization_timeout=5_000,
    startup_timeout=6_000,
    shutdown_timeout=7_000,
    max_retries=0,
    retry_delay=500,
    enable_auto_recovery=False,
    enable_convex_sync=False,
)
"""A configuration that differs from the one that is explored in everything that decides anything."""

BARE = CONFIG._replace(max_retries=0, enable_auto_recovery=False, enable_convex_sync=False)
WATCHED = CONFIG._replace(enable_state_validation=False)
HASTY = CONFIG._replace(max_retries=0)
PATIENT = CONFIG._replace(max_retries=2, enable_auto_recovery=False)


class NamedScope(NamedTuple):
    """A scope in words, what may happen in it, and the configuration that it begins with."""

    name: str
    scope: Scope
    config: OrchestratorConfig = CONFIG


SCOPES = (
    NamedScope("nothing goes wrong, commands come at any moment", Scope(racing=True)),
    NamedScope("a service is lost", Scope((LOST_SERVICE,), limit=1)),
    NamedScope("neither retries nor auto-recovery nor sync", Scope(faults=TOGETHER, limit=1), BARE),
    NamedScope("starts without a session and with two", Scope((REFUSE,), limit=1, sessions=(None, "s1", "s2"))),
    NamedScope("content goes and comes", Scope((REFUSE, HANG), limit=1, filling=True)),
    NamedScope("content goes and comes, commands racing", Scope(filling=True, racing=True)),
    NamedScope("the configuration changes at any moment", Scope((REFUSE, HANG), limit=1, configs=(CONFIG, OTHER))),
    NamedScope("two retries, no auto-recovery", Scope((REFUSE,), limit=3), PATIENT),
    NamedScope("three late replies in starts", Scope((LATE,), (FORWARD, ROLLBACK), limit=3), HASTY),
    NamedScope("replies come late, commands racing", Scope((LATE,), limit=1, racing=True)),
    NamedScope("the table is only watched", Scope((REFUSE,), limit=1, racing=True), WATCHED),
    NamedScope("a refusal and a lost service", Scope((REFUSE, LOST_SERVICE), limit=2), HASTY),
    NamedScope("a refusal and a conflict", Scope((REFUSE, CONFLICT), limit=2), HASTY),
    NamedScope("a late reply and a refusal", Scope((LATE, REFUSE), limit=2), HASTY),
    NamedScope(
        "stops and cleanups are refused and a service is lost, commands racing",
        Scope((REFUSE, LOST_SERVICE), (EMERGENCY, CLEANUP), limit=2, racing=True, sessions=(None,)),
        HASTY,
    ),
    NamedScope(
        "two sessions are written and replies come late, commands racing",
        Scope((LATE,), (FORWARD, ROLLBACK), limit=2, racing=True, sessions=("s1", "s2")),
        HASTY,
    ),
    NamedScope(
        "content, sessions and configurations change together",
        Scope((REFUSE,), limit=1, sessions=(None, "s1", "s2"), filling=True, configs=(CONFIG, OTHER)),
    ),
)
"""Every scope beside that of the matrix, cheap ones first."""

WITHSTOOD = (*TOGETHER, LOST_SERVICE, CONFLICT)

DEEP_SCOPES = (
    NamedScope(
        "the page sleeps, and something else that is withstood goes wrong besides",
        Scope((*WITHSTOOD, SUSPEND), limit=2),
    ),
    NamedScope(
        "another dashboard commands, and something else goes wrong besides, but for what the design foresees",
        Scope((*WITHSTOOD, SECOND_DASHBOARD), limit=2),
    ),
)
"""What a thorough verification explores besides: the classes that the matrix takes for the only fault of a run."""


def explored(
    named: NamedScope, rules: type[Core] = Core, bounds: Bounds = BOUNDS, *, first: bool = False
) -> Exploration:
    """Explore the scope under these rules, to the end or until the `first` violation that no gap explains. Classes that
    nobody withstands unaided are told apart."""
    search = ProofSearch(named.scope, rules, named.config, bounds)
    apart = Apart(tuple(fault for fault in named.scope.faults if fault in UNAIDED))
    return search.explored(apart=apart, until=lambda kind: first and not kind[1])


def unforeseen_in(exploration: Exploration) -> Found | None:
    """What was found first that the design does not foresee after the faults that were told apart."""
    return next((found for found in exploration.found if is_unforeseen(found, exploration.space)), None)


class ScopeAnswer(NamedTuple):
    """What was found in one scope: whether every guarantee holds there, and how often each thing was seen."""

    name: str
    claim: Claim
    sights: Mapping[str, int]


def scope_answer(named: NamedScope, rules: type[Core] = Core, mended: tuple[str, ...] = ()) -> ScopeAnswer:
    """Explore the scope: does every guarantee hold in it, apart from the guide's own gaps, and what is there to see?
    Those of the rules that are `mended`, by name, are the reference's again."""
    if mended:
        rules = _mended(rules, mended)  # type: ignore[arg-type]  # classes can be hashed
    told_apart = any(fault in UNAIDED for fault in named.scope.faults)
    exploration = explored(named, rules, first=not told_apart)
    return ScopeAnswer(named.name, _claim(named, exploration), count_sights(exploration))


@lru_cache(maxsize=1)  # one class for all scopes: their searches remember its rules
def _mended(rules: type[Core], names: tuple[str, ...]) -> type[Core]:
    return without_rules(rules, names)


def _claim(named: NamedScope, exploration: Exploration) -> Claim:
    words = f"every guarantee holds where {named.name}"
    if wrong := unforeseen_in(exploration):
        shown = witness(exploration, wrong)
        return Claim("explorer", words, VIOLATED, str(shown.violation), shown)
    if exploration.cut_off:
        return Claim("explorer", words, UNKNOWN, exploration.cut_off)
    return Claim("explorer", words, PROVED, _size(named, exploration))


def scope_answers(
    rules: type[Core] = Core,
    beside: SecondProcess = ALONE,
    scopes: tuple[NamedScope, ...] = SCOPES,
    mended: tuple[str, ...] = (),
) -> Iterator[ScopeAnswer]:
    """The answer of every scope, in their order: this process begins with the first, and the one `beside` it with the
    last, until they meet."""
    tasks = [beside.begin(scope_answer, named, rules, mended) for named in reversed(scopes)]
    return (task.answer() for task in reversed(tasks))


def _size(named: NamedScope, exploration: Exploration) -> str:
    scope = named.scope
    kinds = ", ".join(BY_ID[fault].name.replace("_", " ") for fault in scope.faults)
    faults = f"up to {scope.limit} of {kinds}" if scope.limit else "no fault"
    return f"{exploration.states:,} worlds, {faults}, commands {'racing' if scope.racing else 'one at a time'}"
