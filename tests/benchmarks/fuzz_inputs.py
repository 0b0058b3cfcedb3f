"""What the fuzzer tries: a command with its options, damaged files, an environment and a standard input."""

import codecs
import json
import re
import sys
from typing import Any, AnyStr, NamedTuple

from fuzz_corpus import Corpus
from hypothesis import strategies as st

SLOT = re.compile(r"\{(\w+)\}")


def several(words: AnyStr) -> list[AnyStr]:
    """The words one by one."""
    return words.split()


COMMANDS = (
    "replay {trace}",
    "replay {evidence}",
    "view {trace} --out page.html",
    "view {evidence} --out page.html",
    "judge {trace}",
    "judge {evidence} --json",
    "explain {trace} --out why",
    "explain {trace} --json",
    "graph --what witness --trace {trace} --format mermaid",
    "graph --what witness --trace {trace} --out run.svg",
    "graph --what coverage --from {report} --format dot",
    "graph --what table --format {word}",
    "graph --what procedures --faults 0 --filter {word}",
    "monitor --port {port} --trace {trace}",
    "monitor --port {port} --trace {evidence}",
    "serve-reference",
    "serve-reference --dialect {dialect}",
    "check --replay {scenario} -- {python} {subject}",
    "check --replay {evidence} --dialect {dialect} -- true",
    "check --scenarios 1 --baseline {baseline} -- true",
    "check --scenarios {number} --patience {number} --seconds {number} -- true",
    "lint {component} --names {names}",
    "lint {component} --baseline {baseline} --json",
    "lint {component} --format sarif --out found.sarif",
    "experiment {experiment} --json",
    "experiment {experiment} --runs 2 --out answer",
    "experiment {experiment} --runs 2 --set {setting}",
    "experiment {experiment} --replay {number}",
    "experiment {fleet} --runs 1",
    "experiment flaky-host --runs 2 --until {word}",
    "experiment {word} --runs 2",
    "compare {results} {results}",
    "diff {report} {report}",
    "diff {answer} {answer} --json",
    "diff {report} {answer}",
    "verify --faults 0 --only {word} --since {report}",
    "verify --faults {number} --only G1 --faults-only {word}",
    "verify --faults 4 --experiment {answer}",
    "simulate --seed {number} --fail {word} --trace run.jsonl",
    "simulate --rules {word}",
    "watch --demo --speed {number}",
    "audit --format {word}",
    "kit --pack {word}",
    "mutants --mechanical {number} --jobs 0",
    "{word} {word}",
)
"""Commands that end soon, with a place for each kind of file and of word."""

SUFFIXES = {
    **dict.fromkeys(("trace", "evidence"), ".jsonl"),
    **dict.fromkeys(("experiment", "fleet", "dialect", "baseline", "names"), ".toml"),
    **dict.fromkeys(("scenario", "report", "answer"), ".json"),
    "component": ".tsx",
    "results": ".sqlite",
    "subject": ".py",
}

NUMBERS = ("", "9" * 29, "9" * 5_000, *several("0 1 -1 2 nan inf -inf 1e29 1.5 1e-300 0x10 1_0 ٣ 1e9"))
WORDS = (
    *("", "a" * 5_000, "a\nb", "a\tb", "\x1b[31m", "\u202e", "\udcff", "é", "no/such/file", "/dev/full", "/dev/null"),
    *several("- -- -x --help --json --out / . %s {0} [red] ::error::x G1 G99 G1,G1 F2 host.start host.start:hang"),
    *several("host.start:tea host.* convex.live:conflict precision=0.1 precision=nan decided svg dot markdown json"),
    *several("os:system json:loads a:b builtins:int flaky-host live"),
)
SETTINGS = (
    *("", "name=\x1b", "description=" + "x" * 5_000, "faults=[[[[[[[[1]]]]]]]]"),
    *several("seed=1 runs=10000000000 limit_ms=1e9 config.max_retries=-1 config.max_retries=2 faults.1.probability=7"),
    *several("faults.9.kind=x latency=[] a.b.c=1 = x sweep.1.values=[] commands=[] aim=x latency.host.*=nan"),
)
WORDS_OF: dict[str, tuple[str, ...]] = {
    "number": NUMBERS,
    "word": WORDS,
    "setting": SETTINGS,
    "python": (sys.executable,),
    "port": ("{port}",),
}
"""What may stand in each place that is no file."""

