"""A verification made into a report: its witnesses told and made into traces, and a rolled-back start to look at."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import Cell
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast, fault_of
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport, gather
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Trace, walk

EXAMPLE = ("producer.start:lost_reply", "host.stop:late")
"""What goes wrong in the rolled-back start that the report shows: one fault on the way, one while undoing."""


def the_report(verification: Verification) -> VerificationReport:
    """The report of a verification, with its witnesses told and a rolled-back start to look at."""
    broken = [cell for cell in reversed(verification.cells) if cell.witness is not None]
    cells = [*{(cell.guarantee, cell.witness): cell for cell in broken}.values()]  # one story for cells that share it
    rules = verification.asked.rules
    studio = broadcast(verification.seed, tuple(fault_of(text) for text in EXAMPLE))
    return gather(verification, tuple(told(cell, rules) for cell in reversed(cells)), tuple(walk(studio.trace)))


def told(cell: Cell, rules: type[Core] = Core) -> Told:
    """The witness of a cell, told for people."""
    assert cell.witness is not None
    name = f"{cell.guarantee}-{cell.fault_class}-{cell.place}"
    run = cell.witness.passages
    story = tuple(map(in_full, run))
    judging = "" if rules is Core else f" --rules {path_of(rules)}"
    file = f"witnesses/{name}.jsonl{judging}"
    return Told(
        name, cell, cell.witness.violation.what, run, story, f"broadcast replay {file}", f"broadcast explain {file}"
    )


def witness_trace(cell: Cell, verification: Verification) -> Trace:
    """The witness as a trace, to be taken again."""
    assert cell.witness is not None
    about = {"guarantee": cell.guarantee, "breach": cell.witness.violation.what}
    trace = Trace(verification.config, "explorer", setup=about, rules=path_of(verification.asked.rules))
    trace.lines = [passage.line for passage in cell.witness.passages]
    return trace
