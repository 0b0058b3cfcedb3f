"""Which files are read, and what becomes of those that cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.lint.findings import Unread
from broadcast_orchestrator.properties.lint.folders import NoPages
from broadcast_orchestrator.properties.lint.linting import lint

WRONG = "export const Mute = () => <i onClick={() => { useHostAgentStore.getState().stop(); }} />;\n"


def write(folder: Path, *names: str) -> None:
    """The same wrong component in each of these files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(WRONG)


def test_tests_and_what_others_wrote_are_left_out(tmp_path: Path) -> None:
    """Of all these only the component is read: no test, no declaration, no package, nothing that is built or hidden."""
    write(tmp_path, "src/Mute.tsx", "src/Mute.test.tsx", "src/Mute.spec.ts", "src/Mute.stories.tsx", "src/mute.d.ts")
    write(
        tmp_path, "src/__tests__/Mute.tsx", "e2e/mute.ts", "node_modules/mute/Mute.tsx", ".next/Mute.tsx", "dist/a.tsx"
    )
    report = lint((tmp_path,))
    assert [finding.path for finding in report.findings] == [(tmp_path / "src" / "Mute.tsx").as_posix()]
    assert (report.files, report.left_out) == (1, 6)


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """However often, and by whatever path, a file is named, it is read and told once."""
    write(tmp_path, "a/Mute.tsx")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    report = lint((tmp_path, tmp_path / "a", tmp_path / "a" / "Mute.tsx", tmp_path / "b"))
    assert (report.files, len(report.findings)) == (1, 1)


@pytest.mark.parametrize(
    ("name", "content", "why", "matters"),
    [
        ("video.ts", b"G\0\0\0useHostAgentStore", "is no text", True),
        ("video.ts", b"G\0\0\0", "is no text", False),
        ("latin.ts", b"// useHostAgentStore\n// \xe9", "is not UTF-8: line 2, try saving it as UTF-8", True),
        ("latin.ts", b"// \xe9", "is not UTF-8: line 1, try saving it as UTF-8", False),
        ("Torn.tsx", b"\nexport const Torn = ( => useHostAgentStore(", "does not parse: line 2", True),
        ("Torn.tsx", b"export const Torn = ( => {", "does not parse: line 1", False),
        ("large.ts", b"a;" * 1_000_001, "is larger than 2,000,000 bytes", False),
        ("deep.tsx", b"<i>{" + b"a && " * 3000 + b"<BroadcastStateMonitor />}</i>", "is nested too deeply", True),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    tmp_path: Path, name: str, content: bytes, why: str, matters: bool
) -> None:
    """A file that cannot be read is told with its reason, and the others are read; it matters where it names something
    of the broadcast."""
    write(tmp_path, "Mute.tsx")
    (tmp_path / name).write_bytes(content)
    report = lint((tmp_path,))
    assert report.unread == (Unread((tmp_path / name).as_posix(), why, matters),)
    assert (report.files, len(report.findings)) == (1, 1)


@pytest.mark.parametrize(
    "code",
    [
        "export const a = <p>Q & A, R&D</p>;",
        "export const a = <p>{b} & {c} && {d}</p>;",
        "export const a = <p title='a&b'><a href=\"?x=1&y=2\">Save & close (beta); &amp; more</a></p>;",
        "type Both = { a: 1 } & { b: 2 };\nexport const a = (x > 1 && y < 2) || <p>Q & A</p>;",
        "if (a) { b(); } if (a && b) { c(); }\nexport const a = <>{b}\n  Terms & Conditions\n  <i /></>;",
        "export type * from './types';",
        "export default abstract class {}",
        "interface Source<in out T> { of: T }",
        "using file = open();",
        "import data from './data.json' with { type: 'json' };",
        "class A { accessor a = 1; static { b(); } #c = 1; has(d: object) { return #c in d; } }",
    ],
)
def test_correct_code_that_the_grammar_does_not_know_is_read(tmp_path: Path, code: str) -> None:
    """An ampersand in a text, and young ways to declare something, keep no file from being read; what is shown and
    where it is stay as they are written."""
    (tmp_path / "Mute.tsx").write_text(f"{code}\n{WRONG}// R&D")
    report = lint((tmp_path,))
    assert report.unread == ()
    (finding,) = report.findings
    assert (finding.line, finding.source) == (code.count("\n") + 2, WRONG.strip())


def test_links_that_lead_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    """A folder that leads back to one that it is in changes nothing; a file that is its own link matters."""
    write(tmp_path, "src/Mute.tsx")
    (tmp_path / "src" / "back").symlink_to(tmp_path)
    (tmp_path / "src" / "self.ts").symlink_to("self.ts")
    report = lint((tmp_path,))
    assert [(Path(each.path).name, each.matters) for each in report.unread] == [("back", False), ("self.ts", True)]
    assert len(report.findings) == 1


def test_the_mark_at_the_beginning_of_a_file_is_no_code(tmp_path: Path) -> None:
    """A byte order mark and Windows' line ends change neither the line nor the column nor what is shown."""
    (tmp_path / "Mute.tsx").write_bytes(
        b"\xef\xbb\xbf// \xc3\xa9\r\nconst \xc3\xa9 = useHostAgentStore.getState().stop();\r\n"
    )
    (finding,) = lint((tmp_path,)).findings
    assert (finding.line, finding.column) == (2, 11)
    assert finding.source == "const é = useHostAgentStore.getState().stop();"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("empty", "holds no TypeScript (.ts, .tsx), try the folder of your components"),
        ("tests", "holds no TypeScript (.ts, .tsx) but tests, declarations and what tools wrote, try"),
        ("missing", "is not there, try the folder of your components"),
        ("notes.md", "is no TypeScript (.ts, .tsx), try the folder of your components"),
    ],
)
def test_a_path_that_leads_to_nothing_is_refused(tmp_path: Path, name: str, told: str) -> None:
    """An empty folder, one of tests alone, no path and another kind of file: one line that says what to try."""
    (tmp_path / "empty").mkdir()
    write(tmp_path, "tests/a.test.ts", "notes.md")
    with pytest.raises(NoPages) as refused:
        lint((tmp_path / name,))
    assert str(refused.value).startswith(f"{tmp_path / name}: {told}")


ORDER = """
import sys
from pathlib import Path
from broadcast_orchestrator.properties.lint.linting import lint
print(lint((Path(sys.argv[1]),)))
"""


def test_the_order_does_not_depend_on_hashing() -> None:
    """Two processes with different hash seeds say the same, in the same order."""
    pages = Path(__file__).parent / "pages"
    said = [
        subprocess.run(
            [sys.executable, "-c", ORDER, str(pages)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count(b"PageFinding(") > 60
