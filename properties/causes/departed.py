"""One step in which rules do otherwise than the reference: what differs, which of their own rules are to blame, and the
sentence that tells it."""

from typing import NamedTuple, assert_never

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    Command,
    Configure,
    Content,
    Event,
    Forget,
    Reply,
    Report,
    TimerFired,
)
from broadcast_orchestrator.model.state import DELAY, CoreState
from broadcast_orchestrator.model.views import AWAITED, INDEX
from broadcast_orchestrator.properties.causes.deviations import Deviation, Kinds, deviations
from broadcast_orchestrator.properties.causes.outcome import outcome_of
from broadcast_orchestrator.properties.telling import phrases
from broadcast_orchestrator.sim.world.rules_by_name import overridden, reference_of, without_rules

CLAUSES = 3
"""How much of what differs in a step its sentence tells."""

DISPATCHERS = frozenset(
    ("handle", "happen", "command", "idle_command", "reply", "answered", "phase_over", "step_failed", "proceed")
)
"""Rules that lead to all others: that one of them is to blame says little about which mistake it is."""


class DepartedStep(NamedTuple):
    """A step that differs: the core before it, what it hears, and what differs."""

    core: CoreState
    event: Event
    found: tuple[Deviation, ...]

    @classmethod
    def of(cls, core: CoreState, event: Event, rules: type[Core]) -> "DepartedStep":
        """What differs under these rules when the core hears this."""
        there, here = outcome_of(core, event, reference_of(rules)), outcome_of(core, event, rules)
        return cls(core, event, deviations(core, event, there, here))

    @property
    def kinds(self) -> Kinds:
        """The kinds of what differs."""
        return frozenset(deviation.kind for deviation in self.found)

    @property
    def sentence(self) -> str:
        """What happens, and what the core does then and the reference does not."""
        clauses = [deviation.words for deviation in self.found[:CLAUSES]]
        told = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"
        return f"when {_event(self.core, self.event)} {_during(self.core)}, the core {told}"


# -- Which rules are to blame ---------------------------------------------------------------------


class Part(NamedTuple):
    """What one rule has to do with a step that differs: its name, "" where none can be told; what differs where no
    other rule is broken; and the core of which that is true."""

    rule: str
    step: DepartedStep
    rules: type[Core]


def parts_of(step: DepartedStep, rules: type[Core]) -> tuple[Part, ...]:
    """The step taken apart: a part for each rule that is to blame for some of it, or one for the whole step."""
    names = blamed(step, rules)
    if len(names) == 1:
        return (Part(names[0], step, rules),)
    cores = ((name, only(rules, name)) for name in names)
    alone = (Part(name, DepartedStep.of(step.core, step.event, core), core) for name, core in cores)
    return tuple(part for part in alone if part.step.kinds & step.kinds) or (Part("", step, rules),)


def blamed(step: DepartedStep, rules: type[Core]) -> tuple[str, ...]:
    """The rules that the class overrides and that make the difference in this step: the one that has the reference's
    outcome when it alone is the reference's again, else those that change anything then."""
    core, event = step.core, step.event
    there, here = outcome_of(core, event, reference_of(rules)), outcome_of(core, event, rules)
    without = {name: outcome_of(core, event, without_rules(rules, (name,))) for name in overridden(rules)}
    healing = tuple(name for name, outcome in without.items() if outcome == there)
    return healing[:1] or tuple(name for name, outcome in without.items() if outcome != here)


def only(rules: type[Core], name: str) -> type[Core]:
    """The same rules with the reference's in place of all that are overridden but that one."""
    return without_rules(rules, (other for other in overridden(rules) if other != name))


# -- In words -------------------------------------------------------------------------------------


def _during(core: CoreState) -> str:
    procedure = core.procedure
    return f"in {core.state}" if procedure is None else f"during {procedure.command} ({procedure.phase})"


def _event(core: CoreState, event: Event) -> str:
    match event:
        case Command(name, session):
            return f"a caller asks for {phrases.named(name, session)}"
        case Reply(service, position, ok):
            call = core.views[INDEX[service]].calls[position]
            late = "" if call.standing == AWAITED else " late"
            return f"{phrases.named(call.operation, call.session)} {phrases.SUCCEEDS if ok else phrases.FAILS}{late}"
        case TimerFired():
            return "the delay is over" if core.procedure and core.procedure.phase == DELAY else "the time limit comes"
        case Report(service):
            return f"{service} reports that it was lost"
        case Content(present):
            return phrases.filled(present)
        case Configure():
            return "the configuration is changed"
        case Forget(service):
            return f"an answer of {service} is lost"
        case never:
            assert_never(never)