ENVIRONMENTS: tuple[dict[str, str], ...] = (
    *({}, {}, {}, {"COLUMNS": "1"}, {"COLUMNS": "x"}, {"COLUMNS": "100000", "LINES": "0"}, {"NO_COLOR": "1"}),
    *({"FORCE_COLOR": "1"}, {"TERM": "dumb"}, {"GITHUB_ACTIONS": "true"}, {"GITHUB_STEP_SUMMARY": "/dev/full"}),
    *({"GITHUB_STEP_SUMMARY": "no/such/place"}, {"TMPDIR": "/no/such/place"}, {"HOME": "/no/such/place"}),
)
PROCESS_ONLY: tuple[dict[str, str], ...] = (
    *({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONHASHSEED": "5"}, {"PATH": "/nowhere"}),
)
SPECIAL = ("missing", "folder", "pipe", "zero", "null", "loop", "huge")
"""What is there in the place of a file: nothing, a folder, a pipe without a writer, a device, and so on."""

NASTY_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 10**9, 10**29, 1.5, -0.0, 1e300, [], {}, [[]], [None], [1, 2, 3], {"a": 1}),
    *("", "x", "host", "live", "F1", "a" * 5_000, "\x00\x1b[31m", "\u202e", "</script><script>alert(1)</script>"),
)
NASTY_TOML = ("nan", "inf", "[[1]]", "1979-05-27")
NASTY_BYTES = (
    *(b"", b"\x00", b"\xff", b"\n", b"\r\n", b"\r", b"\\", b"\\ud800", b"9" * 400, b"[" * 100, b"a." * 100),
    *several(b"\xef\xbb\xbf , [ ] { } \" ''' = . NaN -1 1e999 nan inf null true 0"),
)


class FuzzInput(NamedTuple):
    """One try: the words of the command, where {kind} names a file; the files, a text standing for something that is
    none; the environment, what is heard, and whether it takes a process of its own."""

    words: tuple[str, ...]
    files: dict[str, bytes | str]
    environment: dict[str, str]
    heard: bytes
    apart: bool = False

    def __str__(self) -> str:
        """The command, as somebody would read it."""
        return " ".join(word if word.isprintable() and word and " " not in word else repr(word) for word in self.words)


# -- Damage ---------------------------------------------------------------------------------------


def _paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed in plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [each for key, value in items for each in ((*at, key), *_paths(value, (*at, key)))]


def _changed(draw: st.DrawFn, data: Any) -> Any:
    """The data with one value, key or item of it changed."""
    paths = _paths(data)
    if not paths:
        return draw(st.sampled_from(NASTY_VALUES))
    *above, key = draw(st.sampled_from(paths))
    place = data
    for step in above:
        place = place[step]
    match draw(st.sampled_from(("value", "value", "value", "less", "more", "other"))):
        case "value":
            place[key] = draw(st.sampled_from(NASTY_VALUES))
        case "less":
            del place[key]
        case "more" if isinstance(place, list):
            place.insert(key, place[key])
        case _ if isinstance(place, dict):
            place[f"{key}s"] = place.pop(key)
        case _:
            place.reverse()
    return data


@st.composite
def damaged_json(draw: st.DrawFn, content: bytes) -> bytes:
    """A line, or the whole, with values changed; still JSON."""
    rows, at = content.decode().split("\n") if b"\n{" in content else [content.decode()], 0
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(rows) - 1))
        if rows[at]:
            rows[at] = json.dumps(_changed(draw, json.loads(rows[at])))
    match draw(st.sampled_from(("", "", "", "twice", "less", "swap"))):
        case "twice":
            rows.insert(at, rows[at])
        case "less":
            del rows[at]
        case "swap":
            rows[0], rows[at] = rows[at], rows[0]
    return "\n".join(rows).encode()


