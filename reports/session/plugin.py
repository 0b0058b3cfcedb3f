"""The pytest option --broadcast-report: what a session has watched, written as a report when it is over.

It tells what `properties.pytest_plugin.plugin` gathers, and imports nothing heavy before there is something to tell.
"""

import os
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.pytest_plugin.plugin import Gatherer

OPTION, GATHERER = "--broadcast-report", "broadcast-gatherer"


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option: where the report goes."""
    group = parser.getgroup("broadcast", "Broadcast Orchestrator")
    group.addoption(OPTION, type=Path, metavar="DIR", help="write what was watched as HTML, JSON and JUnit XML to DIR")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """The process that reports to a person writes; workers of pytest-xdist hand over to it."""
    folder: Path | None = config.getoption(OPTION)
    if folder is not None and not hasattr(config, "workerinput"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as mistake:
            raise pytest.UsageError(f"{OPTION} {folder}: {mistake.strerror}, try another folder") from None
        if not os.access(folder, os.W_OK):
            raise pytest.UsageError(f"{OPTION} {folder}: may not be written to, try another folder")
        config.pluginmanager.register(Writer(folder, config), "broadcast-writer")


class Writer:
    """Writes the report to a folder when the session is over."""

    def __init__(self, folder: Path, config: pytest.Config) -> None:
        self.folder, self.config = folder, config
        self._told: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell beside a failure how its traces, which will be in the folder, are played again."""
        runs = getattr(report, "broadcast", {}).get("runs", ())
        if runs:
            # a session in which nothing failed pays nothing
            from broadcast_orchestrator.reports.session.session import files_of, replay_command

            files = files_of(report.nodeid, len(runs), self._told[report.nodeid])
            self._told[report.nodeid] += len(runs)
            lines = [
                f"replay: {replay_command(run, self.folder / file)}" for run, file in zip(runs, files, strict=True)
            ]
            report.sections.append(("broadcast traces", "\n".join(lines)))

    def pytest_sessionfinish(self) -> None:
        """Write everything."""
        # NumPy, Hypothesis and Jinja, for whoever asked for a report
        from broadcast_orchestrator.properties.search.watched import Watched
        from broadcast_orchestrator.reports.session.files import write
        from broadcast_orchestrator.reports.session.session import gather

        gatherer: Gatherer | None = self.config.pluginmanager.get_plugin(GATHERER)
        assert gatherer is not None
        arguments = self.config.invocation_params.args
        write(gather(gatherer.total or Watched(), gatherer.tests, command(arguments)), self.folder)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        terminalreporter.write_line(f"broadcast report: {self.folder / 'report.html'}")


def command(arguments: tuple[str | os.PathLike[str], ...]) -> str:
    """The command that was given, as a shell takes it."""
    return shlex.join(["pytest", *(os.fspath(argument) for argument in arguments)])
