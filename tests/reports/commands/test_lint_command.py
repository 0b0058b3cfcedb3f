"""The command `broadcast lint`: what it prints in each form, its exit codes, one line for whatever makes no sense."""

import builtins
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from node_parts import need
from places import ROOT
from test_cli import broadcast

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.reports.output.formats.schemas import schema

PAGES = ROOT / "tests" / "properties" / "lint" / "pages"
NODE = ROOT / "tests" / "node"

PAGE = """import { useHostAgentStore } from './hostAgentStore';
export function Mute() {
  const { stop } = useHostAgentStore();
  return <button onClick={() => { stop(); }}>Off</button>;
}
export const Lamp = () => <i>{useIsBroadcasting() ? 'on' : 'off'}</i>;
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application with one component that has moved and one that has not, from its own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src" / "[id]").mkdir(parents=True)
    (tmp_path / "src" / "[id]" / "Mute.tsx").write_text(PAGE)
    return tmp_path


@pytest.mark.usefixtures("app")
def test_a_finding_is_told_with_its_line_and_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    """File, line, rule, clause, component, the code, what to write instead; then the verdict, and the migration in one
    line. The exit code is 1."""
    code, out, err = broadcast(capsys, "lint", "src")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "src/[id]/Mute.tsx",
        "  4: store-operation (BP-2): Mute: host.stop is called here",
        "      return <button onClick={() => { stop(); }}>Off</button>;",
        "      instead: await stopBroadcast(), which stops all four in their order",
        "      BP-2: Only the orchestrator switches the stores: nothing else does so behind its back.",
        "",
        "✗ 1 finding in 1 file; 1 file read",
        "migration: 1 of 2 components (hooks and modules included) still bypasses the orchestrator: Mute",
    ]


def test_a_clean_application_exits_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found is 0, a note beside it too."""
    code, out, _ = broadcast(capsys, "lint", str(PAGES / "after"))
    assert code == 0
    assert out.startswith("note: ")
    assert out.splitlines()[-2:] == [
        "✓ nothing found; 7 files read",
        "migration: 0 of 7 components (hooks and modules included) still bypass the orchestrator",
    ]


