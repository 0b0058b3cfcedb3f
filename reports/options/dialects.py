"""The option `--dialect`: where an implementation departs from the guide on purpose."""

from pathlib import Path

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.subjects.dialect import Dialect, DialectError, load_dialect


def dialect_given(file: Path | None) -> Dialect:
    """The dialect in the file, or the guide itself. Raises BadInput, one line, where there is none."""
    try:
        return Dialect() if file is None else load_dialect(file)
    except DialectError as mistake:
        raise BadInput(f"--dialect {mistake}") from None
