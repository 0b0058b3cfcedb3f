"""The recorder writes what a running orchestrator does as a trace: it replays, whatever happened, also after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from recorded_evenings import DOES_NOTHING, HANGS, LOSES_REPLY, REFUSES, WORKS, Evening, well, wild_evening

from broadcast_orchestrator.model.runtime.observing import StepTaken
from broadcast_orchestrator.model.state import residue
from broadcast_orchestrator.sim.recording.recorder import Recorder
from broadcast_orchestrator.sim.recording.recordings import load_recording
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.world.steps import UNHEARD, Answer, Do, Effect, Fill, Flip, Lose, Mark, Notice, Timer
from broadcast_orchestrator.sim.world.trace import Trace, replay

KINDS = (REFUSES, LOSES_REPLY, HANGS)


def test_every_recorded_evening_replays(tmp_path: Path) -> None:
    """Of two hundred evenings with racing commands, refusals, lost replies, late and hanging calls each step gives
    what the recording says; and nothing is missing of what the orchestrator told."""
    seen = set[type]()
    for seed in range(200):
        evening = wild_evening(tmp_path / f"{seed}.jsonl", seed, KINDS)
        trace = Trace.load(tmp_path / f"{seed}.jsonl")
        again = replay(trace)
        assert again.agrees, f"seed {seed}, step {again.differs_at}: {again.difference}"
        heard = [(each.at_ms, each.effects, each.after.state) for each in evening.heard if isinstance(each, StepTaken)]
        lines = [line for line in trace.lines if not isinstance(line.step, UNHEARD)]
        assert [(line.at_ms, line.effects, line.state) for line in lines] == heard
        seen |= {type(line.step) for line in trace.lines}
    assert {Do, Answer, Effect, Mark, Timer, Lose, Notice} <= seen


def test_services_that_tell_are_known(tmp_path: Path) -> None:
    """Where services tell what they are, the world in which a recording ends has the lamps that there are, also where
    a success was empty or a service fell over without a word."""
    for seed in range(150):
        evening = wild_evening(tmp_path / f"{seed}.jsonl", seed, (*KINDS, DOES_NOTHING), telling=True)
        again = replay(Trace.load(tmp_path / f"{seed}.jsonl"))
        assert again.agrees, f"seed {seed}, step {again.differs_at}: {again.difference}"
        assert again.world.truth.active == tuple(evening.lamps.values()), f"seed {seed}"


@pytest.mark.parametrize(
    "measures",
    [
        ("read-back",),
        ("reconciled",),
        ("read-back", "reconciled"),
        ("read-back", "fencing", "reconciled", "polling", "lease"),
    ],
)
def test_evenings_with_measures_name_them_and_replay(tmp_path: Path, measures: tuple[str, ...]) -> None:
    """The first line names the rules by which it replays, and with lamps that tell the world ends as they are, whatever
    the reads found on the way."""
    for seed in range(60):
        file = tmp_path / f"{seed}.jsonl"
        evening = wild_evening(file, seed, (*KINDS, DOES_NOTHING), telling=seed % 2 == 0, measures=measures)
        trace = Trace.load(file)
        assert trace.rules == "broadcast_orchestrator.model.measures:" + ",".join(measures)
        again = replay(trace, find_rules(trace.rules))
        assert again.agrees, f"seed {seed}, step {again.differs_at}: {again.difference}"
        if evening.telling:
            assert again.world.truth.active == tuple(evening.lamps.values()), f"seed {seed}"


def test_what_polling_finds_is_recorded(tmp_path: Path) -> None:
    """A host that somebody switched on, and a producer that fell over in silence: each is a step before its report, by
    which it replays, whether the lamps tell or not."""
    for telling in (False, True):
        evening = Evening(tmp_path / f"{telling}.jsonl", well, telling=telling, measures=["polling"])
        evening.give("initialize")
        evening.pass_by(1)
        evening.switch("host", True)
        evening.pass_by(10)
        evening.give("recover")
        evening.pass_by(10)
        evening.give("start_broadcast")
        evening.pass_by(10)
        evening.switch("producer", False)
        evening.pass_by(10)
        evening.orchestrator.close()
        trace = Trace.load(tmp_path / f"{telling}.jsonl")
        assert trace.rules == "broadcast_orchestrator.model.measures:polling"
        again = replay(trace, find_rules(trace.rules))
        assert again.agrees, again.difference
        assert again.world.truth.active == tuple(evening.lamps.values())
        noticed = [line.step for line in trace.lines if isinstance(line.step, Notice)]
        assert noticed == [Notice("host", "found on", "on"), Notice("producer", "found off")]


def test_what_is_read_is_so(tmp_path: Path) -> None:
    """A recorder that believes whoever answers learns by a read what an answer did not tell: a switch-off whose reply
    was lost has worked."""

    def plan(operation: str) -> tuple[str, float | None]:
        return (LOSES_REPLY if operation == "producer.stop" else WORKS), 0.1

    evening = Evening(tmp_path / "run.jsonl", plan, measures=["read-back"])
    for command in ("initialize", "start_broadcast", "stop_broadcast"):
        evening.give(command)
        evening.pass_by(2)
    trace = Trace.load(tmp_path / "run.jsonl")
    world = replay(trace, find_rules(trace.rules)).world
    assert (world.truth.active, residue(world.core)) == ((False,) * 4, ())


def test_what_befalls_a_service_in_silence_is_a_step(tmp_path: Path) -> None:
    """A producer that falls over, a host that somebody switches, one that was on before anything was asked."""
    evening = Evening(tmp_path / "run.jsonl", well, telling=True)
    evening.switch("session", True)
    evening.give("initialize")
    evening.pass_by(1)
    evening.switch("producer", True)
    evening.switch("producer", False)
    evening.switch("host", True)
    trace = Trace.load(tmp_path / "run.jsonl")
    assert replay(trace).world.truth.active == (False, True, True, False)
    steps = [line.step for line in trace.lines if isinstance(line.step, Flip | Lose)]
    assert steps == [Flip("session"), Flip("producer"), Lose("producer", steps[2].fault), Flip("host")]


def test_a_loss_that_is_seen_and_reported_is_one(tmp_path: Path) -> None:
    """A service that tells that it is off and reports it in the same breath has fallen over and reports it; one that
    tells alone has fallen over without a word, which is written before anything else happens."""
    evening = Evening(tmp_path / "run.jsonl", well, telling=True)
    evening.give("initialize")
    evening.pass_by(1)
    evening.give("start_broadcast")
    evening.pass_by(1)

    def fall(service: str, *, reports: bool) -> None:
        evening.switch(service, False)
        if reports:
            evening.orchestrator.report(service, "battery")

    evening.loop.call_soon(partial(fall, "producer", reports=False))
    evening.loop.rest()
    lost = [line.step for line in Trace.load(tmp_path / "run.jsonl").lines if isinstance(line.step, Lose)]
    assert [(step.service, step.noticed) for step in lost] == [("producer", False)]
    evening.loop.call_soon(partial(fall, "session", reports=True))
    evening.loop.rest()
    lost = [line.step for line in Trace.load(tmp_path / "run.jsonl").lines if isinstance(line.step, Lose)]
    assert [(step.service, step.noticed) for step in lost] == [("producer", False), ("session", True)]
    assert evening.orchestrator.state == "error"


def test_a_feed_that_is_empty_at_the_beginning_is_told(tmp_path: Path) -> None:
    """The recording begins with that, since a trace begins with content."""
    evening = Evening(tmp_path / "run.jsonl", well)
    evening.orchestrator.core = evening.orchestrator.core._replace(content=False)
    evening.give("initialize")
    evening.pass_by(1)
    evening.give("start_broadcast")
    trace = Trace.load(tmp_path / "run.jsonl")
    assert trace.lines[0].step == Fill(False)
    assert replay(trace).agrees


def test_messages_and_sessions_are_redacted(tmp_path: Path) -> None:
    """By the function that is given: nothing else of them is in the file, and it replays all the same; a function that
    fails withholds the text."""

    def redact(what: str, text: str) -> str:
        if what == "session":
            return f"session of {len(text)} letters"
        raise RuntimeError(text)

    def plan(operation: str) -> tuple[str, float | None]:
        return (REFUSES if operation == "producer.start" else WORKS), 0.1

    evening = Evening(tmp_path / "run.jsonl", plan, redact=redact)
    evening.give("initialize")
    evening.pass_by(1)
    evening.give("start_broadcast", "room 7")
    evening.pass_by(1)
    evening.loop.call_soon(partial(evening.orchestrator.report, "host", "secret battery"))
    evening.loop.rest()
    text = (tmp_path / "run.jsonl").read_text()
    assert not [secret for secret in ("room 7", "secret") if secret in text]
    assert '"message":"(withheld)"' in text
    assert '"session":"session of 6 letters"' in text
    assert replay(Trace.load(tmp_path / "run.jsonl")).agrees


def test_an_evening_is_never_overwritten(tmp_path: Path) -> None:
    """A file that is there already stays as it is."""
    (tmp_path / "run.jsonl").write_text("an earlier evening")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "run.jsonl")
    assert (tmp_path / "run.jsonl").read_text() == "an earlier evening"


def test_it_has_to_be_there_from_the_first_step(tmp_path: Path) -> None:
    """What it did not see it cannot tell; the file stays empty, and the orchestrator goes on."""
    evening = Evening(tmp_path / "first.jsonl", well)
    evening.give("initialize")
    evening.give("emergency_stop")
    later = evening.heard[-1]
    assert isinstance(later, StepTaken)
    late = Recorder(tmp_path / "late.jsonl")
    with pytest.raises(ValueError, match="from the first step on"):
        late(later)
    late(later)
    assert (tmp_path / "late.jsonl").read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_disturbs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recording ends there, with whole lines before; the orchestrator goes on."""
    evening = Evening(tmp_path / "run.jsonl", well)
    evening.give("initialize")
    evening.recorder._file, before = os.open("/dev/full", os.O_WRONLY), evening.recorder._file
    assert before is not None
    os.close(before)
    evening.pass_by(1)
    assert evening.orchestrator.state == "ready"
    assert load_recording(tmp_path / "run.jsonl").torn == ""


