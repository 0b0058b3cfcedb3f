"""Sound files of every kind that the commands read, as small as they can be: what the fuzzer damages."""

import json
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from broadcast_orchestrator.properties.checking.baseline import quoted
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, ClockChange, Mishap, Order, Scenario, Setting

SCENARIO = Scenario(
    (Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast", after=3)),
    faults=(CallFault("host.initialize", 1, "F1"), CallFault("producer.start", 1, "F4")),
    mishaps=(Mishap("F9", "host", 2),),
    settings=(Setting("max_retries", 1, 1),),
    clocks=(ClockChange("hidden", 500, 1, 2),),
)

EXPERIMENT = """\
name = "small"
question = "Will it go live?"
seed = 7
runs = 3
limit_ms = 60_000.0

[config]
max_retries = 1

[latency]
"host.*" = { distribution = "lognormal", median_ms = 90.0, sigma = 0.5 }
"producer.start" = 20.0

[[faults]]
call = "host.start"
kind = "refuse"
probability = 0.3

[[commands]]
command = "initialize"
at_ms = 0.0

[[commands]]
command = "start_broadcast"
session_id = "s1"
when = "ready"

[[events]]
event = "lose"
service = "host"
when = "live"
after_ms = 100.0

[[sweep]]
setting = "config.max_retries"
values = [0, 1]

[[expect]]
measure = "goes_live"
at_least = 0.1

[[expect]]
kind = "always"
that = "not residue"
"""

FLEET = """\
name = "small fleet"
seed = 7
runs = 1
limit_ms = 600_000.0

[fleet]
dashboards = 3

[[commands]]
command = "initialize"
at_ms = 0.0
"""

DIALECT = """\
name = "ours"
stop_lands_in = "idle"
start_without_content = true
refusal = "resolves"
heartbeat_ms = 1000
backend_without_flags = true

[states]
onAir = "live"

[[reading]]
guarantee = "G14"
where = "emergency"
because = "the backend is told by somebody else"
"""

NAMES = """\
orchestrator = "useShow"
module = "src/lib/show.ts"
top_level = ["StudioFrame"]
monitor = "ShowMonitor"

[stores]
useAgent = "host"

[operations]
host = ["createAgent", "goOnAir", "goOffAir"]

[flags]
host = ["running"]

[commands]
goLive = "startBroadcast"

[hooks]
useOnAir = "useIsBroadcasting"
"""

COMPONENT = """\
import { useHostAgentStore } from '../stores/host';

export function Panel() {
  const host = useHostAgentStore();
  return <button onClick={() => host.startHost()}>{host.isActive ? 'on' : 'off'}</button>;
}
"""

BASELINE = f"""\
[[known]]
id = "G4-1f2e"
guarantee = "G4"
title = "something is on"
because = "we know"
scenario = {quoted(json.dumps(SCENARIO.to_json()))}

[[known]]
id = "other"
"""

REPORT: dict[str, Any] = {
    "format": 1,
    "verdict": "proved",
    "sentence": "fine",
    "seconds": 1.0,
    "seed": 0,
    "faults": 2,
    "space": {"states": 100, "transitions": 300, "depth": 9, "bounds": ["at most 2 faults in all"]},
    "cells": [
        {"guarantee": "G2", "fault_class": "F1", "place": "forward", "verdict": "proved", "faults": 2}
        | {"states": 100, "happened": 7, "witness": None, "by_design": ""}
    ],
    "claims": [{"engine": "networkx", "claim": "idle is reached", "verdict": "proved", "evidence": "a path"}],
    "findings": [{"id": "f", "kind": "gap", "clauses": [], "sentence": "a gap", "evidence": "here", "reading": "R1"}],
    "transitions_covered": [
        {"source": "idle", "target": "initializing", "forced": False, "taken": {"explorer": 9, "simulator": 4}}
    ],
    "clauses": [{"id": "ST-1", "heading": "h", "status": "served", "guarantees": ["G1"], "tests": []}],
    "environment": {"python": "CPython 3.11"},
    "reproduce": [],
    "mutants": {
        "scores": [{"mutant": "naps", "engine": "explorer", "by": ["G7"]}],
        "bites": {"G7": ["naps"]},
        "survivors": [],
    },
}

SUBJECT = """\
import sys

for line in sys.stdin:
    hello = '{"hello":{"name":"mute","version":1,"styles":{}}}'
    print(hello if "hello" in line else '{"took":1,"events":[],"now_ms":0,"next_timer_ms":null}', flush=True)
"""

PROTOCOL = """\
{"hello":{"protocol":1}}
{"steps":[{"do":"begin","config":{"verbose_logging":false},"content":true,"manners":{"host.start":["","throw"]}},{"do":"look"},{"do":"command","id":1,"command":"initialize","session":null}]}
{"steps":[{"do":"advance","to_ms":23},{"do":"answer","call":1,"ok":false,"message":"refused (call 1)"}]}
{"steps":[{"do":"advance","to_ms":1023}]}
{"steps":[{"do":"advance","to_ms":1032},{"do":"effect","call":2},{"do":"answer","call":2,"ok":true,"message":""}]}
{"steps":[{"do":"lose","service":"host","noticed":true},{"do":"flip","service":"producer"},{"do":"fill","present":false}]}
{"steps":[{"do":"configure","config":{"max_retries":2}},{"do":"set_clock","by_ms":-5},{"do":"suspend"},{"do":"resume"}]}
"""


class Corpus(dict[str, bytes]):
    """The files by their kinds; Hypothesis likes to print what it is given."""

    def __repr__(self) -> str:
        return "corpus()"


def corpus() -> Corpus:
    """Every kind of file by its name."""
    studio = Studio(7, faults=[Fault("producer.start", "lost_reply", first=1)])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast("s1")
    studio.run(studio.when("error"))
    answer, results = _of_an_experiment()
    texts = {
        "trace": studio.trace.to_text(),
        "evidence": play(SCENARIO, ReferenceSubject()).to_text(),
        "scenario": json.dumps(SCENARIO.to_json()),
        "experiment": EXPERIMENT,
        "fleet": FLEET,
        "dialect": DIALECT,
        "baseline": BASELINE,
        "names": NAMES,
        "report": json.dumps(REPORT),
        "component": COMPONENT,
        "protocol": PROTOCOL,
        "subject": SUBJECT,
    }
    return Corpus({kind: text.encode() for kind, text in texts.items()}, answer=answer, results=results)


def _of_an_experiment() -> tuple[bytes, bytes]:
    with TemporaryDirectory() as folder:
        file = Path(folder, "small.toml")
        file.write_text(EXPERIMENT)
        with suppress(SystemExit), redirect_stdout(StringIO()):
            main(["experiment", str(file), "--out", folder])
        return Path(folder, "answer.json").read_bytes(), Path(folder, "results.sqlite").read_bytes()
