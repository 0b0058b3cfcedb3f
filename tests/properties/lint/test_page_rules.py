"""What is told of an application's pages: each mistake in its place, and nothing of what is right.

The pages lie in `pages/`. In `mistakes/` a line that is to be told ends in a mark for each rule that it breaks.
"""

import re
from pathlib import Path

import pytest

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.properties.lint.catalogue import RULES, PageRule
from broadcast_orchestrator.properties.lint.findings import PageReport
from broadcast_orchestrator.properties.lint.linting import lint

PAGES = Path(__file__).parent / "pages"
HEAD = """
import { useCallback, useEffect, useState } from 'react';
import { useBroadcastOrchestrator, useCanStartBroadcast } from '@/lib/stores/orchestrator/broadcastOrchestrator';
"""


def marked(file: Path) -> list[tuple[int, str]]:
    """The lines of a file with the rules that they break, as the marks say."""
    lines = file.read_text("utf-8").splitlines()
    return sorted((number, rule) for number, line in enumerate(lines, 1) for rule in re.findall(r"✗ ([\w-]+)", line))


def told(report: PageReport) -> list[tuple[int, str]]:
    """The lines that were told, with the rules."""
    found = (*report.findings, *report.notes)
    return sorted((line, each.rule.value) for each in found for line in (each.line, *each.also))


def of(folder: Path, code: str, name: str = "Panel.tsx") -> list[str]:
    """The rules that this code breaks, as a file of its own."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD + code, "utf-8")
    return [finding.rule.value for finding in lint((folder,)).findings]


@pytest.mark.parametrize("name", sorted(file.name for file in (PAGES / "mistakes").iterdir()))
def test_each_mistake_is_told_and_nothing_else(name: str) -> None:
    """In whatever style a mistake is written, its line is told by its rule; no other line is."""
    file = PAGES / "mistakes" / name
    assert marked(file)
    assert told(lint((file,))) == marked(file)


@pytest.mark.parametrize("name", sorted(file.name for file in (PAGES / "correct").iterdir()))
def test_correct_code_in_any_style_is_not_blamed(name: str) -> None:
    """Aliases, renaming, selectors, void and catch, memo and classes, plain modules: nothing is told, and no note."""
    assert told(lint((PAGES / "correct" / name,))) == []


BEFORE = {
    "SessionCard.tsx": {"store-operation", "store-state"},
    "Switch.tsx": {"store-operation", "store-state"},
    "Desk.tsx": {"store-state"},
    "Starter.tsx": {"store-operation", "local-state"},
    "Stage.tsx": {"store-state"},
    "Tab.tsx": {"local-state"},
}


def test_every_before_of_the_guide_is_found() -> None:
    """Each component of the guide's examples, as it is before it moves, is found, by the rules of what it shows."""
    found: dict[str, set[str]] = {}
    for finding in lint((PAGES / "before",)).findings:
        found.setdefault(Path(finding.path).name, set()).add(finding.rule.value)
    assert found == BEFORE
    assert sorted(BEFORE) == sorted(file.name for file in (PAGES / "before").iterdir())


def test_no_after_of_the_guide_is_found() -> None:
    """No component is found as it is after it has moved; that a toggle gives its command straight to the click, as the
    guide has it, is a note: it passes the click as the session's id (SB-1)."""
    report = lint((PAGES / "after",))
    assert (report.files, report.findings) == (7, ())
    (note,) = report.notes
    assert (Path(note.path).name, note.rule, note.what) == (
        "Switch.tsx",
        "handler-command",
        "startBroadcast gets the event as its session id",
    )
    assert note.instead.startswith("() => void (onAir ? show.stopBroadcast() : show.startBroadcast())")


def test_a_component_tells_each_of_its_mistakes_once() -> None:
    """Eleven kinds of mistakes in one component are eleven findings and one more, for its second button; what is done
    twice names the other line."""
    findings = lint((PAGES / "mistakes" / "together.tsx",)).findings
    assert sorted(finding.rule for finding in findings) == sorted([*set(PageRule) - {"store-field"}, "unasked-button"])
    again = {finding.rule: finding.also for finding in findings if finding.also}
    assert again == {"store-operation": (24,), "unhandled-command": (23,)}


