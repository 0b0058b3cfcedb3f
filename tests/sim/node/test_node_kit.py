"""The kit for implementations in TypeScript, by its own tests."""

import subprocess
import tarfile
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


def packed(capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    """The kit, packed into a file of this folder."""
    with pytest.raises(SystemExit) as ended:
        main(["kit", "--pack", str(folder)])
    assert ended.value.code == 0
    return Path(capsys.readouterr().out.strip())


def test_the_kit_is_packed_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The file has what the package says that it has, and the same kit gives the same bytes."""
    first, second = packed(capsys, tmp_path / "one"), packed(capsys, tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
    sources = {f"src/{file.name}" for file in (KIT / "src").iterdir()}
    assert names == {"package.json", "README.md", "index.d.ts", "record.d.ts"} | sources


def test_the_packed_kit_outlives_the_next_install(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """npm copies it, and leaves the copy alone when something else is installed."""
    node = need(KIT)
    other = tmp_path / "other"
    other.mkdir()
    (other / "package.json").write_text('{"name":"other","version":"1.0.0"}')
    project = tmp_path / "project"
    file = packed(capsys, project)
    (project / "package.json").write_text('{"name":"ours","version":"1.0.0","type":"module"}')
    for wanted in (file.name, "../other"):
        npm = [
            "npm",
            "install",
            "--save-dev",
            "--no-audit",
            "--no-fund",
            "--prefer-offline",
            "--loglevel=error",
            wanted,
        ]
        done = subprocess.run(npm, cwd=project, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            pytest.skip(f"npm cannot install: {done.stderr.strip().splitlines()[-1:]}")
    installed = project / "node_modules" / "broadcast-subject"
    assert (installed.is_symlink(), (installed / "src" / "index.js").is_file()) == (False, True)
    tried = [node, "--input-type=module", "-e", "import { serve } from 'broadcast-subject'; console.log(typeof serve)"]
    said = subprocess.run(tried, cwd=project, capture_output=True, text=True, check=False, timeout=60)
    assert (said.stdout, said.returncode) == ("function\n", 0), said.stderr
