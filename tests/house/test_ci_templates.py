"""The step for GitHub Actions and the template for GitLab: valid by their schemas, and true to the command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from ruamel.yaml import YAML

ACTION, GITLAB = ROOT / ".ci" / "action.yml", ROOT / ".ci" / "gitlab.yml"


@pytest.mark.parametrize(
    ("file", "schema", "mistake"),
    [
        (ACTION, "vendor.github-actions", ("runs:", "ruins:")),
        (GITLAB, "vendor.gitlab-ci", ("when: always", "when: sometimes")),
    ],
    ids=["github", "gitlab"],
)
def test_the_templates_fit_the_published_schemas(
    file: Path, schema: str, mistake: tuple[str, str], tmp_path: Path
) -> None:
    """Each is valid by the schema that its service publishes, and a mistake in it would be found."""
    text = file.read_text("utf-8").replace("\n.broadcast:", "\nbroadcast:")  # the schema asks nothing of a hidden job

    def checked(text: str) -> int:
        (tmp_path / file.name).write_text(text, "utf-8")
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / file.name)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert checked(text) == 0
    assert checked(text.replace(*mistake)) != 0


@pytest.fixture
def stand_in(tmp_path: Path) -> dict[str, str]:
    """An environment in which `broadcast` writes down what it is given, and ends with 3."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = f"#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open({str(tmp_path / 'given')!r}, 'w'))\n"
    (folder / "broadcast").write_text(f"{program}sys.exit(3)\n", "utf-8")
    (folder / "broadcast").chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def given(script: str, environment: dict[str, str], tmp_path: Path) -> tuple[int, Any]:
    """How the script ends, and what `broadcast` is given."""
    ended = subprocess.run(["bash", "-e", "-c", script], env=environment, cwd=tmp_path, check=False)
    return ended.returncode, json.loads((tmp_path / "given").read_text("utf-8"))


def test_the_action_hands_on_its_arguments_as_they_are_and_ends_as_the_command_does(
    stand_in: dict[str, str], tmp_path: Path
) -> None:
    """Quotes hold words together, what a shell would run is a text, and the exit code is that of the command."""
    steps = YAML(typ="safe").load(ACTION)["runs"]["steps"]
    (script,) = (step["run"] for step in steps if "ARGUMENTS" in step.get("env", {}))
    inputs = {"COMMAND": "check", "OUT": "out dir", "ARGUMENTS": "--seed 3 -- node 'my adapter.mjs' $(exit 9) ;"}
    assert given(script, stand_in | inputs, tmp_path) == (
        3,
        ["check", "--out", "out dir", "--seed", "3", "--", "node", "my adapter.mjs", "$(exit", "9)", ";"],
    )


def test_the_template_runs_the_command_that_the_job_names(stand_in: dict[str, str], tmp_path: Path) -> None:
    """The first word is the command; the folder for the reports stands before what follows it."""
    job = YAML(typ="safe").load(GITLAB)[".broadcast"]
    script = "\n".join(line for line in job["script"] if "pip install" not in line)
    names = {"BROADCAST": "check --scenarios 700 -- node adapter.mjs", "BROADCAST_OUT": "out dir"}
    assert given(script, stand_in | names, tmp_path) == (
        3,
        ["check", "--out", "out dir", "--scenarios", "700", "--", "node", "adapter.mjs"],
    )
    assert job["allow_failure"] == {"exit_codes": 3}
    assert given(script, stand_in | names | {"BROADCAST": "verify"}, tmp_path)[1] == ["verify", "--out", "out dir"]
