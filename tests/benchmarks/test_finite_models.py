"""Finite models of one's own: the counts, the shortest witnesses, and what a malformed model is told."""

import doctest
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import finite_models
import pytest
from benchmark_model import benchmark_model
from finite_models import (
    Engine,
    Forbidden,
    Model,
    ModelError,
    Move,
    Rule,
    State,
    check,
    explore,
    replay,
    successors,
)

SCRIPT = Path(__file__).parent / "benchmark_model.py"
ENGINES: tuple[Engine, ...] = ("bit sets", "sorted arrays")

LAMP = Model(
    name="lamp",
    facts=("plugged", "lit"),
    start="dark",
    rules={
        "dark": [Rule("plug in", "dark", off=("plugged",), sets=("plugged",)), Rule("press", "pressed")],
        "pressed": [
            Rule("light", "bright", on=("plugged",), sets=("lit",)),
            Rule("spark", "bright", off=("plugged",), sets=("lit",), cost=1),
        ],
        "bright": [],
    },
    never={"bright": [Forbidden("bright without power", on=("lit",), off=("plugged",))]},
)


def test_the_example_of_the_docstring_is_true() -> None:
    """What the module's docstring shows is what happens."""
    outcome = doctest.testmod(finite_models)
    assert (outcome.failed, outcome.attempted) == (0, 6)


# -- The benchmark model --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "states", "transitions"),
    [
        (0, 2_103_071, 25_277_480),
        (1, 6_673_538, 95_038_345),
        (2, 12_780_615, 200_265_770),
        (3, 19_552_339, 323_848_129),
    ],
)
def test_the_benchmark_model_has_the_agreed_counts(faults: int, states: int, transitions: int) -> None:
    """The engine counts what SPIN and TLC count."""
    result = explore(benchmark_model(faults)._replace(never=None))
    assert (result.states, result.transitions) == (states, transitions)
    assert (result.verdict, result.engine, result.cut_off) == (None, "bit sets", "")


@pytest.mark.parametrize(("faults", "steps"), [(0, 22), (1, 14), (2, 13), (3, 13)])
def test_the_benchmark_model_has_the_agreed_shortest_witnesses(faults: int, steps: int) -> None:
    """The shortest way to be live with a service off has the agreed length, and the plain reading replays it."""
    model = benchmark_model(faults)
    result = check(model)
    assert result.witness is not None
    assert (result.verdict, len(result.witness)) == ("violated", steps)
    end = replay(model, result.witness)
    assert (end.control.state, end.control.procedure) == ("live", "none")
    assert not {"feed", "session", "host", "producer", "conversation"} <= set(end.facts)


