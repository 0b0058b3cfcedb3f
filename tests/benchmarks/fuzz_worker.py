"""Runs an input of the fuzzer through the real entry point, here or in a process of its own, and says what is wrong."""

import json
import multiprocessing
import os
import re
import resource
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple

from fuzz_inputs import FuzzInput

from broadcast_orchestrator.reports.cli import main

LONGEST_S, MOST_BYTES = 30.0, 2**30
"""How long a command may take, and how much memory because of what it was given."""

CODES = (0, 1, 2, 3, 130, 141)
ENTRY = "from broadcast_orchestrator.reports.cli import main; main()"
_PYTHONS = re.compile(
    rb"\b[A-Z]\w*Error\b|NoneType|object is not|object has no|not subscriptable|index out of range|unexpected keyword|"
    rb"positional argument|codec can't|not enough values|too many values|<class '|byte 0x|surrogates not allowed"
)


class Outcome(NamedTuple):
    """What became of an input: the exit code (None: it did not end), both outputs, what was raised ("": nothing), how
    much memory it took in bytes, and the files that were left, with their size."""

    code: int | None
    out: bytes = b""
    err: bytes = b""
    raised: str = ""
    memory: int = 0
    left: tuple[tuple[str, int], ...] = ()


def trouble(tried: FuzzInput, outcome: Outcome) -> str:
    """What is wrong, the same for the same cause; "" where nothing is."""
    if outcome.code is None:
        return f"hangs: {tried.words[0]}"
    if outcome.raised or b"Traceback (most" in outcome.err:
        return f"raises {_place(outcome.raised or outcome.err.decode(errors='replace'))}"
    if outcome.code not in CODES:
        return f"ends with exit code {outcome.code}: {tried.words[0]}"
    if outcome.memory > MOST_BYTES or b"not enough memory" in outcome.err:
        return f"takes too much memory: {tried.words[0]}"
    if hidden := [name for name, _ in outcome.left if name.rpartition("/")[2].startswith((".broadcast-", ".", "tmp"))]:
        return f"leaves {re.sub('[.-][a-z0-9_]{8}$', '', hidden[0])}: {tried.words[0]}"
    return _spoken_wrongly(tried, outcome)


def _spoken_wrongly(tried: FuzzInput, outcome: Outcome) -> str:
    """What is wrong with the words of the command."""
    quotes = tried.words[0] == "check" or b"cannot be imported" in outcome.err  # what somebody's own code has said
    if outcome.code == 2 and not quotes and (found := _PYTHONS.search(outcome.err)):
        return f"explains with a word of Python's, {found[0].decode()}: {tried.words[0]}"
    if outcome.code == 2 and tried.words[0] not in TELLING and not _LINES.fullmatch(outcome.err):
        return f"does not say it in lines of its own: {tried.words[0]}"
    if "FORCE_COLOR" not in tried.environment and re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", outcome.err):
        return f"prints control characters: {tried.words[0]}"
    asked = "--json" in tried.words and "--help" not in tried.words
    if asked and tried.words[0] in JSON and outcome.out and not _is_one_object(outcome.out):
        return f"prints more than one JSON object: {tried.words[0]}"
    return ""


_LINES = re.compile(rb"(broadcast: [^\n]+\n){1,100}")

TELLING = ("check", "lint")
"""Commands that print a report as well, in which it stands what could not be read."""

JSON = ("verify", "explain", "experiment", "compare", "diff", "mutants", "check", "lint")


def _is_one_object(out: bytes) -> bool:
    try:
        return isinstance(json.loads(out), dict)
    except ValueError:
        return False


def _place(text: str) -> str:
    """The exception and where it comes from, in our code if it does."""
    last = text.strip().splitlines()[-1].partition(":")[0]
    places = re.findall(r'File "([^"]+)", line (\d+)', text)
    frames = [f"{Path(file).name}:{line}" for file, line in places if _ours(file)]
    return f"{last} at {frames[-1] if frames else '?'}"


def _ours(file: str) -> bool:
    rooms = ("model", "sim", "properties", "reports")
    return "site-packages" not in file and any(f"/{room}/" in file for room in rooms)


# -- One input, here ------------------------------------------------------------------------------


def run_here(tried: FuzzInput) -> Outcome:
    """The input in this process, whose standard streams it takes meanwhile."""
    with _prepared(tried) as folder, _streams(tried.heard) as (out, err), _environment(tried.environment):
        code, raised = None, ""
        try:
            main(_words(tried))
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        except BaseException:
            code, raised = 1, traceback.format_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        return Outcome(code, _read(out), _read(err), raised, 0, _left(tried, folder))


@cache
def _taken() -> socket.socket:
    """A port that is taken: a monitor that would be served there has done all but that."""
    return socket.create_server(("127.0.0.1", 0))


