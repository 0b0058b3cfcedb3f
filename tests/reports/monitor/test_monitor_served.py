"""The state monitor over HTTP: who may talk to it, what it answers, and the command that serves it."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
from live_runs import on_air, state

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.commands.live.monitor import MonitorOptions, prepared
from broadcast_orchestrator.reports.monitor.app import LARGEST_ORDER, LARGEST_TRACE, application
from broadcast_orchestrator.reports.monitor.orders import obey
from broadcast_orchestrator.reports.monitor.saved import run_text
from broadcast_orchestrator.reports.monitor.server import Server, listening
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

TOKEN = "the-token-of-this-page"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[httpx.Client, Session]]:
    """A monitor that is really served, and a client that calls it as it calls itself."""
    import uvicorn

    session, taken = Session(), listening(0)
    server = Server(uvicorn.Config(application(session, TOKEN), log_level="critical", ws="none"), session)
    thread = Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}", trust_env=False, timeout=20) as client:
        yield client, session
    server.should_exit = True
    thread.join(20)
    taken.close()
    assert not thread.is_alive()


@pytest.fixture
def page(served: tuple[httpx.Client, Session]) -> httpx.Client:
    """The client, once a new run has begun."""
    assert given(served[0], {"do": "new", "seed": 0}).status_code == 200
    return served[0]


@pytest.fixture
def session(served: tuple[httpx.Client, Session]) -> Session:
    """The session that is served."""
    return served[1]


def given(page: httpx.Client, order: object, **headers: str) -> httpx.Response:
    """The answer to an order with the page's token."""
    return page.post("/orders", content=json.dumps(order), headers={"X-Broadcast-Token": TOKEN, **headers})


INITIALIZE = {"do": "command", "name": "initialize"}


def test_the_page_has_its_token_and_needs_nothing_else(page: httpx.Client) -> None:
    """The page carries the token and refers to nothing but its own files, which are all there."""
    answer = page.get("/")
    assert (answer.status_code, TOKEN in answer.text) == (200, True)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    files = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert {file[0] for file in files} == {"/"}
    for file in ("/monitor.css", "/monitor.js", "/alarm.js", "/choosing.js", "/viewer.js", "/picture.js", "/icon.svg"):
        found = page.get(file)
        assert (found.status_code, found.headers["x-content-type-options"]) == (200, "nosniff")
    assert "<style" not in answer.text
    assert re.findall(r"\sstyle=|\son[a-z]+=", answer.text) == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost:80x", "[::2]"]
)
@pytest.mark.parametrize("path", ["/", "/events", "/broadcast.jsonl", "/moments/0"])
def test_another_name_is_refused(page: httpx.Client, host: str, path: str) -> None:
    """A name that somebody else made point at this machine reaches nothing (DNS rebinding)."""
    assert page.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:80"])
def test_a_tunnel_is_let_through(page: httpx.Client, host: str) -> None:
    """Under a loopback name the port may be another one, as through a tunnel."""
    assert page.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_another_page_is_refused(page: httpx.Client, session: Session, origin: str) -> None:
    """An order that another page gives does nothing, even with the right token."""
    assert given(page, INITIALIZE, Origin=origin).status_code == 403
    assert session.live.shown == 0


def test_an_order_needs_the_token(page: httpx.Client, session: Session) -> None:
    """Without the token, with a wrong one, or with one that is not even text, nothing happens; with it, it does."""
    for token in (b"", b"wrong", TOKEN.encode() + b"x", "ü".encode()):
        answer = page.post("/orders", content=json.dumps(INITIALIZE), headers={b"X-Broadcast-Token": token})
        assert answer.status_code == 403
    assert page.post("/traces", content=run_text(session.run)).status_code == 403
    assert session.live.shown == 0
    assert given(page, INITIALIZE).json() == {"refused": ""}
    assert session.live.shown > 0


def test_an_order_cannot_be_got(page: httpx.Client) -> None:
    """Following a link never does anything."""
    assert page.get("/orders").status_code == 405


@pytest.mark.parametrize("body", ["", "[]", "{", "7", "[" * 4000, '{"do": "\\ud800"}'])
def test_a_body_that_is_no_order_is_one_line(page: httpx.Client, body: str) -> None:
    """Whatever the body is, the answer is one line and the server goes on."""
    answer = page.post("/orders", content=body, headers={"X-Broadcast-Token": TOKEN})
    assert (answer.status_code, "\n" in answer.json()["problem"]) == (400, False)
    assert page.get("/").status_code == 200


def test_sizes_are_limited(page: httpx.Client) -> None:
    """An order of more than 4 KiB and a trace of more than 4 MiB are refused."""
    assert (LARGEST_ORDER, LARGEST_TRACE) == (4096, 4194304)
    headers = {"X-Broadcast-Token": TOKEN}
    assert page.post("/orders", content=b" " * 4097, headers=headers).status_code == 413
    assert page.post("/traces", content=b" " * 4194305, headers=headers).status_code == 413


def test_the_refusal_of_a_command_is_told(page: httpx.Client) -> None:
    """A command that the rules refuse is answered with their reason."""
    answer = given(page, {"do": "command", "name": "recover"})
    assert answer.json() == {"refused": "Cannot recover: the state is idle, not error"}