@pytest.mark.usefixtures("app")
def test_a_baseline_is_written_and_read(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    """What is known does not fail, but is no progress; what is gone is told to be fixed."""
    assert broadcast(capsys, "lint", "src", "--write-baseline", "known.toml")[0] == 0
    code, out, _ = broadcast(capsys, "lint", "src", "--baseline", "known.toml")
    assert code == 0
    assert "accepted: src/[id]/Mute.tsx:4 store-operation Mute: host.stop is called here; known by the baseline" in out
    assert "✓ nothing found, 1 accepted; 1 file read\nmigration: 1 of 2 components" in out
    (app / "src" / "[id]" / "Mute.tsx").write_text("export const Lamp = () => <i>{useIsBroadcasting()}</i>;\n")
    code, out, _ = broadcast(capsys, "lint", "src", "--baseline", "known.toml")
    assert (code, out.count("fixed: store-operation-")) == (0, 1)


@pytest.mark.usefixtures("app")
def test_the_names_of_an_application_come_from_a_file(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    """With other names the operation is none; a slip in the file is one line."""
    (app / "names.toml").write_text('[operations]\nhost = ["hush"]\n')
    assert broadcast(capsys, "lint", "src", "--names", "names.toml")[0] == 0
    (app / "names.toml").write_text("[operation]\n")
    told = "broadcast: --names names.toml: 'operation' is unknown, did you mean 'operations'?\n"
    assert broadcast(capsys, "lint", "src", "--names", "names.toml") == (2, "", told)


def test_the_json_keeps_to_its_schema(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The object of a folder with findings, notes, a comment without use and a file that does not parse is valid, and
    names every rule; --out writes the same."""
    (tmp_path / "Idle.ts").write_text("// broadcast-lint accept store-field: nothing\nexport const a = 1;\n")
    (tmp_path / "Torn.tsx").write_text("export const useHostAgentStore = (")
    paths = (str(PAGES), str(tmp_path))
    code, out, _ = broadcast(capsys, "lint", *paths, "--json")
    found: dict[str, Any] = json.loads(out)
    jsonschema.Draft202012Validator(schema("lint")).validate(found)
    assert (code, found["verdict"]) == (1, "violated")
    assert {each["rule"] for each in found["findings"]} == {*PageRule}
    assert {each["status"] for each in found["findings"]} == {"new", "note"}
    assert (len(found["unread"]), len(found["idle_comments"])) == (1, 1)
    assert broadcast(capsys, "lint", *paths, "--format", "json", "--out", str(tmp_path / "x.json"))[:2] == (1, "")
    assert (tmp_path / "x.json").read_text("utf-8") == out


def test_the_schema_names_every_rule() -> None:
    """The rules of the schema are those that there are, in their order."""
    assert schema("lint")["$defs"]["finding"]["properties"]["rule"]["enum"] == list(PageRule)


@pytest.mark.usefixtures("app")
def test_sarif_points_at_the_line(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    """A result has a declared rule, a place from the root of the project, and a fingerprint; what is accepted is
    suppressed with its reason."""
    assert broadcast(capsys, "lint", "src", "--write-baseline", "known.toml", "--out", "text.txt")[0] == 0
    (app / "src" / "b.ts").write_text(
        "useHostAgentStore.getState().start(); // broadcast-lint accept store-operation: a probe\n"
        "useHostAgentStore.getState().initialize();\n"
    )
    code, out, _ = broadcast(capsys, "lint", "src", "--baseline", "known.toml", "--format", "sarif")
    (run,) = json.loads(out)["runs"]
    assert (code, run["tool"]["driver"]["name"]) == (1, "broadcast lint")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    new, known, accepted = run["results"]
    assert new["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 1}
    assert known["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/%5Bid%5D/Mute.tsx"
    assert known["suppressions"][0]["kind"] == "external"
    assert accepted["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "a probe"}]
    assert run["properties"]["migration"].startswith("migration: 2 of 3 components")


def test_sarif_keeps_to_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """The log is valid by the official schema of SARIF 2.1.0."""
    need(NODE)
    file = NODE / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    official = {**json.loads(file.read_text("utf-8")), "$schema": "http://json-schema.org/draft-07/schema#"}
    _, out, _ = broadcast(capsys, "lint", str(PAGES), "--format", "sarif")
    assert [error.message for error in jsonschema.Draft7Validator(official).iter_errors(json.loads(out))] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "lint: there is nothing to read, try broadcast lint src"),
        (("nowhere",), "lint: nowhere: is not there, try the folder of your components"),
        (("src", "--baseline", "none.toml"), "--baseline none.toml: cannot be read: No such file or directory"),
        (("src", "--names", "none.toml"), "--names none.toml: cannot be read: No such file or directory"),
        (("src", "--out", "src"), "src: is a folder, try src/NAME"),
    ],
)
@pytest.mark.usefixtures("app")
def test_what_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    """Where, what is wrong, what to try; the exit code is 2."""
    assert broadcast(capsys, "lint", *arguments) == (2, "", f"broadcast: {told}\n")


@pytest.mark.usefixtures("app")
def test_a_file_that_matters_and_does_not_parse_is_no_clean_run(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    """Nothing found in the rest does not make it clean: the exit code is 2, as for any bad input."""
    (app / "src" / "[id]" / "Mute.tsx").write_text("export const Torn = useHostAgentStore(")
    (app / "src" / "fine.ts").write_text("export const a = 1;\n")
    code, out, _ = broadcast(capsys, "lint", "src")
    assert code == 2
    assert out.splitlines()[:2] == [
        "not read: src/[id]/Mute.tsx does not parse: line 1",
        "? nothing found; 1 file read, 1 file could not be read",
    ]


@pytest.mark.usefixtures("app")
def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where tree-sitter is not installed, one line names the extra."""
    imported = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "broadcast_orchestrator.properties.lint.accepting":
            raise ModuleNotFoundError("No module named 'tree_sitter'")
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    told = "broadcast: lint: needs tree-sitter, try pip install 'broadcast-orchestrator[lint]'\n"
    assert broadcast(capsys, "lint", "src") == (2, "", told)
