"""A campaign that is killed at any moment goes on from what it had committed, to the same bytes."""

import json
import subprocess
import sys
from pathlib import Path

KILLS, SEED = 50, 7

SWEPT = """
name = "swept"
seed = 3
runs = 90
[config]
retry_delay = 10
[latency]
"*" = { distribution = "exponential", mean_ms = 20 }
[[faults]]
call = "host.*"
kind = "refuse"
probability = 0.2
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
[[sweep]]
setting = "config.max_retries"
values = [0, 2]
"""


def test_a_campaign_that_is_killed_at_any_moment_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Fifty times and more, at calls that a seed draws (on the way to the first row, between rows, within the report):
    no row that was committed is lost or made again, and what is written in the end is what one writes that was left
    alone: the same rows, and the same bytes in every file of the report."""
    (tmp_path / "swept.toml").write_text(SWEPT)
    script, experiment = str(Path(__file__).with_name("killed_campaigns.py")), str(tmp_path / "swept.toml")
    command = [sys.executable, script, experiment, str(tmp_path), str(SEED), str(KILLS)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert (seen["rows"], seen["lost"], seen["again"], seen["unlike"]) == (180, 0, 0, [])
    assert len(seen["killed_at"]) >= KILLS
    assert {0, 180} < set(seen["killed_at"]), "before the first row, in the midst of them, and after the last"