def _words(tried: FuzzInput) -> list[str]:
    return [word.replace("{port}", str(_taken().getsockname()[1])) for word in tried.words]


@contextmanager
def _prepared(tried: FuzzInput) -> Iterator[Path]:
    """A folder with the files, which one is in meanwhile."""
    folder, before = Path(mkdtemp(prefix="fuzz-")), Path.cwd()
    try:
        for name, content in tried.files.items():
            put(folder / name, content)
        os.chdir(folder)
        yield folder
    finally:
        os.chdir(before)
        rmtree(folder, ignore_errors=True)


def put(file: Path, content: bytes | str) -> None:
    """Put the file there, or what is no file."""
    match content:
        case bytes():
            file.write_bytes(content)
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "zero" | "null":
            file.symlink_to(f"/dev/{content}")
        case "loop":
            file.symlink_to(file)
        case "huge":
            with file.open("wb") as opened:
                opened.truncate(40 * 2**30)


@contextmanager
def _streams(heard: bytes) -> Iterator[tuple[int, int]]:
    """Standard streams that begin anew: what is heard, and two that can be read afterwards."""
    kept = [os.dup(number) for number in range(3)]
    objects = sys.stdin, sys.stdout, sys.stderr
    made = [os.memfd_create(name) for name in ("in", "out", "err")]
    os.write(made[0], heard)
    os.lseek(made[0], 0, os.SEEK_SET)
    try:
        for number, handle in enumerate(made):
            os.dup2(handle, number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, closefd=False) for n, mode in enumerate("rww"))
        yield made[1], made[2]
    finally:
        for number, handle in enumerate(kept):
            os.dup2(handle, number)
        for handle in (*kept, *made):
            os.close(handle)
        sys.stdin, sys.stdout, sys.stderr = objects


def _read(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(os.dup(handle), "rb") as file:
        return file.read()


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _left(tried: FuzzInput, folder: Path) -> tuple[tuple[str, int], ...]:
    """The files that are there now, beside those that were given and the marks that our folders have."""
    found = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())
    names = ((str(file.relative_to(folder)), file.stat().st_size) for file in found)
    return tuple(each for each in names if each[0] not in tried.files and not each[0].endswith(".broadcast-files"))


# -- In a process of its own ----------------------------------------------------------------------


def run_apart(tried: FuzzInput) -> Outcome:
    """The input as a command that somebody has started."""
    with _prepared(tried) as folder:
        environment = {**os.environ, **tried.environment}
        words = [word.encode(errors="surrogateescape") for word in (sys.executable, "-c", ENTRY, *_words(tried))]
        with Path("in").open("w+b") as heard, Path("out").open("w+b") as out, Path("err").open("w+b") as err:
            heard.write(tried.heard)
            heard.seek(0)
            process = subprocess.Popen(words, stdin=heard, stdout=out, stderr=err, env=environment)
            code, memory = _ended(process)
            out.seek(0)
            err.seek(0)
            told = out.read(), err.read()
        for name in ("in", "out", "err"):
            Path(name).unlink(missing_ok=True)
        return Outcome(code, *told, "", memory, _left(tried, folder))


def _ended(process: "subprocess.Popen[bytes]") -> tuple[int | None, int]:
    """The exit code, None where it had to be killed, and the most memory that it had."""
    until = time.monotonic() + 4 * LONGEST_S  # a subject has a minute for its first word
    while time.monotonic() < until:
        number, status, used = os.wait4(process.pid, os.WNOHANG)
        if number:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, used.ru_maxrss * 1_024
        time.sleep(0.02)
    process.kill()
    process.wait()
    return None, 0


# -- A worker -------------------------------------------------------------------------------------


class Worker:
    """A process that runs inputs one after the other; one that hangs is ended, and another takes its place."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._done = 0

    def run(self, tried: FuzzInput) -> Outcome:
        """What becomes of it."""
        if tried.apart:
            return run_apart(tried)
        if self._pipe is None or self._done >= 2_000:
            self._begin()
        assert self._pipe is not None
        self._done += 1
        self._pipe.send(tried)
        if not self._pipe.poll(LONGEST_S):
            self.close()
            return run_apart(tried)  # a busy machine is no hang
        try:
            outcome: Outcome = self._pipe.recv()
        except EOFError:
            self.close()
            return Outcome(-1, raised="the process of the command has died")
        return outcome

    def _begin(self) -> None:
        self.close()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        self._done = 0

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    import broadcast_orchestrator.reports.verify.report  # noqa: F401 -- what commands import counts for none of them

    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MOST_BYTES, resource.RLIM_INFINITY))
    try:
        while True:
            pipe.send(run_here(pipe.recv()))
    except EOFError:
        pass