def test_every_rule_serves_clauses_that_there_are() -> None:
    """A rule has clauses of the guide, a sentence for what it forbids, and words for what to write instead."""
    assert list(RULES) == list(PageRule)
    for words in RULES.values():
        assert words.clauses
        assert all(clause in CLAUSE for clause in words.clauses)
        assert words.forbids.endswith(".")
        assert words.instead


# -- What a whole application shows ---------------------------------------------------------------


def test_the_orchestrator_itself_may_switch_the_stores(tmp_path: Path) -> None:
    """The file that makes the orchestrator, and what it imports from beside it, are not asked; a component beside it
    is."""
    call = "export const on = () => useHostAgentStore.getState().start();\n"
    made = "import { on } from './steps';\nexport const useBroadcastOrchestrator = create(() => ({ go: on }));\n"
    (tmp_path / "show").mkdir()
    (tmp_path / "show" / "aliased.ts").write_text(call)
    (tmp_path / "steps.ts").write_text(call + f"import '@/{tmp_path.name}/show/aliased';\n")
    (tmp_path / "broadcastOrchestrator.ts").write_text(made + call)
    assert lint((tmp_path,)).findings == ()
    (tmp_path / "Other.tsx").write_text(call)
    assert [Path(finding.path).name for finding in lint((tmp_path,)).findings] == ["Other.tsx"]


def test_a_store_may_use_its_own_operations(tmp_path: Path) -> None:
    """Whoever makes a store is not blamed for what is in it."""
    code = """
export const useHostAgentStore = create((set, get) => ({
  stop: () => set({ isActive: false }),
  lost: () => get().stop(),
}));
export const reset = () => useHostAgentStore.getState().stop();
"""
    assert of(tmp_path, code, "hostAgentStore.ts") == []


def test_a_hook_that_initializes_counts_where_it_is_used(tmp_path: Path) -> None:
    """The hook's own file is fine; a card that uses it in another file is no place to initialize, a layout is."""
    hook = """
export function useBoot() {
  const { initialize } = useBroadcastOrchestrator();
  useEffect(() => void initialize(), []);
}"""
    use = "import {{ useBoot }} from './useBoot';\nexport const {0} = () => {{ useBoot(); return <i />; }};"
    assert of(tmp_path, hook, "useBoot.ts") == []
    assert of(tmp_path, use.format("StudioLayout"), "StudioLayout.tsx") == []
    assert of(tmp_path, use.format("Card"), "Card.tsx") == ["initialize-place"]


def test_a_monitor_in_tools_that_only_development_shows_is_fine(tmp_path: Path) -> None:
    """What matters is whether every use of the component around the monitor is kept to development."""
    tools = "export const Tools = () => <BroadcastStateMonitor />;"
    use = """
import { Tools } from './Tools';
export const App = () => <main>{process.env.NODE_ENV !== 'production' && <Tools />}</main>;"""
    assert of(tmp_path, tools, "Tools.tsx") == ["monitor-shipped"]
    assert of(tmp_path, use, "App.tsx") == []
    assert of(tmp_path, use.replace("process.env.NODE_ENV !== 'production'", "open"), "Other.tsx") == [
        "monitor-shipped"
    ]


def test_a_button_of_a_toggle_needs_more_than_live(tmp_path: Path) -> None:
    """That nothing is on air does not say that a start is possible; that something is says that a stop is (CP-1)."""
    code = """
export function Toggle() {{
  const {{ startBroadcast, stopBroadcast, isTransitioning }} = useBroadcastOrchestrator();
  const onAir = useIsBroadcasting();
  return <button {0} onClick={{() => void (onAir ? stopBroadcast() : startBroadcast())}} />;
}}"""
    assert of(tmp_path, code.format("")) == ["unasked-button"]
    assert of(tmp_path, code.format("disabled={isTransitioning}")) == []
    assert of(tmp_path, code.format("").replace("startBroadcast()", "undefined")) == []
