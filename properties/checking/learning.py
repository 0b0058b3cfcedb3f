"""Active learning: ask the subject until a machine is known that answers as it does, and compare it with the guide's.

The inputs are commands, one after another, each when all is quiet; some with a call that fails. The output to each is
how the command ended and the state that was reached. AALpy learns the machine with L*; it comes with the extra `learn`.
"""

import random
from collections.abc import Iterable
from typing import NamedTuple

from aalpy.base import SUL
from aalpy.learning_algs import run_Lstar
from aalpy.oracles import RandomWMethodEqOracle

from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.seat import MakeSubject
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import BROKEN
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, Subject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order, Scenario
from broadcast_orchestrator.sim.world.faults import REFUSE

INPUTS: dict[str, tuple[str, str]] = {
    "initialize": ("initialize", ""),
    "initialize, refused by the host": ("initialize", "host.initialize"),
    "start_broadcast": ("start_broadcast", ""),
    "start_broadcast, refused by the host": ("start_broadcast", "host.start"),
    "stop_broadcast": ("stop_broadcast", ""),
    "stop_broadcast, refused by the host": ("stop_broadcast", "host.stop"),
    "emergency_stop": ("emergency_stop", ""),
    "recover": ("recover", ""),
}
"""Each input: the command, and the operation whose next call fails (none: "")."""

CONFIG = {"max_retries": 0, "verbose_logging": False}
"""One attempt is all, so that one refused call makes an initialization fail."""


class Machine(NamedTuple):
    """A learned machine: rows of (source, input, output, target), its states numbered in the order in which they are
    reached, and how many questions it took."""

    rows: tuple[tuple[int, str, str, int], ...]
    states: int
    questions: int


class Difference(NamedTuple):
    """A shortest word that the two answer differently: its inputs, the last of which makes the difference."""

    word: tuple[str, ...]
    expected: str
    observed: str


class Lived(NamedTuple):
    """The run of a word: its outputs, the calls that were made, and the faults that hit one of them."""

    said: list[str]
    calls: tuple[str, ...]
    faults: tuple[CallFault, ...]


class AskedSubject(SUL):  # type: ignore[misc]  # AALpy ships no types
    """The subject as AALpy wants it: a word at a time, each played as one scenario."""

    def __init__(self, subject: Subject, dialect: Dialect, limits: Limits) -> None:
        super().__init__()
        self._subject, self._dialect, self._limits = subject, dialect, limits
        self._known: dict[tuple[str, ...], Lived] = {}
        self._word: list[str] = []

    def pre(self) -> None:
        """A new word begins."""
        self._word = []

    def post(self) -> None:
        """The word is over; every word is a run of its own."""

    def step(self, letter: str | None) -> str:
        """The output to the last letter of the word so far."""
        if letter is None:
            return ""
        self._word.append(letter)
        return self.answers(tuple(self._word))[-1]

    def query(self, word: Iterable[str]) -> list[str]:
        """The outputs to a whole word, in one run."""
        letters = tuple(word)
        self.num_queries += 1
        self.num_steps += len(letters)
        return list(self.answers(letters))

    def answers(self, word: tuple[str, ...]) -> list[str]:
        """The outputs to the word, each asked once only."""
        return self._lived(word).said if word else []

    def _lived(self, word: tuple[str, ...]) -> "Lived":
        """The run of the word. Which call is to fail is known by counting those of the word without its last letter."""
        if word not in self._known:
            before = self._lived(word[:-1]) if word[:-1] else Lived([], (), ())
            operation = INPUTS[word[-1]][1]
            fault = CallFault(operation, 1 + before.calls.count(operation), REFUSE)
            self._known[word] = self._run(word, (*before.faults, fault) if operation else before.faults)
        return self._known[word]

    def _run(self, word: tuple[str, ...], faults: tuple[CallFault, ...]) -> "Lived":
        orders = tuple(Order(INPUTS[letter][0]) for letter in word)
        evidence = play(Scenario(orders, faults, config=CONFIG), self._subject, self._limits)
        if evidence.ended == BROKEN:
            return Lived([f"broken: {evidence.why}"] * len(word), (), faults)
        sight = seen(evidence, self._dialect)
        ends = [asked.moment - 2 for asked in sight.asked[1:]] + [len(sight.states) - 1]
        said = [
            f"{'ok' if asked.ok else 'fails'}, {sight.states[end]}"
            for asked, end in zip(sight.asked, ends, strict=True)
        ]
        calls = tuple(call.operation for call in sight.made)
        return Lived(said, calls, tuple(fault for fault in faults if fault.nth <= calls.count(fault.operation)))


def learn(
    subject: Subject,
    dialect: Dialect,
    limits: Limits | None = None,
    seed: int = 0,
    inputs: Iterable[str] = tuple(INPUTS),
) -> Machine:
    """The machine that answers as the subject does to these of `INPUTS`; the same arguments, the same machine."""
    sul = AskedSubject(subject, dialect, limits or Limits())
    letters = list(inputs)
    oracle = RandomWMethodEqOracle(letters, sul, walks_per_state=8, walk_len=6)
    random.seed(seed)  # AALpy draws from the module's own generator
    model = run_Lstar(letters, sul, oracle, automaton_type="mealy", print_level=0)
    return _machine(model, letters, sul.num_queries)


def _machine(model: object, letters: list[str], questions: int) -> Machine:
    """The learned automaton as rows, breadth first."""
    first = model.initial_state  # type: ignore[attr-defined]
    numbers, queue, rows = {first: 0}, [first], []
    for state in queue:
        for letter in letters:
            target = state.transitions[letter]
            if target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
            rows.append((numbers[state], letter, str(state.output_fun[letter]), numbers[target]))
    return Machine(tuple(rows), len(numbers), questions)


def difference(machine: Machine, expected: Machine) -> Difference | None:
    """A shortest word to which the machines answer differently; None where there is none."""
    mine = {(source, letter): (output, target) for source, letter, output, target in machine.rows}
    theirs = {(source, letter): (output, target) for source, letter, output, target in expected.rows}
    paths: dict[tuple[int, int], tuple[str, ...]] = {(0, 0): ()}
    for here, there in (queue := [(0, 0)]):
        for letter in dict.fromkeys(letter for _, letter in mine):
            (observed, next_here), (wanted, next_there) = mine[here, letter], theirs[there, letter]
            word = (*paths[here, there], letter)
            if observed != wanted:
                return Difference(word, wanted, observed)
            if (next_here, next_there) not in paths:
                paths[next_here, next_there] = word
                queue.append((next_here, next_there))
    return None


def learned(make_subject: MakeSubject, dialect: Dialect, seed: int = 0) -> tuple[Machine, Difference | None]:
    """What is learned of a subject, and where it differs from what is learned of the guide's reference."""
    bench = Bench(make_subject, dialect, Limits())
    try:
        assert bench.subject is not None
        machine = learn(bench.subject, dialect, seed=seed)
        return machine, difference(machine, learn(bench.reference, Dialect(), seed=seed))
    finally:
        bench.close()
