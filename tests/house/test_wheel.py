"""The wheel: it takes one name, has everything in it, and leaves alone a project whose packages are called as ours."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest
from places import ROOT, repository_files

FOLDERS = ("model", "sim", "properties", "reports")
NOT_SHIPPED = "sim/node/test/"

PROJECT = {
    "pyproject.toml": "[tool.pytest]\nstrict = true\n",
    "model/__init__.py": 'NAME = "a model of its own"\n',
    "model/test_model.py": """
import broadcast_orchestrator.model
import model


def test_both_are_there():
    assert model.NAME == "a model of its own"
    assert broadcast_orchestrator.model.BroadcastState("live") == "live"
""",
    "sim/__init__.py": 'NAME = "a simulation of its own"\n',
    "sim/test_sim.py": """
import sim
from broadcast_orchestrator.sim import Fault


def test_a_refused_start_is_rolled_back(broadcast_studio):
    studio = broadcast_studio(faults=[Fault("host.start", "refuse", first=1)])
    studio.orchestrator.initialize()
    studio.settle()
    studio.orchestrator.start_broadcast("s1")
    studio.settle()
    assert studio.state == "error"
    assert sim.NAME == "a simulation of its own"
""",
    "properties/__init__.py": 'NAME = "properties of its own"\n',
    "properties/test_properties.py": """
import properties


def test_the_world_is_fresh(broadcast_world):
    assert broadcast_world.core.state == "idle"
    assert properties.NAME == "properties of its own"
""",
    "reports/__init__.py": 'NAME = "reports of its own"\n',
    "reports/test_reports.py": """
import sys

import broadcast_orchestrator.model
import reports


def test_the_toolkit_is_the_installed_one():
    assert broadcast_orchestrator.model.__file__.startswith(sys.prefix)
    assert reports.NAME == "reports of its own"
""",
}


def ran(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a command says in a folder, without what the run of these tests left in the environment."""
    foreign = ("PYTEST", "PYTHON", "COV", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def succeeded(*command: str | Path, folder: Path) -> str:
    """The standard output of a command that has to work."""
    done = ran(*command, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what belongs to the repository: a `build/` that lies about would come along."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for file in repository_files():
        place = source / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    succeeded(*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", made, source, folder=source)
    (file,) = made.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that has the wheel, and beside it the libraries of this environment. Those
    are named by a path alone, so that what is installed editable here stays out."""
    folder = tmp_path_factory.mktemp("environment")
    succeeded(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder)
    programs = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", programs / "python")
    succeeded(*pip, "install", "--no-index", "--no-deps", wheel, folder=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    libraries = {sysconfig.get_path(each) for each in ("purelib", "platlib")}
    (packages / "libraries.pth").write_text("".join(f"{path}\n" for path in sorted(libraries)), "utf-8")
    return programs


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with packages that are called as our folders are, and a test in each."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_the_wheel_takes_one_name_and_has_every_file(wheel: Path) -> None:
    """One package at the top, and in it every file of the four folders but the tests of the kit."""
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        (top_level,) = (archive.read(name) for name in names if name.endswith(".dist-info/top_level.txt"))
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"broadcast_orchestrator"}
    assert top_level.split() == [b"broadcast_orchestrator"]
    files = [file.relative_to(ROOT).as_posix() for file in repository_files()]
    ours = [file for file in files if file.split("/")[0] in FOLDERS and not file.startswith(NOT_SHIPPED)]
    shipped = [name for name in names if name.startswith("broadcast_orchestrator/")]
    assert sorted(shipped) == sorted(f"broadcast_orchestrator/{file}" for file in ours)
    assert [name for name in shipped if name.endswith("py.typed")] == [
        f"broadcast_orchestrator/{folder}/py.typed" for folder in sorted(FOLDERS)
    ]


@pytest.mark.parametrize("by_module", [False, True], ids=["pytest", "python -m pytest"])
def test_a_project_with_packages_of_the_same_names_runs_its_tests(
    installed: Path, project: Path, by_module: bool
) -> None:
    """Its own packages are found, and ours under their one name; its tests use our fixtures and faults."""
    pytest_ = ("-m", "pytest") if by_module else (Path(sysconfig.get_path("scripts")) / "pytest",)
    told = succeeded(installed / "python", *pytest_, "-q", "-p", "no:cacheprovider", folder=project)
    assert "4 passed" in told


def test_the_command_works_from_the_folder_of_such_a_project(installed: Path, project: Path) -> None:
    """`graph` draws the table, and `verify` proves a guarantee, with the command that the wheel has installed."""
    assert 'digraph "transition table"' in succeeded(installed / "broadcast", "graph", folder=project)
    told = succeeded(installed / "broadcast", "verify", "--only", "G2", "--faults-only", "F1", folder=project)
    assert "G2" in told
    assert "proved" in told
