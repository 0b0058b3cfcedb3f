"""Files that somebody gives are read in one place: nothing else in the four folders opens, or parses, a file."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READS = re.compile(r"\btomllib\b|\bjson\.loads?\(|\.read_(bytes|text)\(|(?<!def )(?<![\w.])open\(|\.open\(\"rb")

ELSEWHERE = {
    "properties/model_check/growth.py": "what the system says of this process",
    "properties/pytest_plugin/plugin.py": "its own text, between two processes",
    "reports/audit/sarif.py": "a file of the package",
    "reports/charts/fleet_charts.py": "a column of our own results",
    "reports/charts/runs.py": "a column of our own results",
    "reports/commands/own_code/kit.py": "files of the package",
    "reports/graphs/engine.py": "what Graphviz answers",
    "reports/interchange/tla.py": "a file of the package",
    "reports/monitor/app.py": "a file of the package",
    "reports/monitor/page_style.py": "files of the package",
    "reports/output/page_shell.py": "a file of the package",
    "reports/output/formats/schemas.py": "a file of the package",
    "reports/output/step_summary.py": "written, not read",
    "reports/viewer/run_page.py": "a file of the package",
    "sim/demo/wire.py": "what our own processes tell one another",
    "sim/experiments/files.py": "files of the package",
    "sim/processes/lock_holders.py": "what the system says of locks and processes",
    "sim/subjects/python/__main__.py": "the null device",
}
"""Every other file that opens or parses something, and what that is."""


def test_only_the_reader_reads_what_somebody_gives() -> None:
    """Its limits, its encodings and its messages are those of every command; a new place says what it reads."""
    sources = [
        file for room in ("model", "sim", "properties", "reports") for file in sorted((ROOT / room).rglob("*.py"))
    ]
    reading = {str(file.relative_to(ROOT)) for file in sources if READS.search(file.read_text(encoding="utf-8"))}
    assert {name for name in reading if not name.startswith("sim/input/")} == set(ELSEWHERE)