def test_the_witness_of_the_benchmark_model_is_the_same_bytes_whatever_the_hash_seed() -> None:
    """As a command, the check prints the verdict and the named actions, the same under any hash seed."""
    printed = [
        subprocess.run(
            [sys.executable, str(SCRIPT), "1", "--check"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert printed[0] == (
        "k=1 violated: live without feed; steps=14: "
        "emergency, time out feed-, ok session-, ok host-, ok producer-, initialize, ok initialize, start, "
        "ok feed+, ok session+, ok host+, ok producer+, ok conversation+, land feed-\n"
    )


# -- Against a plain search -----------------------------------------------------------------------


def random_model(seed: int) -> Model[int]:
    """A few controls, six to ten facts, rules with up to two facts in each place, and something forbidden."""
    draw = random.Random(seed)
    facts = tuple(f"fact {number}" for number in range(draw.randint(6, 10)))
    controls = range(draw.randint(1, 4))

    def some(most: int, among: tuple[str, ...] = facts) -> tuple[str, ...]:
        return tuple(draw.sample(among, draw.randint(0, most)))

    def rule(name: str) -> Rule[int]:
        asked, changed = some(3), some(3)
        on, sets = draw.randint(0, len(asked)), draw.randint(0, len(changed))
        cost = draw.choice((0, 0, 0, 1, 2))
        return Rule(name, draw.choice(controls), asked[:on], asked[on:], changed[:sets], changed[sets:], cost)

    rules = {control: [rule(f"rule {control}.{number}") for number in range(12)] for control in controls}
    bad = draw.sample(facts, 5)
    never = {draw.choice(controls): [Forbidden("bad", tuple(bad[:3]), tuple(bad[3:]))]}
    return Model(f"random {seed}", facts, 0, rules, never, some(2), draw.randint(0, 3))


Plain = tuple[int, frozenset[str], int]


def follow(model: Model[int], state: Plain) -> Iterator[Plain]:
    """What follows one state, read from the rules with sets of names."""
    control, facts, spent = state
    assert isinstance(model.rules, dict)
    for rule in model.rules[control]:
        if facts.issuperset(rule.on) and facts.isdisjoint(rule.off) and spent + rule.cost <= model.budget:
            yield rule.to, facts.union(rule.sets).difference(rule.clears), spent + rule.cost


def forbidden(model: Model[int], state: Plain) -> bool:
    """Whether the state is forbidden."""
    assert isinstance(model.never, dict)
    return any(state[1].issuperset(each.on) and state[1].isdisjoint(each.off) for each in model.never.get(state[0], ()))


def plain_search(model: Model[int]) -> tuple[int, int, int, int | None]:
    """States, transitions, depth, and how many steps the nearest forbidden state is away."""
    start: Plain = (0, frozenset(model.start_facts), 0)
    distance, waiting, transitions = {start: 0}, [start], 0
    for state in waiting:
        for following in follow(model, state):
            transitions += 1
            if following not in distance:
                distance[following] = distance[state] + 1
                waiting.append(following)
    steps = [distance[state] for state in waiting if forbidden(model, state)]
    return len(distance), transitions, max(distance.values()), min(steps, default=None)


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree_with_a_plain_search_on_random_models(engine: Engine) -> None:
    """On sixty random models: the same states, transitions, depth, verdict and length of the shortest witness."""
    found = set[tuple[int | None, int]]()
    for seed in range(60):
        model = random_model(seed)
        states, transitions, depth, steps = plain_search(model)
        fast, slow = explore(model, engine=engine), explore(model, levels=True, engine=engine)
        assert fast.engine == engine
        assert (fast.states, fast.transitions, fast.depth) == (states, transitions, None), seed
        assert (slow.states, slow.transitions, slow.depth) == (states, transitions, depth), seed
        for result in (fast, slow, check(model, engine=engine), check(model, most_states=states, engine=engine)):
            assert result.verdict == ("holds" if steps is None else "violated"), seed
            assert (None if result.witness is None else len(result.witness)) == steps, seed
            end = replay(model, result.witness or ())
            assert forbidden(model, (end.control, frozenset(end.facts), end.spent)) == (steps is not None), seed
        found.add((steps, states))
    assert sum(states for _, states in found) > 20_000
    assert {steps for steps, _ in found} >= {None, 2, 3, 4, 5, 6, 7}


def test_both_engines_find_the_same_witness() -> None:
    """On sixty random models the two engines say the same in everything but their name."""
    for seed in range(60):
        results = [check(random_model(seed), engine=engine)._replace(engine="bit sets") for engine in ENGINES]
        assert results[0] == results[1], seed


# -- What a search says ---------------------------------------------------------------------------


def test_without_budget_the_lamp_is_safe() -> None:
    """A rule that costs more than the budget never happens, so what only it leads to holds."""
    assert check(LAMP)[:3] == ("holds", None, None)


def test_with_budget_the_lamp_is_not() -> None:
    """The witness names each action and the state after it, with what was spent."""
    result = check(LAMP._replace(budget=1))
    assert (result.verdict, result.breach, result.depth) == ("violated", "bright without power", 2)
    assert result.witness == (
        Move("press", State("pressed", (), 0)),
        Move("spark", State("bright", ("lit",), 1)),
    )


def test_exploring_goes_on_after_a_violation() -> None:
    """`explore` counts every state of a model that is violated, `check` stops at the witness."""
    everything = explore(LAMP._replace(budget=1), levels=True)
    assert (everything.verdict, everything.states, everything.transitions, everything.depth) == ("violated", 6, 5, 3)
    assert check(LAMP._replace(budget=1)).states == 5


def test_a_forbidden_start_has_an_empty_witness() -> None:
    """Where the start itself is forbidden, nothing has to happen."""
    result = check(LAMP._replace(never={"dark": [Forbidden("dark")]}))
    assert (result.verdict, result.breach, result.witness, result.depth) == ("violated", "dark", (), 0)


def test_more_than_twenty_facts_are_sorted_arrays() -> None:
    """Beyond twenty facts, and up to sixty-three, the engine is another one, and the result says so."""
    facts = tuple(f"lamp {number}" for number in range(63))
    rules = [Rule(f"light {fact}", "on", on=facts[:at], off=facts[at:], sets=(fact,)) for at, fact in enumerate(facts)]
    result = explore(Model("row of lamps", facts, "on", {"on": rules}), levels=True)
    assert (result.states, result.transitions, result.depth, result.engine) == (64, 63, 63, "sorted arrays")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_that_is_cut_off_says_unknown(engine: Engine) -> None:
    """A counter has no end: cut off before anything forbidden, nothing is known but what lies within the depth."""

    def never(count: int) -> list[Forbidden]:
        return [Forbidden("two hundred")] if count == 200 else []

    counter = Model("counter", ("odd",), 0, lambda count: [Rule("count", count + 1)], never)
    for result in (check(counter, most_states=100, engine=engine), explore(counter, most_states=100, engine=engine)):
        assert (result.verdict, result.witness, result.cut_off) == ("unknown", None, "more than 100 states")
        assert (result.states, result.depth) == (101, 100)
    found = check(counter, most_states=300, engine=engine)
    assert (found.verdict, len(found.witness or ()), found.cut_off) == ("violated", 200, "")


def test_a_bound_that_is_not_exceeded_cuts_nothing_off() -> None:
    """With as many states allowed as there are, everything has been seen."""
    assert check(LAMP, most_states=5)[:3] == ("holds", None, None)
    assert check(LAMP, most_states=3).cut_off == "more than 3 states"


def test_the_plain_reading_says_what_can_happen() -> None:
    """One state at a time, in the order of the rules."""
    assert list(successors(LAMP, State("dark", (), 0))) == [
        Move("plug in", State("dark", ("plugged",), 0)),
        Move("press", State("pressed", (), 0)),
    ]


def test_a_witness_that_does_not_follow_is_refused() -> None:
    """Replaying stops at the first move that the rules do not allow."""
    wrong = (Move("press", State("pressed", (), 0)), Move("light", State("bright", ("lit",), 0)))
    with pytest.raises(ModelError, match=r"^model 'lamp': move 2, 'light', does not follow from State\(control='pre"):
        replay(LAMP, wrong)


# -- Malformed models -----------------------------------------------------------------------------


def lamp(**changes: Any) -> Model[str]:
    """The lamp with something else in its place."""
    return LAMP._replace(**changes)


def lamp_with(**changes: Any) -> Model[str]:
    """The lamp with one malformed rule."""
    return LAMP._replace(rules={"dark": [Rule("press", "dark")._replace(**changes)]})


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            lamp_with(on=("pluged",)),
            "model 'lamp', control 'dark': 'press' (on) names 'pluged', which is no fact of the model; "
            "did you mean 'plugged'?",
        ),
        (
            lamp_with(sets="lit"),
            "model 'lamp', control 'dark': 'press' (sets) is the string 'lit': write a tuple of facts, ('lit',)",
        ),
        (
            lamp_with(cost=-1),
            "model 'lamp', control 'dark': 'press' costs -1; a cost has to be a whole number from 0",
        ),
        (
            lamp_with(on=("lit",), off=("plugged", "lit")),
            "model 'lamp', control 'dark': 'press' asks for the same fact in on and off: lit",
        ),
        (
            lamp_with(sets=("lit",), clears=("lit",)),
            "model 'lamp', control 'dark': 'press' names the same fact in sets and clears: lit",
        ),
        (
            lamp_with(to="drak"),
            "model 'lamp', control 'drak': the control is reached, and rules does not know it; did you mean 'dark'?",
        ),
        (
            lamp_with(to=["dark"]),
            "model 'lamp': a control is ['dark'], a list, which is not hashable: try a tuple",
        ),
        (
            lamp(rules=lambda control: None),
            "model 'lamp', control 'dark': rules gives None: it has to give some iterable of Rule, if only ()",
        ),
        (
            lamp(rules=lambda control: ["press"]),
            "model 'lamp', control 'dark': rules gives 'press', which is no Rule",
        ),
        (
            lamp(never={"dark": [Forbidden("dim", off=("light",))]}),
            "model 'lamp', control 'dark': 'dim' (off) names 'light', which is no fact of the model; "
            "did you mean 'lit'?",
        ),
        (lamp(facts=("lit", "plugged", "lit")), "model 'lamp': facts names 'lit' twice"),
        (lamp(facts="lit"), "model 'lamp': facts is the string 'lit': write a tuple, ('lit',)"),
        (lamp(budget=-1), "model 'lamp': budget is -1; it has to be a whole number from 0"),
        (
            lamp(start_facts=("lot",)),
            "model 'lamp': start_facts names 'lot', which is no fact of the model; did you mean 'lit'?",
        ),
        (
            lamp(facts=tuple(f"lamp {number}" for number in range(70))),
            "model 'lamp' has 70 facts, sorted arrays hold at most 63: make some of them part of the control",
        ),
    ],
)
def test_a_malformed_model_is_told_what_is_wrong(model: Model[str], message: str) -> None:
    """One line says where, what is wrong and, where there is one, the near match."""
    with pytest.raises(ModelError) as refused:
        explore(model)
    assert str(refused.value) == message


def test_an_engine_is_refused_by_name_or_for_its_size() -> None:
    """An engine that does not exist, and bit sets for more facts than they can hold."""
    with pytest.raises(ModelError, match=r"^there is no engine 'fast': try 'bit sets' or 'sorted arrays'$"):
        explore(LAMP, engine="fast")  # type: ignore[arg-type]
    many = lamp(facts=tuple(f"lamp {number}" for number in range(21)))
    with pytest.raises(ModelError, match=r"21 facts, bit sets hold at most 20: try 'sorted arrays'$"):
        explore(many, engine="bit sets")
