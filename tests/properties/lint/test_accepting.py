"""What is accepted: by a comment with a reason at the place, or by a baseline that survives what moves."""

from pathlib import Path

import pytest

from broadcast_orchestrator.properties.checking.baseline import load_baseline
from broadcast_orchestrator.properties.lint.accepting import against_baseline, lint_baseline
from broadcast_orchestrator.properties.lint.findings import PageReport
from broadcast_orchestrator.properties.lint.linting import lint

CALL = "useHostAgentStore.getState().stop();"


def of(folder: Path, code: str, name: str = "Mute.tsx") -> PageReport:
    """What is found of this code."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    return lint((folder,))


@pytest.mark.parametrize(
    "code",
    [
        f"// broadcast-lint accept store-operation: the studio's mute\n{CALL}",
        f"{CALL} // broadcast-lint accept store-operation: the studio's mute",
        f"/* broadcast-lint accept store-operation: the studio's mute */\n// and more\n\n{CALL}",
        f"// broadcast-lint accept local-state, store-operation: the studio's mute\n{CALL}",
        "const A = () => (\n <>\n  {/* broadcast-lint accept store-operation: the studio's mute */}\n"
        "  <i\n   onClick={useHostAgentStore.getState().stop}\n  />\n </>\n);",
        "const A = () => (\n <>\n  {/* broadcast-lint accept store-operation: the studio's mute */}\n"
        "  <i onClick={() => useHostAgentStore.getState().stop()} />\n </>\n);",
    ],
)
def test_a_comment_with_a_reason_accepts(tmp_path: Path, code: str) -> None:
    """On the line, or above it with nothing but comments between, in JSX as well."""
    report = of(tmp_path, code)
    assert report.findings == ()
    (accepted,) = report.accepted
    assert (accepted.rule, accepted.because) == ("store-operation", "the studio's mute")
    assert report.migration.bypassing == (accepted.unit,)


@pytest.mark.parametrize(
    "code",
    [
        f"// broadcast-lint accept store-field: the studio's mute\n{CALL}",
        f"// broadcast-lint accept store-operation: the studio's mute\nother();\n{CALL}",
        f"{CALL}\n// broadcast-lint accept store-operation: the studio's mute\n",
    ],
)
def test_a_comment_about_something_else_does_not(tmp_path: Path, code: str) -> None:
    """Another rule, and a line farther away: the finding stays, and the comment is told to be idle."""
    report = of(tmp_path, code)
    assert len(report.findings) == 1
    assert len(report.idle) == 1


def test_a_comment_without_a_reason_accepts_nothing(tmp_path: Path) -> None:
    """The finding stays, and says why."""
    (finding,) = of(tmp_path, f"// broadcast-lint accept store-operation\n{CALL}").findings
    assert finding.unreasoned


def test_a_comment_for_no_rule_is_idle(tmp_path: Path) -> None:
    """A name that is no rule's accepts nothing, and is told with its place."""
    report = of(tmp_path, "\n// broadcast-lint accept store-operations: a slip\n" + CALL)
    assert [(line, rule) for _, line, rule in report.idle] == [(2, "store-operations")]


def test_one_of_two_places_may_be_accepted(tmp_path: Path) -> None:
    """The other stays, with its own line."""
    report = of(tmp_path, f"function f() {{\n{CALL} // broadcast-lint accept store-operation: why\n{CALL}\n}}")
    assert [finding.line for finding in report.findings] == [3]
    assert [finding.line for finding in report.accepted] == [2]


def test_a_baseline_holds_when_the_component_moves(tmp_path: Path) -> None:
    """Lines above, another folder and a change of formatting make no finding new; a second place of another kind, and
    the same in another component, do."""
    component = f"export function Mute() {{ {CALL} }}\n"
    findings = of(tmp_path / "a", component).findings
    file = tmp_path / "known.toml"
    file.write_text(lint_baseline(findings))
    known = load_baseline(file)
    moved = of(tmp_path / "b" / "c", "// a line\n\n" + component.replace("{ ", "{\n\n  ")).findings
    assert against_baseline(moved, known)[0] == ()
    more = of(tmp_path / "d", component + component.replace("Mute", "Other")).findings
    assert [finding.unit for finding in against_baseline(more, known)[0]] == ["Other"]


def test_a_baseline_keeps_its_reasons_and_tells_what_is_fixed(tmp_path: Path) -> None:
    """A reason that somebody wrote into it stays when it is written again; what is gone is named."""
    findings = of(tmp_path, f"export function Mute() {{ {CALL} }}\n").findings
    file = tmp_path / "known.toml"
    file.write_text(lint_baseline(findings).replace('because = ""', 'because = "decided in March"'))
    known = load_baseline(file)
    (accepted,) = against_baseline(findings, known)[1]
    assert accepted.because == "decided in March"
    assert 'because = "decided in March"' in lint_baseline(findings, known)
    assert [each.id for each in against_baseline((), known)[2]] == [findings[0].id]
