"""Evenings of the example's real stores, recorded by the kit in Node and in Chromium, judged by `broadcast judge`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import needs_chromium
from node_parts import need
from places import ROOT, TESTS

from broadcast_orchestrator.properties.checking.replay import replayed
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.recorded.judging import Judgement, judge_recording
from broadcast_orchestrator.sim.recording.recordings import Recording, load_recording, recording_of
from broadcast_orchestrator.sim.subjects.evidence import QUIET, Evidence
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

HERE = TESTS / "sim" / "node" / "evening"
KIT = ROOT / "sim" / "node"
EXAMPLE = TESTS / "subjects" / "typescript"

STATES = [
    *("initializing", "ready", "starting", "live", "stopping", "idle", "initializing", "ready", "starting", "error"),
    *("idle", "initializing", "ready", "starting", "live", "error", "idle"),
]
"""The states of the evening that `evening.js` tells."""

WHOLE = """
import { evening } from './evening.mjs';
import { toFile } from '%s/src/index.js';
const states = await evening({ to: toFile(process.argv[2]) });
console.log(JSON.stringify(states));
"""

ENDLESS = """
import { begun, pause } from './evening.mjs';
import { toFile } from '%s/src/index.js';
const { ask } = await begun({ to: toFile(process.argv[2]) });
await ask('initialize');
for (;;) {
  await ask('startBroadcast', 'session');
  console.log('live');
  await ask('stopBroadcast');
}
"""


def built(folder: Path, platform: str, *variants: str) -> Path:
    """The evening as one file, with the mistakes of these variants of the example."""
    node = need(KIT)
    out = folder / ("evening.mjs" if platform == "node" else "evening.js")
    named = [word for variant in variants for word in ("--variant", variant)]
    subprocess.run([node, str(HERE / "build.mjs"), str(out), platform, *named], check=True)
    return out


def recorded(folder: Path, *variants: str) -> Recording:
    """An evening in Node, with the mistakes of these variants."""
    built(folder, "node", *variants)
    (folder / "whole.mjs").write_text(WHOLE % KIT)
    ran = subprocess.run(
        [need(KIT), "whole.mjs", "evening.jsonl"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert variants or json.loads(ran.stdout) == STATES
    return load_recording(folder / "evening.jsonl")


def broken(judgement: Judgement) -> set[str]:
    """What is broken."""
    return {each.violation.guarantee for each in judgement.broken}


def test_a_recorded_evening_in_node_keeps_the_guide(tmp_path: Path) -> None:
    """On air, off air, a start that fails, a recover, a lost host, an emergency stop: nothing is broken, what the
    services truly were could be judged, and nothing was under way at the end."""
    recording = recorded(tmp_path)
    judgement = judge_recording(recording)
    assert [str(each.violation) for each in judgement.broken] == []
    assert judgement.unknown == ()
    assert not any(Aspect.TRUTH in each.needs for each in judgement.not_observable)
    assert [f"{each.guarantee} {each.check}" for each in judgement.not_observable if each.needs == (Aspect.UNCAUGHT,)]
    assert isinstance(recording.run, Evidence)
    assert (recording.run.about.name, recording.run.ended) == ("the example", QUIET)


def test_what_was_recorded_can_be_played_again(tmp_path: Path) -> None:
    """The recording is a scenario, too: the same commands, the same failure, the same loss. In a check the example gets
    through it again."""
    run = recorded(tmp_path).run
    assert isinstance(run, Evidence)
    assert [order.command for order in run.scenario.orders] == [
        *("initialize", "start_broadcast", "stop_broadcast", "start_broadcast", "recover", "start_broadcast"),
        "emergency_stop",
    ]
    assert run.scenario.orders[1] == Order("start_broadcast", "session-1")
    assert run.scenario.faults == (CallFault("producer.start", 2, "F1"),)
    assert [(each.kind, each.service, each.order) for each in run.scenario.mishaps] == [("F9", "host", 6)]
    violations, again = replayed(run.scenario, lambda: ChildSubject((need(KIT), str(EXAMPLE / "adapter.mjs"))))
    assert violations == ()
    assert again.pending == ()


def test_two_mistakes_of_one_evening_are_both_told(tmp_path: Path) -> None:
    """An error that stays after the recovery, and a write that keeps the host on: both are in the recording."""
    judgement = judge_recording(recorded(tmp_path, "error-left-after-recovery", "idle-write-keeps-host"))
    assert broken(judgement) == {"G5", "G14"}
    told = [each.violation.what for each in judgement.broken]
    assert "the state is ready and the error says: producer.start failed: the producer is asleep" in told
    assert "convex.idle for session-1 says: host on; it has to say that all are off (reading R10)" in told


@pytest.mark.parametrize(
    ("variant", "guarantee"),
    [
        ("returned-means-on", "G8"),
        ("rollback-in-starting-order", "G2"),
        ("change-not-recorded", "G12"),
        ("emergency-tells-backend", "G10"),
        ("lost-host-not-heard", "G3"),
    ],
)
def test_a_mistake_that_the_evening_meets_is_told(tmp_path: Path, variant: str, guarantee: str) -> None:
    """By the guarantee that it breaks."""
    assert guarantee in broken(judge_recording(recorded(tmp_path, variant)))


def test_a_recording_in_node_is_whole_after_a_kill(tmp_path: Path) -> None:
    """A process that is killed in the midst of an evening leaves what happened until then: nothing is broken, and what
    came then is not known."""
    built(tmp_path, "node")
    (tmp_path / "endless.mjs").write_text(ENDLESS % KIT)
    process = subprocess.Popen(
        [need(KIT), "endless.mjs", "evening.jsonl"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["live\n", "live\n"]
    time.sleep(0.007)
    process.kill()
    process.communicate()
    judgement = judge_recording(load_recording(tmp_path / "evening.jsonl"))
    assert judgement.broken == ()
    assert any("the recording is cut off" in each for each in judgement.unknown)


# -- In a browser ---------------------------------------------------------------------------------


@pytest.fixture
def posted(browser: "Browser", tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The evening in a page of headless Chromium: what its history says, and what the page has sent."""
    bodies: list[str] = []

    def answer(route: "Route") -> None:
        if route.request.method == "POST":
            bodies.append(route.request.post_data or "")
            route.fulfill(status=204)
        else:
            route.fulfill(body="<title>Go Live</title>", content_type="text/html")

    page = browser.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda message: pytest.fail(message.text))
    page.route("**/*", answer)
    page.goto("http://studio.example/")
    page.add_script_tag(path=built(tmp_path, "browser"))
    states = page.evaluate(
        "async () => { const to = toUrl('/evidence', { everyMs: 50 }); const states = await evening({ to });"
        " await to.flush(); return states.join(' '); }"
    )
    yield states, bodies
    page.close()


@needs_chromium
def test_a_recorded_evening_in_chromium_keeps_the_guide(posted: tuple[str, list[str]], tmp_path: Path) -> None:
    """The same evening in a real browser, sent by the page as it went on: several requests, one recording, nothing is
    broken, and `broadcast judge` says so."""
    states, bodies = posted
    assert states.split() == STATES
    assert len(bodies) > 1
    judgement = judge_recording(recording_of("".join(bodies).encode(), "evening.jsonl"))
    assert [str(each.violation) for each in judgement.broken] == []
    assert (judgement.unknown, judgement.steps > 50) == ((), True)
    (tmp_path / "evening.jsonl").write_text("".join(bodies))
    command = [sys.executable, "-c", "from broadcast_orchestrator.reports.cli import main; main()", "judge"]
    ran = subprocess.run(
        [*command, "evening.jsonl", "--out", "judged"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("✓ evening.jsonl keeps the guide, as far as it shows (")
    assert "no guarantee is broken" in (tmp_path / "judged" / "evening.html").read_text(encoding="utf-8")
