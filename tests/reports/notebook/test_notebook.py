"""Notebooks: what a real kernel shows of a run, a proof and an answer."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("ipykernel", reason="needs a kernel: pip install ipykernel")
from jupyter_client.manager import start_new_kernel

Shown = Callable[[str], str]

STUDIO = """
%load_ext broadcast_orchestrator.reports.notebook
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio

studio = Studio(seed=3, faults=[Fault("producer.start", "refuse", first=1)])

def evening():
    yield studio.orchestrator.initialize()
    try:
        yield studio.orchestrator.start_broadcast("<b>s1</b>")
    except Exception:
        yield studio.orchestrator.recover()

studio.run(evening())
"""
AGAIN = """
def again():
    for _ in range(6):
        yield studio.orchestrator.start_broadcast()
        yield studio.orchestrator.stop_broadcast()
"""
ANSWERS = """
from tempfile import TemporaryDirectory
from pathlib import Path
from broadcast_orchestrator.properties.experiments.answers import answers
from broadcast_orchestrator.properties.experiments.measured import columns, work
from broadcast_orchestrator.sim.campaign.running import conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import load

study = load("healthy", {"runs": 20})
with TemporaryDirectory() as folder:
    with ResultStore.begin(Path(folder) / "r.sqlite", study, columns(study.experiment)) as store:
        found = answers(study, store, conduct(study, store, work, 20))
"""


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    """What a kernel shows of an expression, as HTML; whatever goes wrong in it fails the test."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code: str) -> str:
        messages: list[dict[str, Any]] = []
        client.execute_interactive(code, output_hook=messages.append, timeout=120)
        for message in messages:
            if message["msg_type"] == "error":
                pytest.fail("\n".join(message["content"]["traceback"]))
        results = [each["content"]["data"] for each in messages if each["msg_type"] == "execute_result"]
        return str(results[0].get("text/html", "")) if results else ""

    try:
        run(STUDIO)
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def pictures(html: str) -> list[str]:
    """The SVG files inside."""
    return [base64.b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)]


def test_a_studio_and_its_trace_show_the_run_as_a_timeline(shown: Shown) -> None:
    """A sentence says what became of it; the picture is a whole file, and text from outside is text in it."""
    html = shown("studio")
    assert html == shown("studio.trace")
    assert re.search(r"\d+ steps, with refuse; ends in ready", html)
    (picture,) = pictures(html)
    assert picture.startswith("<svg")
    assert "&lt;b&gt;s1" in picture
    assert "<b>" not in picture


def test_a_long_run_shows_its_end(shown: Shown) -> None:
    """A picture of many hundred steps helps nobody: the last ones are shown, and that it is so is said."""
    shown(AGAIN)
    html = shown("studio.run(again()); studio")
    assert re.search(r"\d+ steps, the last 8\d shown, with refuse", html)


def test_a_proof_shows_its_matrix_and_what_it_rests_on(shown: Shown) -> None:
    """A row a guarantee, a sign a square, and how many worlds were searched within which bounds."""
    html = shown("from broadcast_orchestrator.properties.model_check.proof import prove; prove(0)")
    assert re.search(r"Squares: 1 by design, 12 proved, 4 cannot arise", html)
    assert "998 worlds" in html
    assert "at most 0 faults in all" in html
    assert len(re.findall(r'<th style="text-align: left">G\d+ ', html)) == 17


def test_an_answer_shows_its_sentence_and_its_picture(shown: Shown) -> None:
    """The answer in words stands first, then the question, the verdict, what went wrong, and one picture."""
    shown(ANSWERS)
    html = shown("found")
    assert re.search(r"<strong>\d+ ms at the median", html)
    assert "How soon is a start live when nothing goes wrong?" in html
    assert "no run went wrong" in html
    assert len(pictures(html)) == 1