KILLED = """
import asyncio, sys
from types import SimpleNamespace
from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.sim import Recorder

async def soon():
    await asyncio.sleep(0.001)

async def evening(file):
    each = SimpleNamespace(initialize=soon, start=soon, stop=soon, end=soon)
    services = SimpleNamespace(live_feed=each, session=each, host=each, producer=each)
    orchestrator = AsyncOrchestrator(services, observers=[Recorder(file)])
    await orchestrator.initialize()
    while True:
        await orchestrator.start_broadcast()
        print("live", flush=True)
        await orchestrator.stop_broadcast()

asyncio.run(evening(sys.argv[1]))
"""


@pytest.mark.parametrize("after", [0.0, 0.013, 0.2])
def test_a_recording_is_whole_after_a_kill(tmp_path: Path, after: float) -> None:
    """A process that is killed in the midst of its evenings, by a signal that nobody can catch, leaves a trace that
    replays: as many broadcasts as it told of, or more."""
    file = tmp_path / "run.jsonl"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(3)]
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    told += process.communicate()[0].splitlines()
    recording = load_recording(file)
    assert isinstance(recording.run, Trace)
    assert replay(recording.run).agrees
    rows = [json.loads(row) for row in file.read_bytes().split(b"\n")[1:-1]]
    assert sum('"target": "live"' in json.dumps(row) for row in rows) >= len(told) >= 3
