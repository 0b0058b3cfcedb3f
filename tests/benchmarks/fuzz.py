"""The fuzzer: damaged files of every kind, options and environments, through the real entry point.

`make fuzz SECONDS=60` tries inputs for so long, and tells how many there were and what was found: a traceback, an exit
code that means nothing, a hang, a gibibyte of memory, a file that is left behind, an explanation in Python's words. A
finding is there to be replayed: `make fuzz SEED=7 INPUT=123`. With atheris installed, `--guided` lets what the code
does with an input decide what is tried next; the inputs and what counts as a finding are the same.
"""

import argparse
import atexit
import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import NoReturn

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parent))
if "--guided" in sys.argv:  # before anything of ours is imported, so that all of it tells which way it took
    import atheris

    atheris.instrument_imports(include=["broadcast_orchestrator"]).__enter__()

from fuzz_corpus import Corpus, corpus
from fuzz_inputs import FuzzInput, apart, inputs
from fuzz_worker import Outcome, Worker, run_here, trouble

HYPOTHESIS = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))

APART = 200
"""Of so many inputs one takes a process of its own, which takes a hundred times as long."""

BATCH = 250
"""How many inputs are made from one seed of Hypothesis's, so that a replay does not have to make all those before."""


class Findings:
    """What was wrong: each cause with its first input, how often it came, and how to see it again."""

    def __init__(self, begun_with: int | None, folder: Path) -> None:
        self.tried = 0
        self.found: dict[str, int] = {}
        self._seed, self._folder = begun_with, folder

    def note(self, number: int, tried: FuzzInput, outcome: Outcome) -> None:
        """Count the input; where something is wrong for the first time, keep it and tell."""
        self.tried += 1
        if not (what := trouble(tried, outcome)):
            return
        self.found[what] = self.found.get(what, 0) + 1
        if self.found[what] == 1:
            kept = self._kept(number, tried, outcome)
            again = "" if self._seed is None else f"make fuzz SEED={self._seed} INPUT={number}; "
            print(f"{what}\n   {tried}\n   {again}{kept}", flush=True)

    def _kept(self, number: int, tried: FuzzInput, outcome: Outcome) -> Path:
        kept = self._folder / f"{'guided' if self._seed is None else self._seed}-{number}"
        kept.mkdir(parents=True, exist_ok=True)
        for name, content in tried.files.items():
            if isinstance(content, bytes):
                (kept / name).write_bytes(content)
        told = f"{tried}\n{tried.environment}\n{outcome.code}\n{outcome.raised}\n"
        (kept / "told").write_bytes(told.encode(errors="replace") + outcome.err + b"\n" + outcome.out)
        return kept

    def told(self) -> str:
        """The last line."""
        chosen = "chosen by coverage" if self._seed is None else f"with seed {self._seed}"
        return f"{self.tried:,} inputs {chosen}, {len(self.found)} kinds of findings"


def each_input(begun_with: int, batch: int, do: Callable[[int, FuzzInput], None]) -> None:
    """Do something with each input of the batch, with its number."""
    numbers = count(batch * BATCH)
    quiet = settings(HYPOTHESIS, max_examples=BATCH, phases=[Phase.generate])

    @seed(begun_with * 1_000_003 + batch)
    @quiet
    @given(inputs(corpus_once()))
    def tries(tried: FuzzInput) -> None:
        number = next(numbers)
        do(number, apart(tried, number // APART) if number % APART == APART - 1 else tried)

    tries()


@cache
def corpus_once() -> Corpus:
    """The sound files, made once."""
    return corpus()


def fuzz(begun_with: int, seconds: float, most: int, folder: Path) -> Findings:
    """Try inputs until the time is over, or that many were tried."""
    findings, worker = Findings(begun_with, folder), Worker()
    until = time.monotonic() + seconds

    def is_over() -> bool:
        return time.monotonic() >= until or findings.tried >= most

    def do(number: int, tried: FuzzInput) -> None:
        if not is_over():
            findings.note(number, tried, worker.run(tried))

    try:
        for batch in count():
            if is_over():
                return findings
            each_input(begun_with, batch, do)
    finally:
        worker.close()
    return findings


def again(begun_with: int, number: int) -> int:
    """Run that input once more, and show everything."""
    worker = Worker()

    def do(at: int, tried: FuzzInput) -> None:
        if at == number:
            outcome = worker.run(tried)
            print(tried, tried.environment, {name: content[:300] for name, content in tried.files.items()}, sep="\n")
            print(outcome.code, outcome.raised, outcome.err.decode(errors="replace"), sep="\n")
            print(outcome.out.decode(errors="replace")[:2_000])
            print(trouble(tried, outcome) or "nothing is wrong")

    each_input(begun_with, number // BATCH, do)
    worker.close()
    return 0


def guided(seconds: float, folder: Path) -> NoReturn:
    """Let atheris, where it is installed, choose by what the code does with an input; it ends the process."""
    findings = Findings(None, folder)

    @HYPOTHESIS
    @given(inputs(corpus_once()))
    def tries(tried: FuzzInput) -> None:
        outcome = run_here(tried)
        own = b"".join(line for line in outcome.err.splitlines(True) if not line.startswith(b"INFO: Instrumenting"))
        findings.note(findings.tried, tried, outcome._replace(err=own))

    one: Callable[[bytes], object] = tries.hypothesis.fuzz_one_input  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    options = (f"-max_total_time={seconds:.0f}", f"-artifact_prefix={folder}/", "-rss_limit_mb=0", "-len_control=0")
    atheris.Setup([sys.argv[0], *options, "-max_len=4096"], lambda data: one(data) and None)
    atexit.register(lambda: print(findings.told(), flush=True))
    atheris.Fuzz()
    sys.exit()


def run() -> int:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--inputs", type=int, default=10**9)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--input", type=int)
    asked.add_argument("--guided", action="store_true")
    asked.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    options = asked.parse_args()
    if options.guided:
        guided(options.seconds, options.keep)
    if options.input is not None:
        return again(options.seed, options.input)
    findings = fuzz(options.seed, options.seconds, options.inputs, options.keep)
    print(findings.told())
    return 1 if findings.found else 0


if __name__ == "__main__":
    sys.exit(run())
