"""`broadcast lint`: read an application's components, and tell what the guide forbids in them."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

from cyclopts import Parameter
from rich.text import Text

from broadcast_orchestrator.properties.checking.baseline import BaselineError, Known, load_baseline
from broadcast_orchestrator.reports.lint.sarif import sarif_text
from broadcast_orchestrator.reports.lint.words import Linted, json_object, lines
from broadcast_orchestrator.reports.options.option_types import JsonFlag
from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.output.terminal import Screen

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.lint.reading.vocabulary import Vocabulary

LintForm = Literal["text", "json", "sarif"]


@Parameter(name="*")
@dataclass(frozen=True)
class LintOptions:
    """The names of the application, what is known already, and the form of the answer.

    Parameters
    ----------
    names
        A TOML file with the names of your stores, commands and hooks, or the adapter that `broadcast check` uses.
    baseline
        A TOML file of known findings, which do not fail the run.
    write_baseline
        Write the findings into such a file; then they do not fail this run either.
    form
        As plain text, as one JSON object, or as SARIF 2.1.0 for code scanning.
    as_json
        The same as --format json.
    out
        The file to write, instead of the screen.
    """

    names: Path | None = None
    baseline: Path | None = None
    write_baseline: Path | None = None
    form: Annotated[LintForm, Parameter(name="--format")] = "text"
    as_json: JsonFlag = False
    out: Path | None = None


DEFAULTS = LintOptions()


def run(*paths: Path, options: LintOptions = DEFAULTS) -> ExitCode:
    """Read the components; as claimed where nothing is found that nobody accepted, violated for a finding, bad input
    where a file that has to do with the broadcast cannot be read.

    Parameters
    ----------
    paths
        Files and folders of TypeScript; tests, declarations and node_modules are left out.
    """
    if not paths:
        raise BadInput("lint: there is nothing to read, try broadcast lint src")
    writable(options.out)
    writable(options.write_baseline)
    known = _baseline(options.baseline)
    linted = _linted(paths, options.names, known)
    _tell(linted, options)
    if options.write_baseline is not None:
        _write_baseline(options.write_baseline, linted, known)
    elif linted.new:
        return ExitCode.VIOLATED
    return ExitCode.BAD_INPUT if linted.unread else ExitCode.AS_CLAIMED


def _linted(paths: tuple[Path, ...], names: Path | None, known: tuple[Known, ...]) -> Linted:
    """The pages against the baseline."""
    try:
        from broadcast_orchestrator.properties.lint.accepting import against_baseline
        from broadcast_orchestrator.properties.lint.folders import NoPages
        from broadcast_orchestrator.properties.lint.linting import lint  # tree-sitter comes with the extra lint
    except ImportError:
        raise BadInput("lint: needs tree-sitter, try pip install 'broadcast-orchestrator[lint]'") from None
    vocabulary = _names(names)
    try:
        report = lint(paths, vocabulary)
    except NoPages as mistake:
        raise BadInput(f"lint: {mistake}") from None
    return Linted(report, *against_baseline(report.findings, known))


def _names(file: Path | None) -> "Vocabulary":
    from broadcast_orchestrator.properties.lint.own_names import NamesError, load_names
    from broadcast_orchestrator.properties.lint.reading.vocabulary import GUIDE

    try:
        return GUIDE if file is None else load_names(file)
    except NamesError as mistake:
        raise BadInput(f"--names {mistake}") from None


def _baseline(file: Path | None) -> tuple[Known, ...]:
    try:
        return () if file is None else load_baseline(file)
    except BaselineError as mistake:
        raise BadInput(f"--baseline {mistake}") from None


def _write_baseline(file: Path, linted: Linted, known: tuple[Known, ...]) -> None:
    from broadcast_orchestrator.properties.lint.accepting import lint_baseline

    findings = (*linted.new, *linted.known)
    write_whole(file, lint_baseline(findings, known))
    print(f"known from now on: {len(findings)}, in {file}", file=sys.stderr)


def _tell(linted: Linted, options: LintOptions) -> None:
    """On the screen, or into the file."""
    form: LintForm = "json" if options.as_json else options.form
    match form:
        case "json":
            content = json_of(json_object(linted))
        case "sarif":
            content = sarif_text(linted)
        case "text" if options.out is None:
            _print(linted)
            return
        case "text":
            content = "".join(f"{text}\n" for _, text in lines(linted))
        case _:
            assert_never(form)
    if options.out is None:
        sys.stdout.write(content)
    else:
        write_whole(options.out, content)


def _print(linted: Linted) -> None:
    screen = Screen()
    for style, text in lines(linted):
        screen.print(Text(text, style=style), soft_wrap=True)