@st.composite
def damaged_lines(draw: st.DrawFn, content: bytes) -> bytes:
    """Lines of TOML or of a program, some of them with another value, twice, gone or elsewhere."""
    rows = content.decode().split("\n")
    for _ in range(draw(st.integers(1, 2))):
        at, other = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
        match draw(st.sampled_from(("value", "value", "value", "twice", "less", "swap", "key"))):
            case "value" if "=" in rows[at]:
                value = draw(st.sampled_from((*NASTY_VALUES, *NASTY_TOML)))
                rows[at] = f"{rows[at].partition('=')[0]}= {_toml(value)}"
            case "twice":
                rows.insert(other, rows[at])
            case "less":
                rows[at] = ""
            case "key":
                rows[at] = rows[at].replace("=", "x =", 1)
            case _:
                rows[at], rows[other] = rows[other], rows[at]
    return "\n".join(rows).encode()


def _toml(value: Any) -> str:
    if value in NASTY_TOML:
        return str(value)
    return "{}" if value is None else json.dumps(value).replace(": ", " = ")


@st.composite
def damaged_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Anything: pieces taken out, doubled, or replaced."""
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.sampled_from((0, 1, 1, 2, 8, 100, 10_000))))
        piece = draw(st.sampled_from((*NASTY_BYTES, content[begin:end] * 2)))
        content = content[:begin] + piece + content[end:]
    return content


@st.composite
def encoded_otherwise(draw: st.DrawFn, content: bytes) -> bytes:
    """The same text in another spelling, which may or may not be read."""
    match draw(st.sampled_from(("mark", "crlf", "utf-16", "utf-32", "latin-1", "cr"))):
        case "mark":
            return codecs.BOM_UTF8 + content
        case "crlf":
            return content.replace(b"\n", b"\r\n")
        case "cr":
            return content.replace(b"\n", b"\r")
        case name:
            return content.replace(b"a", "é".encode()).decode(errors="replace").encode(name, errors="replace")


def damaged(kind: str, content: bytes) -> st.SearchStrategy[bytes | str]:
    """A file of this kind, sound or not."""
    suffix = SUFFIXES.get(kind, "")
    lines = damaged_json(content) if suffix in (".json", ".jsonl") or kind == "protocol" else damaged_lines(content)
    own: st.SearchStrategy[bytes | str] = damaged_bytes(content) if suffix == ".sqlite" else lines
    spelled = own if suffix == ".sqlite" else encoded_otherwise(content)
    return st.one_of(own, own, own, own, damaged_bytes(content), st.just(content), spelled, st.sampled_from(SPECIAL))


# -- Whole inputs ---------------------------------------------------------------------------------


@st.composite
def inputs(draw: st.DrawFn, sound: Corpus) -> FuzzInput:
    """Something to try."""
    words, files = [], dict[str, bytes | str]()
    for part in draw(st.sampled_from(COMMANDS)).split():
        slot = SLOT.fullmatch(part)
        kind = slot[1] if slot else ""
        if kind in sound:
            name = f"{kind}{len(files)}{SUFFIXES.get(kind, '')}"
            files[name] = draw(damaged(kind, sound[kind]))
            words.append(name)
        elif kind:
            words.append(draw(st.sampled_from(WORDS_OF[kind])))
        else:
            words.append(part)
    if draw(st.integers(0, 9)) == 7:  # Hypothesis is fond of the ends
        words.insert(draw(st.integers(1, len(words))), draw(st.sampled_from(WORDS)))
    heard = draw(damaged_json(sound["protocol"])) if words[0] == "serve-reference" else b""
    return FuzzInput(tuple(words), files, draw(st.sampled_from(ENVIRONMENTS)), heard)


def apart(tried: FuzzInput, number: int) -> FuzzInput:
    """The same in a process of its own, with what only a whole process notices in its environment."""
    more = PROCESS_ONLY[number % len(PROCESS_ONLY)]
    return tried._replace(environment=tried.environment | more, apart=True)
