"""A verification made into a report: its witnesses told, and made into traces."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import Cell, Witness
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.verify.causes import commands_for
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport, gather
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Trace, in_one_line, taken
from broadcast_orchestrator.sim.world.world import first_world


def the_report(verification: Verification) -> VerificationReport:
    """The report of a verification, with the witnesses told of what no cause explains."""
    explained = {name for cause in verification.causes for name in cause.explains}
    broken = [cell for cell in reversed(verification.cells) if cell.witness is not None and cell.name not in explained]
    cells = [*{(cell.guarantee, cell.witness): cell for cell in broken}.values()]  # one story for cells that share it
    rules = verification.asked.rules
    return gather(verification, tuple(told(cell, rules) for cell in reversed(cells)))


def told(cell: Cell, rules: type[Core] = Core) -> Told:
    """The witness of a cell, told for people."""
    assert cell.witness is not None
    name = f"{cell.guarantee}-{cell.fault_class}-{cell.place}"
    run = cell.witness.passages
    story = tuple(map(in_full, run))
    return Told(name, cell, cell.witness.violation.what, run, story, *commands_for(name, rules))


def witness_trace(witness: Witness, rules: type[Core] = Core) -> Trace:
    """The witness as a trace, to be taken again."""
    about = {"guarantee": witness.violation.guarantee, "breach": witness.violation.what}
    config = witness.config(CONFIG)
    _, raised = taken((passage.step for passage in witness.passages), first_world(config, rules), rules)
    if raised is not None:
        about["raises"] = in_one_line(raised)
    trace = Trace(config, "explorer", setup=about, rules=path_of(rules))
    trace.lines = [passage.line for passage in witness.passages]
    return trace
