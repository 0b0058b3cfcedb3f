"""What the repository promises about itself: the direction of imports, the packages, the pins."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import ROOT, repository_files

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = ("model", "sim", "properties", "reports")
FOREIGN = (
    re.compile(r"(?<![\w.<])/(?:work|root|home|tmp|Users)/"),  # a path of one machine
    re.compile(r"\b(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)\b"),  # the host of a package registry
)


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts of pyproject.toml over the packages in `root`."""
    command = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    return subprocess.run([sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=False)


def absolute_imports(file: Path) -> Iterator[str]:
    """Yield the package of every absolute import in `file`, wherever in the code it stands: the top-level name, or the
    folder for one of ours."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules = [node.module]
        for top, *others in (module.split(".") for module in modules):
            yield f"{top}.{others[0]}" if top == "broadcast_orchestrator" else top


def test_imports_run_in_one_direction() -> None:
    """Imports run only model <- sim <- properties <- reports."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


WALLS = (
    ("model/table.py", "broadcast_orchestrator.sim", "model.table -> broadcast_orchestrator.sim"),
    ("model/table.py", "broadcast_orchestrator.properties", "model.table -> broadcast_orchestrator.properties"),
    ("sim/world/world.py", "broadcast_orchestrator.reports", "sim.world.world -> broadcast_orchestrator.reports"),
    ("model/table.py", "simpy", "model.table -> simpy"),
    ("sim/world/steps.py", "broadcast_orchestrator.sim.simulate.studio", "sim.world.steps -> "),
    (
        "properties/guarantees/verdicts.py",
        "broadcast_orchestrator.properties.search.machine",
        "guarantees.verdicts -> ",
    ),
    ("reports/output/files.py", "broadcast_orchestrator.reports.commands.audit", "output.files -> "),
    ("sim/world/faults.py", "broadcast_orchestrator.sim.world.world", "No import circle at any depth BROKEN"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the four folders under their import name, with the contracts beside it."""
    folder = tmp_path_factory.mktemp("copied")
    shutil.copy(ROOT / "pyproject.toml", folder)
    unneeded = shutil.ignore_patterns("node_modules", "__pycache__")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / "broadcast_orchestrator" / package, ignore=unneeded)
    return folder


@pytest.mark.parametrize(("file", "imported", "told"), WALLS)
def test_an_import_against_the_direction_is_caught(copied: Path, file: str, imported: str, told: str) -> None:
    """The contracts refuse an import through a wall the wrong way, between rooms as well, and a circle within one."""
    module = copied / "broadcast_orchestrator" / file
    before = module.read_text("utf-8")
    module.write_text(f"{before}\nimport {imported}\n", "utf-8")
    result = lint_imports(copied)
    module.write_text(before, "utf-8")
    assert result.returncode == 1
    assert told in result.stdout


def test_every_room_says_what_belongs_in_it() -> None:
    """Every folder of code begins with a sentence, and holds so few files that one sees its plan."""
    rooms = sorted({file.parent for package in PACKAGES for file in (ROOT / package).rglob("*.py")})
    assert len(rooms) > 40
    for room in rooms:
        assert ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))), room
        assert len([file for file in room.glob("*.py") if file.name != "__init__.py"]) <= 15, room


def test_the_model_imports_the_standard_library_alone() -> None:
    """Every import in model/ names the model itself or a module of the standard library."""
    allowed = sys.stdlib_module_names | {"broadcast_orchestrator.model"}
    files = sorted((ROOT / "model").rglob("*.py"))
    assert files
    assert [(file.name, name) for file in files for name in absolute_imports(file) if name not in allowed] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed(package: str) -> None:
    """A type checker that reads an installed package finds its marker."""
    assert (ROOT / package / "py.typed").is_file()


def test_installing_gives_the_command_and_the_pytest_plugins() -> None:
    """An installation provides the command `broadcast` and its two pytest plugins, and all of them can be loaded."""
    (command,) = entry_points(group="console_scripts", name="broadcast")
    plugins = [each for name in ("broadcast", "broadcast-report") for each in entry_points(group="pytest11", name=name)]
    assert command.value == "broadcast_orchestrator.reports.cli:main"
    assert callable(command.load())
    assert [plugin.value for plugin in plugins] == [
        "broadcast_orchestrator.properties.pytest_plugin.plugin",
        "broadcast_orchestrator.reports.session.plugin",
    ]
    assert [plugin.load().__name__ for plugin in plugins] == [
        "broadcast_orchestrator.properties.pytest_plugin.plugin",
        "broadcast_orchestrator.reports.session.plugin",
    ]


def test_every_dependency_is_pinned() -> None:
    """constraints.txt holds nothing but exact pins, one for each dependency, and each within its declared range."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    pins = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), str(requirement)


def test_every_core_dependency_is_justified() -> None:
    """CONTRIBUTING.md has one row for each core dependency, and no row for anything else."""
    rows = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(Requirement(text).name for text in PROJECT["dependencies"])


def test_the_repository_names_no_machine_and_no_registry() -> None:
    """No file of the repository holds a path of one machine or the host of a package registry."""
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in repository_files()
        for pattern in FOREIGN
        for match in pattern.finditer(file.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []
