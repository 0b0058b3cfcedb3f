"""Who asks for each demand: for every clause and every reading the checks, what must be seen, and what dies by them.

One row is one demand, or a part of one. `checks` are functions of `properties.guarantees`, by name, or QUERIES; `sight`
is what must be seen for the demand to be put to the test (`properties.model_check.sights`); `mutants` break the demand,
and each dies by one of these checks. A test searches every mutant for the checks of its row; every verification counts
the sights.
"""

from typing import NamedTuple

QUERIES = "queries"
"""The check of the queries: not of a step, but of what may be asked of a world (`properties.queries`)."""


class Asking(NamedTuple):
    """Who asks for one clause or reading, or for a part of it."""

    demand: str
    checks: tuple[str, ...]
    sight: str
    mutants: tuple[str, ...]


def _row(demand: str, checks: str, sight: str, mutants: str) -> Asking:
    return Asking(demand, tuple(checks.split()), sight, tuple(mutants.split()))


ASKING: tuple[Asking, ...] = (
    _row("OV-1", "queries", "rest in live", "snapshot-of-another-state"),
    _row("OV-2", "all_off", "rest in ready", "leaves-the-feed-on"),
    _row("OV-2", "all_on", "rest in live", "starts-without-the-producer"),
    _row("QS-1", "lands", "initialize succeeded", "succeeds-in-initializing"),
    _row("QS-3", "accounted", "start_broadcast failed", "settles-a-failed-start-as-a-success"),
    _row("QS-3", "in_words", "start_broadcast failed", "settles-a-failed-start-as-a-success"),
    _row("QS-3", "shown", "stop_broadcast failed", "goes-to-error-in-silence"),
    # -- States
    _row("ST-2", "table", "idle to initializing", "skips-initializing"),
    _row("ST-2", "table", "idle to error", "skips-initializing"),
    _row("ST-3", "table", "initializing to ready", "leaves-the-table"),
    _row("ST-3", "table", "initializing to error", "leaves-the-table"),
    _row("ST-4", "table", "ready to starting", "skips-starting"),
    _row("ST-4", "table", "ready to error", "skips-starting"),
    _row("ST-5", "table", "starting to live", "returns-to-ready-after-a-rollback"),
    _row("ST-5", "table", "starting to error", "returns-to-ready-after-a-rollback"),
    _row("ST-6", "table", "live to stopping", "forces-a-stop"),
    _row("ST-6", "table", "live to error", "forces-a-stop"),
    _row("ST-7", "table", "stopping to idle", "skips-idle-after-a-stop"),
    _row("ST-7", "table", "stopping to error", "skips-idle-after-a-stop"),
    _row("ST-8", "table", "error to idle", "stops-error-by-the-front-door"),
    _row("ST-8", "way_out", "rest in error", "never-forgives-residue"),
    _row("ST-9", "table", "rest in ready", "skips-idle-after-a-stop skips-starting"),
    _row("ST-10", "all_off", "rest in idle", "names-no-residue"),
    _row("ST-10", "all_on", "rest in live", "starts-without-the-producer"),
    # -- Startup
    _row("SU-1", "gate", "rest in live", "starts-while-live starts-from-anywhere"),
    _row("SU-2", "gate refusals", "rest in idle without the host", "starts-without-a-host"),
    _row("SU-3", "gate refusals", "rest in ready without content", "starts-without-content"),
    _row("SU-4", "order", "ready to starting", "starts-everything-at-once"),
    _row("SU-5", "all_steps order", "live_feed.start is called", "starts-without-the-feed"),
    _row("SU-6", "all_steps order", "session.start is called", "starts-the-host-first starts-without-the-session"),
    _row("SU-7", "all_steps order", "host.start is called", "starts-without-the-host-agent"),
    _row("SU-8", "all_steps order", "producer.start is called", "starts-without-the-producer"),
    _row("SU-9", "all_steps", "convex.live is called", "writes-no-live"),
    _row("SU-10", "gives_up all_on", "starting to live", "shrugs-at-the-producer"),
    _row("SU-11", "rollback_order", "rest after a failed start", "does-not-roll-back"),
    # -- Shutdown
    _row("SD-1", "gate", "stop_broadcast is given in error", "stops-in-ready"),
    _row("SD-2", "order", "live to stopping", "stops-in-startup-order"),
    _row("SD-3", "order", "producer.stop is called", "leaves-the-producer-on"),
    _row("SD-4", "order", "host.stop is called", "leaves-the-host-on"),
    _row("SD-5", "order", "session.end is called", "leaves-the-session-open"),
    _row("SD-6", "order", "live_feed.stop is called", "leaves-the-feed-on"),
    _row("SD-7", "sessions told", "convex.idle is called", "writes-no-idle"),
    _row("SD-8", "lands", "stop_broadcast succeeded", "stays-in-idle-after-a-stop"),
    # -- The actions
    _row("IN-1", "lands initializes", "initialize succeeded", "succeeds-in-initializing initializes-without-the-host"),
    _row("IN-1", "at_rest", "rest in ready", "succeeds-in-initializing"),
    _row("IN-1", "host_known", "rest in ready", "believes-no-host"),
    _row("IN-2", "initializes", "host.initialize is called", "asks-the-wrong-host asks-the-host-again"),
    _row("IN-3", "armed", "host.initialize is given up", "attempts-have-no-limit doubles-its-limits"),
    _row("IN-4", "retried", "retry_delay is armed", "retries-once-less"),
    _row("IN-4", "tries_again", "a retry follows its delay", "waits-again-after-the-delay"),
    _row("SB-1", "all_steps sessions", "a start without a session", "writes-live-without-sync"),
    _row("SB-1", "all_steps sessions", "a start with a session", "writes-no-live"),
    _row("SB-2", "gate", "rest in idle", "answers-nobody starts-without-a-host"),
    _row("SB-3", "accounted lands", "start_broadcast failed", "settles-a-failed-start-as-a-success"),
    _row("SP-1", "sessions told", "convex.idle is called", "writes-no-idle"),
    _row("EM-1", "emergency", "starting to idle", "stops-one-after-another"),
    _row("EM-2", "emergency", "emergency_stop begins", "spares-the-producer stops-one-after-another"),
    _row("EM-3", "emergency", "live to idle", "stays-where-it-was"),
    _row("EM-4", "emergency", "emergency_stop begins", "tells-the-backend-in-an-emergency"),
    _row("RC-1", "gate", "rest in live", "recovers-from-anywhere"),
    _row("RC-2", "armed all_off", "recover begins", "recovers-without-stops"),
    _row("RC-2", "texted", "error to idle", "clears-the-error-too-soon"),
    _row("RC-3", "lands", "recover succeeded", "recovers-against-the-option recovers-to-idle"),
    # -- What may be asked
    _row("SN-1", "queries", "rest in error", "snapshot-of-another-state snapshot-without-its-history"),
    _row("SN-2", "queries", "rest in live", "snapshot-of-one-service-for-another"),
    _row("SN-3", "queries", "rest in ready", "flags-of-their-own"),
    _row("CS-1", "queries opens", "rest in ready", "can-start-anywhere refuses-the-first-start"),
    _row("CS-1", "queries", "rest in ready without content", "can-start-without-content"),
    _row("CP-1", "queries", "rest in live", "can-stop-in-error"),
    _row("VT-1", "queries", "rest in live", "validates-whatever-the-table-lacks"),
    _row("VT-2", "queries", "rest in ready without content", "validates-without-what-is-missing"),
    _row("HK-1", "queries", "rest in live", "hooks-that-look-elsewhere"),
    _row("HK-2", "queries", "rest in error", "hooks-without-the-text"),
    _row("HK-3", "queries", "start_broadcast under way", "transitioning-in-passing-states-alone"),
    _row("CF-1", "taken", "the configuration changes during rest", "ignores-new-configurations"),
    _row("CF-3", "lands", "recover succeeded", "recovers-against-the-option"),
    _row("CF-3", "sessions", "a start with a session", "syncs-though-it-is-off"),
    _row("CF-3", "table", "the table is only watched", "marks-watched-changes"),
    # -- The examples
    _row("EX-3", "shown first_cause", "rest in error", "goes-to-error-in-silence"),
    _row("UT-2", "refusals", "rest in idle without the host", "refuses-in-other-words"),
    _row("UT-3", "all_on", "rest in live", "starts-without-the-producer"),
    _row("LG-2", "reasons", "ready to starting", "gives-one-reason-for-all"),
    _row("CX-4", "sessions all_steps", "convex.live is called", "writes-live-for-the-wrong-session"),
    _row("BP-3", "opens queries", "rest in ready", "refuses-the-first-start can-start-anywhere"),
    _row("TR-1", "refusals", "rest in ready without content", "refuses-without-a-reason"),
    _row("TR-3", "lands", "recover succeeded", "recovers-to-idle"),
    # -- The readings
    _row("R1", "table lands", "stopping to idle", "skips-idle-after-a-stop stays-in-idle-after-a-stop"),
    _row("R1", "initializes", "host.initialize is called by stop_broadcast", "stops-without-a-lost-host"),
    _row("R2", "table", "stop_broadcast is given in error", "stops-error-by-the-front-door"),
    _row("R2", "replaced", "stop_broadcast failed", "forgets-the-error-it-stopped"),
    _row("R3", "record marked", "live to idle", "records-no-forced-edge marks-no-forced-edge"),
    _row("R3", "table", "starting to idle", "forces-a-stop"),
    _row(
        "R3",
        "lands emergency",
        "emergency_stop succeeded and tells several failures",
        "fails-an-emergency-whose-stops-fail",
    ),
    _row("R4", "entered texted", "starting to error", "errs-before-the-rollback keeps-the-text"),
    _row(
        "R4", "fails_into_error", "starting to error", "ends-a-failed-start-in-idle returns-to-ready-after-a-rollback"
    ),
    _row("R4", "accounted", "start_broadcast failed", "tells-a-refusal-as-a-silence drops-what-the-service-said"),
    _row(
        "R4", "lost first_cause accounted", "start_broadcast failed and tells several failures", "blames-the-rollback"
    ),
    _row("R4", "lost first_cause accounted", "initialize failed and tells several failures", "blames-the-last-attempt"),
    _row("R5", "gate harmless", "rest in idle", "refuses-with-a-text answers-nobody"),
    _row("R5", "refusals", "rest in ready without content", "refuses-without-a-reason"),
    _row("R5", "gate", "rest in live", "starts-while-live"),
    _row("R5", "queries", "rest in ready", "can-start-anywhere validates-without-what-is-missing"),
    _row("R6", "retry retried", "retry_delay is armed", "retries-once-too-often retries-once-less"),
    _row(
        "R6", "armed retry", "a retry follows its delay", "retries-at-once waits-half-the-delay waits-longer-each-time"
    ),
    _row("R7", "armed settles", "a limit comes", "start-has-no-limit stop-has-no-limit rollback-has-no-limit"),
    _row("R7", "armed", "start_broadcast under way", "arms-the-limit-at-each-step doubles-its-limits"),
    _row("R7", "armed", "stop_broadcast under way", "doubles-its-limits waits-longer-each-time"),
    _row(
        "R7", "settles settled_once", "stop_broadcast succeeded", "never-settles settles-twice leaves-the-timer-running"
    ),
    _row("R7", "settles armed", "cleanup begins", "cleanup-has-no-limit"),
    _row("R7", "settles armed", "emergency_stop under way", "waits-for-ever-in-an-emergency"),
    _row("R7", "order settles", "drain is armed", "drops-what-the-limit-cut-short drains-without-end"),
    _row("R7", "gives_up", "a limit comes", "goes-on-beyond-the-limit"),
    _row("R8", "rollback_order", "rest after a failed start", "forgets-the-failed-step undoes-in-startup-order"),
    _row("R8", "rollback_order", "start_broadcast failed and tells several failures", "stops-undoing-at-a-failure"),
    _row("R9", "order", "a late success moves nothing", "takes-a-late-reply-for-the-new-one"),
    _row("R9", "all_off way_out", "a late success moves nothing", "never-forgives-residue"),
    _row("R9", "cleaned", "a late success is cleaned up", "leaves-late-successes-on"),
    _row("R9", "newer_wins unasked", "a late success moves nothing", "cleans-up-in-live"),
    _row("R10", "sessions", "a start with a session", "syncs-though-it-is-off writes-idle-for-the-wrong-session"),
    _row("R10", "told", "stop_broadcast succeeded", "writes-idle-for-the-newest-session-alone"),
    _row(
        "R10",
        "rolled_back truthful_backend",
        "a session is left live",
        "takes-an-idle-write-for-granted forgets-what-it-wrote",
    ),
    _row("R10", "way_out", "a session is left live", "is-trapped-by-the-backend"),
    _row("R11", "all_off", "error to initializing", "initializes-on-air"),
    _row("R11", "order alone", "initialize under way, commands racing", "initializes-twice-at-once"),
    _row("R11", "joins", "emergency_stop under way, commands racing", "joins-an-emergency-stop"),
    _row("R12", "queries", "rest in error", "can-stop-in-error"),
    _row("R12", "gate", "stop_broadcast is given in error", "refuses-a-stop-in-error"),
    _row("R13", "reasons emergency", "ready to idle", "stays-where-it-was"),
    _row("R14", "reported", "a report in idle", "ignores-reports-in-idle"),
    _row("R14", "reported", "a report in ready", "ignores-reports-in-ready"),
    _row("R14", "reported", "a report in live", "ignores-reports-in-live"),
    _row("R14", "names_report", "a report in live", "ignores-reports-in-live"),
    _row("R14", "accounted", "a report during rollback", "ignores-reports-in-a-start ignores-reports-in-a-rollback"),
    _row("R14", "accounted", "a report during delay", "ignores-reports-in-a-retry-delay"),
    _row("R14", "accounted", "a report during shutdown", "ignores-reports-in-a-stop"),
    _row("R15", "alone order", "initialize interrupted", "starts-twice-at-once stops-beside-the-start"),
    _row("R15", "emergency refusals", "emergency_stop begins", "refuses-emergencies-when-busy"),
    _row("R15", "alone emergency interrupted", "emergency_stop under way, commands racing", "interrupts-itself"),
    _row("R15", "accounted", "start_broadcast interrupted", "interrupts-in-silence"),
    _row(
        "R15",
        "taken_over tells_what_it_took_over",
        "recover interrupted",
        "takes-over-without-the-past stops-twice-what-is-stopping",
    ),
    _row("R16", "order", "stopping to error", "stops-at-the-first-failure"),
    _row("R16", "accounted", "stop_broadcast failed and tells several failures", "keeps-the-second-failure-to-itself"),
    _row("R16", "all_off told", "stop_broadcast failed", "stops-as-if-nothing-had-failed names-no-residue"),
    _row("R17", "taken", "the configuration changes during forward", "ignores-new-configurations"),
    _row(
        "R17",
        "armed retried",
        "a procedure follows an older configuration",
        "retries-by-the-new-configuration rolls-back-by-the-new-configuration",
    ),
    _row("R18", "gate refusals", "rest in ready without content", "starts-without-content"),
    _row("R19", "table", "the table is only watched", "marks-watched-changes leaves-the-table"),
    _row("R20", "lands", "recover succeeded", "recovers-against-the-option recovers-to-idle"),
    _row("R20", "all_off", "recover failed", "recovers-despite-residue"),
    _row("R20", "accounted", "recover failed and tells several failures", "forgets-the-cause-that-it-recovers"),
    _row("R21", "queries", "start_broadcast under way", "transitioning-in-passing-states-alone"),
    _row("R22", "record", "ready to starting", "records-no-passing-states records-where-it-was-before"),
    _row("R22", "reasons", "live to error", "gives-one-reason-for-all"),
)
"""Every row, in the order of the guide, the readings last."""