def test_a_trace_goes_out_and_comes_in(page: httpx.Client, session: Session) -> None:
    """What is saved can be loaded again; what is no trace is refused with the line that is wrong."""
    given(page, INITIALIZE)
    saved = page.get("/broadcast.jsonl")
    assert "attachment" in saved.headers["content-disposition"]
    headers = {"X-Broadcast-Token": TOKEN}
    assert page.post("/traces?name=a.jsonl", content=saved.content, headers=headers).status_code == 200
    assert (session.read_only, session.title) == (True, "a.jsonl")
    wrong = page.post("/traces?name=b.jsonl", content=b"hello\n", headers=headers)
    assert (wrong.status_code, wrong.json()["problem"]) == (
        400,
        "b.jsonl, line 1: is not JSON: Expecting value at column 1",
    )
    assert page.post("/traces", content=b"\xff\xfe", headers=headers).status_code == 400


def test_evidence_that_cannot_be_is_refused_and_the_run_goes_on(page: httpx.Client, session: Session) -> None:
    """A truth of three services once stopped the clock of the monitor for good."""
    text = play(Scenario((Order("initialize"),)), ReferenceSubject()).to_text()
    damaged = text.replace('"active":[false,false,false,false]', '"active":[false,false,false]', 1)
    headers = {"X-Broadcast-Token": TOKEN}
    wrong = page.post("/traces?name=a.jsonl", content=damaged.encode(), headers=headers)
    assert (wrong.status_code, wrong.json()["problem"]) == (
        400,
        "a.jsonl, line 2: truth: active: expected one for each of live_feed, session, host, producer, got 3",
    )
    assert not session.read_only
    assert given(page, INITIALIZE).json() == {"refused": ""}


def test_the_past_is_read_only(page: httpx.Client) -> None:
    """A past moment can be got; one that never was is refused; there is no way to change one."""
    given(page, INITIALIZE)
    assert page.get("/moments/0").json()["state"] == "idle"
    assert page.get("/moments/1").json()["state"] == "initializing"
    assert page.get("/moments/999").status_code == 400
    assert page.post("/moments/0").status_code == 405
    assert page.get("/test_broadcast_session.py?until=1").text.count("Do(") == 1
    assert page.get("/test_broadcast_session.py?until=-1").status_code == 400


def test_events_begin_with_everything(page: httpx.Client) -> None:
    """Whoever connects is told everything first, and then what is new (clause MO-1)."""
    with page.stream("GET", "/events") as stream:
        kinds, lines = [], stream.iter_lines()
        for line in lines:
            if line.startswith("event: all"):
                given(page, INITIALIZE)
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if line.startswith("data: ") and '"state":"ready"' in line:
                break
    assert kinds[0] == "all"
    assert "news" in kinds


# -- The commands ---------------------------------------------------------------------------------


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The exit code and what was printed."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that somebody else has is answered by one line that says what to try."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, err = command(capsys, "monitor", "--port", str(port))
    assert (code, out, err) == (2, "", f"broadcast: --port {port}: is in use, try --port 0, which takes a free one\n")


def test_it_listens_on_loopback_alone() -> None:
    """No other machine can reach it."""
    with listening(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


def test_without_the_extra_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the two packages are missing, one line says how to install them."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = command(capsys, "monitor")
    assert (code, err.count("\n")) == (2, 1)
    assert "pip install 'broadcast-orchestrator[monitor]'" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "70000"), "--port 70000: expected a number from 0 to 65535"),
        (("--speed", "0"), "--speed: expected a number"),
        (("--fail", "host.strat"), "'host.start'"),
        (("--trace", "no-such-file"), "no-such-file"),
        (("--rules", "broadcast_orchestrator.model.core:Nothing"), "broadcast_orchestrator.model.core has no Nothing"),
    ],
)
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, and one line that says what is wrong, before anything is served."""
    code, out, err = command(capsys, "monitor", *arguments)
    assert (code, out, err.count("\n"), words in err) == (2, "", 1, True), err


def test_the_trace_that_was_asked_for_is_shown(tmp_path: Path) -> None:
    """`--trace` shows a saved trace of any engine."""
    on_air(live := LiveRun()).trace.save(tmp_path / "run.jsonl")
    session = prepared(MonitorOptions(speed=2, trace=tmp_path / "run.jsonl", paused=True))
    obey(session, {"do": "show_all"})
    assert (session.read_only, session.run.speed, session.run.paused) == (True, 2, True)
    assert session.everything().view.state == state(live) == "live"
    with pytest.raises(BadInput, match="--trace"):
        prepared(MonitorOptions(trace=tmp_path))


def test_ctrl_c_ends_it_cleanly() -> None:
    """It prints its address, serves, and after Ctrl-C is gone with exit code 0 and no traceback, although a page
    still listens."""
    arguments = [
        sys.executable,
        "-c",
        "from broadcast_orchestrator.reports.cli import main; main()",
        "monitor",
        "--port",
        "0",
    ]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        with httpx.stream("GET", f"{found[0]}/events", trust_env=False, timeout=20) as stream:
            assert next(stream.iter_lines()) == "event: all"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
