"""What `broadcast verify` does: gather the evidence, show it, and write the reports."""

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED, Cell, Claim
from broadcast_orchestrator.properties.telling.progress import Progress, several
from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.properties.verification.narrowed import Found
from broadcast_orchestrator.properties.verification.verification import Verification, VerificationScope
from broadcast_orchestrator.reports.options.clusters import usable_cluster
from broadcast_orchestrator.reports.options.verified_scope import asked
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.interrupts import say
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.output.step_summary import add_step_summary
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.verify.embedded import experiments
from broadcast_orchestrator.reports.verify.formats.annotations import annotations
from broadcast_orchestrator.reports.verify.formats.events import Events, written_to
from broadcast_orchestrator.reports.verify.formats.json_report import json_object
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.screen import show_verification
from broadcast_orchestrator.reports.verify.options import VerifyOptions
from broadcast_orchestrator.reports.verify.report import VerificationReport
from broadcast_orchestrator.reports.verify.witnesses import the_report

if TYPE_CHECKING:
    from broadcast_orchestrator.reports.changes.saved import SavedReport
    from broadcast_orchestrator.reports.measures.facts import MeasuresReport


def answer(options: VerifyOptions, scope: VerificationScope, folder: Path | None) -> ExitCode:
    """Verify, print the answer, and write the reports if there is a folder; the code is that of the verdict."""
    before, beside = previous(options), experiments(options.experiment)
    with usable_cluster(options.cluster), written_to(options.events) as events:
        report = since(the_report(_verified(options, scope, events)), before)
        report = replace(report, experiments=beside, measures=_table() if options.table else None)
        _tell(report, options)
        add_step_summary(lambda: markdown(report))
        if folder is not None:
            from broadcast_orchestrator.reports.verify.files import with_example, write_reports  # SciPy and Jinja

            write_reports(with_example(report), folder)
            if not options.for_machines:
                print(f"report: {folder / 'report.html'}")
        events.finish(report)
    return exit_code(report.verdict)


def checked(options: VerifyOptions) -> VerificationScope:
    """What is asked for. Raises BadInput for whatever makes no sense."""
    if not 0 <= options.faults <= 3:
        raise BadInput(f"--faults {options.faults}: expected a number from 0 to 3, try --faults 2")
    scope = asked(options.only, options.faults_only, options.places, options.rules, options.measures)
    _check_additions(options)
    if options.events is not None and options.events != "-" and options.events.startswith("-"):
        raise BadInput(f"--events {options.events}: expected a file or -, try --events events.ndjson")
    if options.runs is not None and options.runs < 0:
        raise BadInput(f"--runs {options.runs}: expected 0 or more")
    for option, value in (("--runs", options.runs), ("--cluster", options.cluster)):
        if value is not None and not scope.is_simulated:
            told = "the explorer alone is asked, leave out --only, --faults-only, --places and --rules"
            raise BadInput(f"{option}: {told}")
    if options.as_json and options.events == "-":
        raise BadInput("--events -: leaves no room for --json, try --events FILE")
    return scope


def _check_additions(options: VerifyOptions) -> None:
    """Raises BadInput for what is asked for besides, and makes no sense here."""
    if options.thorough and options.is_narrowed:
        raise BadInput("--thorough: is about everything, leave out --only, --faults-only, --places, --rules and --with")
    if options.table and (options.is_narrowed or options.out is None):
        raise BadInput(
            "--measures: is about everything and a page of the report, give --out and leave out --only, --faults-only, "
            "--places, --rules and --with"
        )
    if options.mechanical is not None and not options.thorough:
        raise BadInput("--mechanical: only a thorough verification tries mechanical mutants, add --thorough")
    if options.mechanical is not None and options.mechanical < 1:
        raise BadInput(f"--mechanical {options.mechanical}: expected a number from 1, try --mechanical 100")


def _verified(options: VerifyOptions, scope: VerificationScope, events: Events) -> Verification:
    events.start(options.faults, options.seed)
    with progress_bar() as bar:
        broken: list[str] = []

        def progress(what: str, done: int, total: int, so_far: str = "", /) -> None:
            bar(what, done, total, so_far or several(len(broken), "violation"))
            events.progress(what, done, total)

        def found(item: Cell | Claim) -> None:
            if item.verdict == VIOLATED and not (isinstance(item, Cell) and item.by_design):
                broken.append(item.name if isinstance(item, Cell) else item.claim)
            events.found(item)

        runs = campaign.RUNS if options.runs is None else options.runs
        try:
            verification = campaign.verify(options.faults, options.seed, progress, scope, found, runs, options.cluster)
            return _thorough(verification, options, progress, found) if options.thorough else verification
        except KeyboardInterrupt:
            if broken:
                say(f"violated so far: {'; '.join(broken)}")
            raise


def _thorough(verification: Verification, options: VerifyOptions, progress: Progress, found: Found) -> Verification:
    from broadcast_orchestrator.properties.verification import thorough  # Hypothesis, which a part does not need

    mechanical = thorough.MECHANICAL if options.mechanical is None else options.mechanical
    return thorough.thoroughly(verification, progress, found, mechanical)


def _table() -> "MeasuresReport":
    from broadcast_orchestrator.properties.measures.table import sets  # SimPy, which help does not need
    from broadcast_orchestrator.reports.measures.facts import JUDGING, gathered

    with progress_bar() as progress:
        return gathered(sets(pairs=False), 1, 2, progress=partial(progress, JUDGING))


def _tell(report: VerificationReport, options: VerifyOptions) -> None:
    """Say it to whoever listens: a person, a program, a runner of GitHub."""
    if options.as_json:
        print_json(json_object(report))
    elif not options.for_machines:
        names = {guarantee.id: guarantee.name for guarantee in GUARANTEES}
        show_verification(Screen(), report.verification, names)
        if report.changes is not None:
            print(f"since the last report: {report.changes.sentence}")
    wanted = options.annotations
    if os.environ.get("GITHUB_ACTIONS") == "true" if wanted is None else wanted:
        stream = sys.stderr if options.for_machines else sys.stdout  # the runner reads both
        stream.writelines(f"{line}\n" for line in annotations(report))


def previous(options: VerifyOptions) -> "SavedReport | None":
    """The earlier report; None where there is none to be read. Raises BadInput for one that was asked for."""
    place = options.since or options.out
    if place is None:
        return None
    from broadcast_orchestrator.reports.changes.saved import SavedReport, load  # pydantic

    try:
        found = load(place)
    except BadInput as mistake:
        if options.since is None:
            return None
        raise BadInput(f"--since {mistake}") from None
    if options.since is not None and not isinstance(found, SavedReport):
        raise BadInput(f"--since {options.since}: is about an experiment, try a report of broadcast verify")
    return found if isinstance(found, SavedReport) else None


def since(report: VerificationReport, before: "SavedReport | None") -> VerificationReport:
    """The same report, with what changed since an earlier one."""
    if before is None:
        return report
    from broadcast_orchestrator.reports.changes.differences import differences  # pydantic
    from broadcast_orchestrator.reports.changes.saved import parse

    return replace(report, changes=differences(before, parse(json_object(report), "this report")))
