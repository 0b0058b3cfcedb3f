"""The kit for implementations in TypeScript, by its own tests."""

import subprocess
from pathlib import Path

import pytest
from node_parts import need
from places import ROOT

from broadcast_orchestrator.reports.cli import main

KIT = ROOT / "sim" / "node"


def test_the_kit_passes_its_own_tests() -> None:
    """Every test under node --test passes."""
    need(KIT)
    command = ["npm", "test", "--prefix", str(KIT), "--silent"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_kit_can_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the folder that npm can install."""
    with pytest.raises(SystemExit) as ended:
        main(["kit"])
    folder = Path(capsys.readouterr().out.strip())
    assert (ended.value.code, (folder / "package.json").is_file()) == (0, True)
