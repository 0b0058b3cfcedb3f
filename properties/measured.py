"""The unit of work of an experiment: one run, measured and judged, as one row of the results."""

import json
from typing import NamedTuple

from properties.claims import followers
from properties.measures import Meter, Value
from sim.experiments.story import play
from sim.experiments.tables import Experiment, MeasureClaim, StepClaim
from sim.experiments.vocabulary import MEASURES
from sim.streams import Streams
from sim.studio import Studio
from sim.trace import Passage

OTHERS = ("ends_in", "why", "hits", "spans")
"""The columns after the measures and the claims: the state at the end; what went wrong ("" if nothing did); the
faults that happened and the spans during which a service was left on, both as JSON."""


class Measured(NamedTuple):
    """One run: its measures in the order of `MEASURES`, the answers of its claims about steps, and the rest."""

    number: int
    seed: int
    values: tuple[Value, ...]
    claims: tuple[bool | None, ...]
    ends_in: str
    why: str
    hits: str
    spans: str

    @property
    def row(self) -> tuple[Value | str, ...]:
        """The run as a row of the store."""
        return (self.number, self.seed, *self.values, *self.claims, self.ends_in, self.why, self.hits, self.spans)


def columns(experiment: Experiment) -> tuple[str, ...]:
    """The columns of the rows of an experiment."""
    return (*MEASURES, *claim_columns(experiment), *OTHERS)


def claim_columns(experiment: Experiment) -> tuple[str, ...]:
    """A column for each claim about steps, by its place among all claims, from 1."""
    return tuple(f"claim_{n}" for n, claim in enumerate(experiment.expect, 1) if isinstance(claim, StepClaim))


def work(experiment: Experiment, index: int) -> tuple[Value | str, ...]:
    """Run number `index` of the experiment as a row: the one function that a faster engine has to replace."""
    return measured(experiment, index, seed_of(experiment, index))[0].row


def seed_of(experiment: Experiment, index: int) -> int:
    """The seed that makes run number `index` again by itself."""
    return Streams(experiment.seed).spawn(index).seed


def measured(experiment: Experiment, index: int, seed: int) -> tuple[Measured, Studio]:
    """One run by its seed, measured and judged, and the studio in which it ended."""
    meter, follow = Meter(), followers(experiment.expect)

    def see(at_ms: float, passage: Passage) -> None:
        known = len(meter.breaches)
        meter.see(at_ms, passage)
        for follower in follow:
            follower.see(at_ms, passage, len(meter.breaches) > known)

    studio = play(experiment, seed, see)
    values, answers = meter.values(), tuple(follower.end() for follower in follow)
    why = "; ".join(dict.fromkeys((*meter.breaches, *_wrong(experiment, values, answers))))
    hits = [list(pair) for pair in sorted(dict.fromkeys(meter.hits))]
    spans = [list(span) for span in meter.spans]
    ends_in = studio.state.value
    return Measured(index, seed, values, answers, ends_in, why, _dumped(hits), _dumped(spans)), studio


def _wrong(experiment: Experiment, values: tuple[Value, ...], answers: tuple[bool | None, ...]) -> list[str]:
    """What is wrong with the run as far as the claims go: where nothing is claimed, every command that failed."""
    found = dict(zip(MEASURES, values, strict=True))
    steps = [claim for claim in experiment.expect if isinstance(claim, StepClaim)]
    wrong = [
        f"{claim.kind} {claim.that}"
        for claim, holds in zip(steps, answers, strict=True)
        if holds is False and claim.kind != "sometimes"
    ]
    measures = [claim for claim in experiment.expect if isinstance(claim, MeasureClaim)]
    wrong += [f"not {c.measure}" for c in measures if c.at_least is not None and found[c.measure] is False]
    wrong += [c.measure for c in measures if c.at_most is not None and found[c.measure] is True]
    if not experiment.expect:
        wrong += [f"not {name}" for name in found if name.endswith("_succeeds") and found[name] is False]
    return wrong


def _dumped(data: object) -> str:
    return json.dumps(data, separators=(",", ":")) if data else ""
