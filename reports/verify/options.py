"""What `broadcast verify` is asked for on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from broadcast_orchestrator.reports.options.option_types import Count, Flag, JsonFlag, Seed


@Parameter(name="*")
@dataclass(frozen=True)
class VerifyOptions:
    """What is verified, and where the answer goes.

    Parameters
    ----------
    faults
        How many faults may happen in one run, 0 to 3.
    seed
        The seed of everything that is random.
    out
        A folder for report.html, report.json, junit.xml, summary.md and a trace of each witness.
    as_json
        Print one JSON object and nothing else.
    only
        Only these guarantees, such as G2,G4. With this or one of the next three, the explorer alone is asked.
    faults_only
        Only these classes of fault, such as F2,F3; F0 is no fault.
    places
        Only faults at these places, such as rollback,cleanup.
    rules
        Another core to be judged, module:Class.
    measures
        Judge the reference with these measures, such as read-back,fencing, or all, by what they claim: the explorer
        does, and random runs.
    table
        Also judge every set of measures with one fault, as broadcast measures does, for a page measures.html beside the
        report and its first picture in it; takes some minutes more.
    thorough
        Also measure how the search grows with the faults, and have every broken variant of the reference caught;
        takes minutes more.
    mechanical
        How many changes of one place of the core's sources a thorough verification tries, 60 if nothing is said; with
        2000 it tries all, which takes long.
    runs
        How many random runs are simulated and judged, a thousand if nothing is said; a million take some minutes.
    cluster
        The address of a Dask scheduler that shares the random runs, such as tcp://127.0.0.1:8786.
    events
        A file for what happens while it happens, a JSON object a line; - for standard output, and nothing else there.
    annotations
        Print what is violated as GitHub annotations. By default where GITHUB_ACTIONS is true.
    since
        An earlier report, to tell what changed since; by default the one that is replaced in --out, if there is one.
    experiment
        A folder of `broadcast experiment --out`, whose claims and pictures the report shows; may be given more than
        once.
    """

    faults: int = 2
    seed: Seed = 0
    out: Path | None = None
    as_json: JsonFlag = False
    only: str | None = None
    faults_only: str | None = None
    places: str | None = None
    rules: str | None = None
    measures: Annotated[str | None, Parameter(name="--with")] = None
    table: Annotated[bool, Parameter(name="--measures", negative="")] = False
    thorough: Flag = False
    mechanical: Count | None = None
    runs: Count | None = None
    cluster: str | None = None
    events: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None
    annotations: bool | None = None
    since: Path | None = None
    experiment: Annotated[tuple[Path, ...], Parameter(show_default=False)] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether only a part is asked for, or something else than the guide's reference is judged."""
        return bool(self.only or self.faults_only or self.places or self.rules or self.measures)

    @property
    def for_machines(self) -> bool:
        """Whether standard output is read by a program, and words would be in its way."""
        return self.as_json or self.events == "-"
