"""The unit of work of an experiment: one run, measured and judged, as one row of the results."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from broadcast_orchestrator.model.api.orchestrator import Caller
from broadcast_orchestrator.properties.experiments.claims import ClaimFollower, condition, conditions, step_claims
from broadcast_orchestrator.properties.experiments.measures import Meter, Notes, Value, ending_of, notes_of
from broadcast_orchestrator.properties.guarantees.judgement_cache import Digester, JudgedStep, judgements_of
from broadcast_orchestrator.sim.experiments.story import Plot, Story
from broadcast_orchestrator.sim.experiments.tables import Experiment, MeasureClaim, StepClaim
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep
from broadcast_orchestrator.sim.world.trace import Trace

OTHERS = ("ends_in", "why", "cause", "hits", "spans")
"""The columns after the measures and the claims: the state at the end; what went wrong ("" if nothing did), and the
first cause behind it; the faults that happened and the spans during which a service was left on, both as JSON."""


class Measured(NamedTuple):
    """One run: its measures in the order of `MEASURES`, the answers of its claims about steps, and the rest."""

    number: int
    seed: int
    values: tuple[Value, ...]
    claims: tuple[bool | None, ...]
    ends_in: str
    why: str
    cause: str
    hits: str
    spans: str

    @property
    def row(self) -> tuple[Value | str, ...]:
        """The run as a row of the store."""
        return (self.number, self.seed, *self.values, *self.claims, *self[4:])


def columns(experiment: Experiment) -> tuple[str, ...]:
    """The columns of the rows of an experiment."""
    return (*MEASURES, *claim_columns(experiment), *OTHERS)


def claim_columns(experiment: Experiment) -> tuple[str, ...]:
    """A column for each claim about steps, by its place among all claims, from 1."""
    return tuple(f"claim_{n}" for n, claim in enumerate(experiment.expect, 1) if isinstance(claim, StepClaim))


def work(experiment: Experiment) -> Callable[[int], tuple[Value | str, ...]]:
    """What makes the runs of an experiment: given the number of a run, its row."""
    runs, streams = _Runs(experiment), Streams(experiment.seed)
    return lambda index: runs.make(index, streams.seed_of(index)).row


def seed_of(experiment: Experiment, index: int) -> int:
    """The seed that makes run number `index` again by itself."""
    return Streams(experiment.seed).seed_of(index)


def measured(experiment: Experiment, seed: int) -> Measured:
    """One run by its seed, measured and judged."""
    return _Runs(experiment).make(0, seed)


def traced(experiment: Experiment, seed: int) -> Trace:
    """The same run in the studio, every step of it written down."""
    story = Story(Plot(experiment))
    studio = Studio(
        seed,
        experiment.latency,
        experiment.faults,
        experiment.config,
        experiment.sessions,
        rules=experiment.rules,
        poll_period_ms=experiment.poll_period_ms,
    )
    hear = studio.driver.on_step

    def on_step(before: int, edge: CachedStep, met: FailuresMet, caller: Caller | None) -> None:
        story.entered(edge.entered)
        hear(before, edge, met, caller)

    studio.driver.on_step = on_step
    story.tell(studio.driver)
    return studio.trace


class _Runs:
    """Makes runs of one experiment, with what is the same for all of them at hand."""

    def __init__(self, experiment: Experiment) -> None:
        self._config, self._sessions = experiment.config, experiment.sessions
        self._latencies, self._injection = Latencies(experiment.latency), Injection(tuple(experiment.faults))
        self._plot, self._rules, self._poll_period_ms = Plot(experiment), experiment.rules, experiment.poll_period_ms
        self._claims = step_claims(experiment.expect)
        self._unwanted = tuple(_unwanted(experiment))
        self._judgements = judgements_of(_digester(conditions(self._claims)), self._rules)

    def make(self, number: int, seed: int) -> Measured:
        """One run by its seed; `number` is what it is called."""
        meter, story = Meter(), Story(self._plot)
        followers = [ClaimFollower(claim) for claim in self._claims]
        clock, streams = BareClock(), Streams(seed)

        def on_step(_: int, edge: CachedStep, __: FailuresMet, ___: Caller | None) -> None:
            if edge.entered:
                story.entered(edge.entered)
            if edge.digest is None:
                return
            notes, holding = edge.digest
            if notes is not None:
                meter.see(clock.now, notes)
            if holding:
                for place, follower in enumerate(followers):
                    follower.see(clock.now, holding[2 * place], holding[2 * place + 1])

        calls = CallDraws(self._latencies, streams, self._injection.again(), self._sessions)
        driver = Driver(clock, self._judgements, self._config, calls, on_step, poll_period_ms=self._poll_period_ms)
        story.tell(driver)
        steps, end = driver.steps, driver.at
        ending = ending_of(steps.cores[end], steps.services[end])
        values = meter.values(ending, calls.made, driver.faults, clock.now)
        answers = tuple([follower.end() for follower in followers])
        wrong = [*map(str, meter.violations), *self._wrong(values, answers)]
        why = "; ".join(dict.fromkeys(wrong)) if wrong else ""
        cause = meter.cause() if why else ""
        hits, spans = _dumped(list(dict.fromkeys(meter.hits))), _dumped(meter.spans)
        return Measured(number, seed, values, answers, ending.state, why, cause, hits, spans)

    def _wrong(self, values: tuple[Value, ...], answers: tuple[bool | None, ...]) -> list[str]:
        """What is wrong with the run as far as the claims go."""
        wrong = [words for place, value, words in self._unwanted if values[place] is value]
        if False not in answers:
            return wrong
        asked = zip(self._claims, answers, strict=True)
        return [f"{c.kind} {c.that}" for c, holds in asked if holds is False and c.kind != "sometimes"] + wrong


@lru_cache(maxsize=64)
def _digester(names: tuple[str, ...]) -> Digester[tuple[Notes | None, tuple[bool, ...]] | None]:
    """The notes on a step, and which of the conditions of these names hold of it."""
    asked = [condition(name) for name in names]

    def digest(judged: JudgedStep) -> tuple[Notes | None, tuple[bool, ...]] | None:
        if not asked:
            notes = notes_of(judged)
            return None if notes is None else (notes, ())
        passage, broke = judged.passage, bool(judged.violations)
        return notes_of(judged), tuple([each(passage, broke) for each in asked])

    return digest


def _unwanted(experiment: Experiment) -> Iterator[tuple[int, bool, str]]:
    """The values of shares that make a run one that went wrong, each with the place of its measure, and with words:
    those against what is claimed, or where nothing is claimed, every command that failed."""
    places = {name: place for place, name in enumerate(MEASURES)}
    claims = [claim for claim in experiment.expect if isinstance(claim, MeasureClaim)]
    yield from ((places[c.measure], False, f"not {c.measure}") for c in claims if c.at_least is not None)
    yield from ((places[c.measure], True, c.measure) for c in claims if c.at_most is not None)
    if not experiment.expect:
        yield from ((place, False, f"not {name}") for name, place in places.items() if name.endswith("_succeeds"))


def _dumped(data: object) -> str:
    return _encoded(data) if data else ""


_encoded = json.JSONEncoder(separators=(",", ":")).encode
