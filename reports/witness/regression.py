"""A run as a pytest file: a violation fails, with its sentence, until the bug is gone; any other run is
taken again as it was."""

import re

from broadcast_orchestrator.model.config import DEFAULT_CONFIG, OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Transition
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.telling.story import what_happened
from broadcast_orchestrator.properties.witness.explain import Explanation
from broadcast_orchestrator.properties.witness.retake import Wish, retake, wish
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import Passage

_FILE = '''\
"""{title}

Written by `broadcast explain`. To see whether other rules are sound, put their path into RULES.
"""

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.properties.witness.retake import Wish, retake
from broadcast_orchestrator.sim.world.steps import {kinds}
from broadcast_orchestrator.sim.world.rules_by_name import find_rules

RULES = {rules}
CONFIG = {config}
STEPS = (
{steps}
)


def test_{name}() -> None:
    """{sentence}"""
    violation = retake(STEPS, {guarantee}, find_rules(RULES), CONFIG).violation
    assert violation is None, str(violation)
'''


_RECORDED = '''\
"""What happened in the state monitor, as a test: the same steps lead through the same states, and break nothing.

Written by `broadcast monitor`. To see whether other rules do the same, put their path into RULES.
"""

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.events import Transition
from broadcast_orchestrator.properties.witness.retake import Wish, retake
from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.sim.world.steps import {kinds}
from broadcast_orchestrator.sim.world.rules_by_name import find_rules

RULES = {rules}
CONFIG = {config}
STEPS = (
{steps}
)


def test_{name}() -> None:
    """The run, left to itself after its last step, ends in {state}, and every guarantee holds on its way."""
    run = retake(STEPS, "", find_rules(RULES), CONFIG)
    changes = [effect for passage in run.passages for effect in passage.effects if isinstance(effect, Transition)]
    violations = [str(violation) for violation in unforeseen(run.violations)]
    assert not violations, "; ".join(violations)
    assert [str(change.target) for change in changes] == {states}
'''


def test_name(stem: str) -> str:
    """What the test is called whose witness has this name, without the prefix that makes it a test."""
    return re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_").lower() or "witness"


def pytest_file(explanation: Explanation, stem: str) -> str:
    """The file for the smaller run of an explanation; `stem` is the name of its witness.

    A step that cannot happen under other rules is left out there, and in the end everything comes to rest.
    """
    guarantee, trace = explanation.guarantee, explanation.shrunk.trace
    steps = [line for passage in explanation.passages for line in (_said(passage), _wish(wish(passage)))]
    kinds = sorted({type(line.step).__name__ for line in trace.lines})
    return _FILE.format(
        title=_plain(f"{guarantee.id} {guarantee.name}: {explanation.observed}."),
        kinds=", ".join(kinds),
        rules=_code(trace.rules),
        config=_config(trace.config),
        steps="\n".join(steps),
        name=test_name(stem),
        sentence=_plain(guarantee.sentence),
        guarantee=_code(guarantee.id),
    )


def recorded_file(passages: tuple[Passage, ...], config: OrchestratorConfig, rules: type[Core], stem: str) -> str:
    """The file for a run under these rules, as far as it went; `stem` is a name for it.

    There everything comes to rest in the end; a step that cannot happen under other rules is left out.
    """
    wishes = tuple(map(wish, passages))
    again = retake(wishes, "", rules, config)
    changes = [effect for passage in again.passages for effect in passage.effects if isinstance(effect, Transition)]
    steps = [line for passage, each in zip(passages, wishes, strict=True) for line in (_said(passage), _wish(each))]
    return _RECORDED.format(
        kinds=", ".join(sorted({type(passage.step).__name__ for passage in passages})),
        rules=_code(path_of(rules)),
        config=_config(config),
        steps="\n".join(steps),
        name=test_name(stem),
        state=changes[-1].target.value if changes else IDLE.value,
        states=f"[{', '.join(_code(change.target.value) for change in changes)}]",
    )


def _config(config: OrchestratorConfig) -> str:
    given = {name: value for name, value in config._asdict().items() if value != getattr(DEFAULT_CONFIG, name)}
    return f"OrchestratorConfig({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def _said(passage: Passage) -> str:
    return f"    # {_plain(what_happened(passage))}"


def _wish(wished: Wish) -> str:
    parts = [_step(wished.step)]
    if wished.call is not None:
        operation, session = map(_code, wished.call)
        parts.append(f"({operation}, {session})")
    if wished.waits:
        parts.append("waits=True")
    return f"    Wish({', '.join(parts)}),"


def _step(step: Step) -> str:
    """The step as code; fields that say nothing are left out."""
    defaults = type(step)._field_defaults
    fields = step._asdict().items()
    given = [_code(value) for name, value in fields if name not in defaults]
    given += [f"{name}={_code(value)}" for name, value in fields if name in defaults and value != defaults[name]]
    return f"{type(step).__name__}({', '.join(given)})"


def _code(value: object) -> str:
    """The value as code, text in double quotes where that is as short."""
    code = repr(str(value) if isinstance(value, str) else value)  # the name of a member is no code
    return f'"{code[1:-1]}"' if isinstance(value, str) and code[0] == "'" and '"' not in code else code


def _plain(text: str) -> str:
    """Text for a comment or a docstring, which nothing in it can end: traces may come from anywhere."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.replace("\\", "/").replace('"', "'")
