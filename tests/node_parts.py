"""What a few tests need beside Python: Node, and npm packages that a folder of this repository asks for."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest
from places import TESTS

HOW = "install Node 20 or newer (Debian and Ubuntu: apt install nodejs npm; or nodejs.org)"


def need(folder: Path) -> str:
    """The command `node`, with the npm packages of `folder` installed; where that cannot be, the test is skipped, and
    told why. The packages are installed once, by npm; what npm itself cannot do (no network, say) is a reason, too.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"{'npm' if node else 'Node'} is missing: {HOW}")
    with (folder / "package.json").open() as wanted:
        fcntl.flock(wanted, fcntl.LOCK_EX)  # tests run side by side
        if not _is_installed(folder):
            _install(npm, folder)
    return node


def _is_installed(folder: Path) -> bool:
    installed, wanted = folder / "node_modules" / ".package-lock.json", folder / "package.json"
    return installed.is_file() and installed.stat().st_mtime >= wanted.stat().st_mtime


def _install(npm: str, folder: Path) -> None:
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"npm cannot install the packages of {folder.relative_to(TESTS.parent)}: {reason}")
    (folder / "node_modules" / ".package-lock.json").touch()
