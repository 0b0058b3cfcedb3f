"""Controls in two parts: the stance, and the ledger that few rules read."""

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import INITIALIZE, Failure, FailureKind
from broadcast_orchestrator.model.state import ATTEMPT, CoreState, Procedure
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.model_check.proof import judge_of
from broadcast_orchestrator.sim.explore.compiling.ledger import UNSAID, LedgerProgram
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.compiling.symbolic_rules import Compiler
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.world.world import Scope


def choices() -> StanceChoices:
    """Choices of the reference, none of which is known yet."""
    return StanceChoices(Compiler(Scope(), Core, judge_of(Core)))


def control(*, initialized: bool, failures: tuple[Failure, ...], lost: bool) -> Control:
    """The first attempt to initialize, with this ledger."""
    procedure = Procedure(INITIALIZE, ATTEMPT, CoreState().config, failures=failures)
    return Control(CoreState(initialized=initialized, procedure=procedure), JudgeMemory(command=INITIALIZE, lost=lost))


def test_controls_that_differ_in_their_ledger_share_a_stance() -> None:
    """Controls that differ in what went wrong, in whether the host is initialized and in whether a service was lost
    have one stance; each comes back from its two numbers."""
    known, failure = choices(), Failure("host.initialize", FailureKind.FAILED)
    controls = [
        control(initialized=initialized, failures=failures, lost=lost)
        for initialized in (False, True)
        for failures in ((), (failure,))
        for lost in (False, True)
    ]
    parts = [known.split(each) for each in controls]
    assert {stance for stance, _ in parts} == {0}
    assert [ledger for _, ledger in parts] == list(range(8))
    assert [known.control(*each) for each in parts] == controls
    at_rest = known.split(Control(CoreState(), JudgeMemory()))
    assert at_rest[0] == 1
    assert known.control(*at_rest) == Control(CoreState(), JudgeMemory())


def test_of_a_stance_alone_the_ledger_is_not_to_be_read() -> None:
    """Of a stance alone all that is no ledger's can be read; whoever asks anything of the ledger is told of it."""
    known = choices()
    stance, _ = known.split(control(initialized=True, failures=(), lost=False))
    core, memory = known.seen(stance)
    assert core.procedure is not None
    assert (core.procedure.command, core.procedure.phase, core.state, memory.command) == (
        "initialize", "attempt", "idle", "initialize",
    )  # fmt: skip
    said: list[object] = [core.initialized, core.procedure.failures, core.procedure.notes, memory.lost]
    assert all(each is UNSAID for each in said)
    for ask in (bool, len, list, lambda each: each == (), lambda each: each[0], lambda each: 1 in each):
        with pytest.raises(AssertionError, match="ledger"):
            ask(UNSAID)


@pytest.mark.parametrize(
    ("program", "ledger", "after"),
    [
        (LedgerProgram(), (4, 5), (4, 5)),
        (LedgerProgram(((0, 4),), ((1, 6),)), (4, 5), (4, 6)),
        (LedgerProgram(((0, 3),), ((1, 6),)), (4, 5), None),
        (LedgerProgram((), ((1, 5),), moves=True), (4, 5), None),
        (LedgerProgram((), ((1, 5),), moves=True), (4, 6), (4, 5)),
    ],
)
def test_a_program_applies_where_its_guard_holds(
    program: LedgerProgram, ledger: tuple[int, ...], after: tuple[int, ...] | None
) -> None:
    """A program writes what it writes where the ledger says what its guard wants; one that has to move something does
    not apply where nothing would change."""
    assert program.of(ledger) == after
