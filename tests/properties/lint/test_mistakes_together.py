"""Mistakes come together: several in one component, drawn by seed, and each of them is told."""

from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from broadcast_orchestrator.properties.lint.linting import lint


class Mistake(NamedTuple):
    """A mistake as lines of a component and as an element that it shows, the rules that it breaks, and whether it
    switches a store or gives a command."""

    lines: str
    shown: str
    rules: tuple[str, ...]
    switches: bool = False
    commands: bool = False


MISTAKES = (
    Mistake(
        "const agent = useHostAgentStore();\n  const hush = () => agent.stop();",
        "<Child off={hush} />",
        ("store-operation",),
        switches=True,
    ),
    Mistake(
        "const mark = () => useSimpleLiveFeedStore.setState({ isLive: true });",
        "<Child on={mark} />",
        ("store-field",),
        switches=True,
    ),
    Mistake("const producing = useProducerStore((s) => s.isActive);", "<i>{producing ? 1 : 2}</i>", ("store-state",)),
    Mistake("const [isLive] = useState(false);", "<i>{isLive}</i>", ("local-state",)),
    Mistake(
        "const { recover } = useBroadcastOrchestrator();\n  const drop = () => {\n    recover();\n  };",
        "<Child drop={drop} />",
        ("unhandled-command",),
        commands=True,
    ),
    Mistake(
        "const { emergencyStop } = useBroadcastOrchestrator();",
        "<i onClick={emergencyStop} />",
        ("handler-command",),
        commands=True,
    ),
    Mistake(
        "const show = useBroadcastOrchestrator();\n  useEffect(() => {\n    show.initialize();\n  }, [show]);",
        "<i />",
        ("initialize-place", "initialize-again"),
        commands=True,
    ),
    Mistake(
        "const begin = useBroadcastOrchestrator((s) => s.startBroadcast);",
        "<button onClick={() => void begin()} />",
        ("unasked-button",),
        commands=True,
    ),
    Mistake("const open = true;", "<>{open && <BroadcastStateMonitor />}</>", ("monitor-shipped",)),
)


def component(some: list[Mistake]) -> str:
    """A component with all these mistakes."""
    lines, shown = "\n  ".join(each.lines for each in some), "\n      ".join(each.shown for each in some)
    return f"export function Panel() {{\n  {lines}\n  return (\n    <>\n      {shown}\n    </>\n  );\n}}\n"


def expected(some: list[Mistake]) -> list[str]:
    """The rules that the component breaks: those of its mistakes, and the mixture, where there is one."""
    mixed = any(each.switches for each in some) and any(each.commands for each in some)
    return sorted([rule for each in some for rule in each.rules] + ["mixed-control"] * mixed)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9])
@pytest.mark.parametrize("seed", range(12))
def test_every_mistake_is_told_among_others(tmp_path: Path, count: int, seed: int) -> None:
    """In whatever company and order, each mistake is told once, and nothing else is."""
    some = Random(seed).sample(MISTAKES, count)
    (tmp_path / "Panel.tsx").write_text(component(some))
    report = lint((tmp_path,))
    assert (sorted(finding.rule for finding in report.findings), report.notes) == (expected(some), ())
