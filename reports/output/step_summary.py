"""The summary page of a CI step: where a runner of GitHub asks for one, what was found is added to it."""

import os
import sys
from collections.abc import Callable

VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file to which Markdown for the step's page is added."""

MOST = 1_000_000
"""How many bytes a summary has at most; GitHub takes 1 MiB for a step, and nothing of one that is longer."""


def add_step_summary(markdown: Callable[[], str]) -> None:
    """Add what this gives to the page of the step, where the environment names one; a page that cannot be written is
    told, and changes no verdict."""
    place = os.environ.get(VARIABLE)
    if not place:
        return
    try:
        with open(place, "a", encoding="utf-8") as page:  # noqa: PTH123 (whatever the runner has put there)
            page.write(shortened(markdown().rstrip("\n") + "\n"))
    except OSError as mistake:
        print(f"{VARIABLE}: {place}: {mistake.strerror}; the summary is not written", file=sys.stderr)


def shortened(markdown: str) -> str:
    """The text, whole lines of it, where it is too long with a word that it is."""
    data = markdown.encode()
    if len(data) <= MOST:
        return markdown
    kept = data[: MOST - 200].rpartition(b"\n")[0].decode()
    return f"{kept}\n\n*Cut off here: the rest is in the report.*\n"
