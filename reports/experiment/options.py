"""What may be asked of an experiment on the command line; light, so that help comes at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from broadcast_orchestrator.reports.options.option_types import Count, Flag, Jobs, JsonFlag, Seed, Several


@Parameter(name="*")
@dataclass(frozen=True)
class ExperimentOptions:
    """What is done with an experiment, how it differs from its file, and where the answer goes.

    Parameters
    ----------
    listed
        List those that ship with the package.
    schema
        Print the JSON schema of experiment files; with --json that of the answer.
    runs
        How many runs each point has at most, in place of what the file says.
    seed
        The seed of everything that is random, in place of what the file says.
    jobs
        How many processes share the work; -1 for as many as there are cores. Results do not depend on it.
    out
        A folder for results.sqlite, answer.json, report.html, junit.xml, the pictures and the traces. The same
        command goes on from what is there.
    as_json
        Print one JSON object and nothing else.
    settings
        A setting, KEY=VALUE, such as config.max_retries=5 or faults.1.probability=0.1.
    until
        Stop early: precision=SHARE when the interval is that narrow to either side, decided when a sequential test
        has decided every claim about a share, each way wrongly with at most (1 - confidence) / confidence (Wald).
    exact
        Show the exact value beside an estimate, where there is one.
    cluster
        The address of a Dask scheduler that shares the work, such as tcp://127.0.0.1:8786.
    parquet
        Write the runs to runs.parquet in the folder, too.
    replay
        Make one run again by its seed, and show it.
    trace
        A file for the trace of that run.
    """

    listed: Annotated[Flag, Parameter(name="--list")] = False
    schema: Flag = False
    runs: Count | None = None
    seed: Seed | None = None
    jobs: Jobs = 1
    out: Path | None = None
    as_json: JsonFlag = False
    settings: Annotated[Several, Parameter(name="--set")] = ()
    until: str | None = None
    exact: Flag = False
    cluster: str | None = None
    parquet: Flag = False
    replay: Seed | None = None
    trace: Path | None = None
