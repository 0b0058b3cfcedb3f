"""The readings, one by one: what was decided where the guide is silent or contradicts itself, shown in the studio.

Every call takes ten milliseconds here, unless a test says otherwise.
"""

import re
from typing import Any

import pytest

from broadcast_orchestrator.model import CommandFailed, CommandInterrupted, CommandRefused, ConfigError
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, Command
from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.model.table import LIVE
from broadcast_orchestrator.sim import Fault, Studio


def idle(*faults: Fault, **arguments: Any) -> Studio:
    """A studio in idle."""
    return Studio(faults=faults, **{"latency": {"*": 10}} | arguments)


def ready(*faults: Fault, **arguments: Any) -> Studio:
    """A studio in ready."""
    studio = idle(*faults, **arguments)
    studio.run(studio.orchestrator.initialize())
    return studio


def live(*faults: Fault, session: str | None = None, **arguments: Any) -> Studio:
    """A studio in live."""
    studio = ready(*faults, **arguments)
    studio.run(studio.orchestrator.start_broadcast(session))
    return studio


def failed(studio: Studio, event: Any) -> CommandFailed:
    """The failure of a command that must fail."""
    with pytest.raises(CommandFailed) as caught:
        studio.run(event)
    return caught.value


def refused(studio: Studio, event: Any) -> CommandRefused:
    """The refusal of a command that must be refused."""
    with pytest.raises(CommandRefused) as caught:
        studio.run(event)
    return caught.value


def in_error(*faults: Fault, **arguments: Any) -> Studio:
    """A studio in error: the live broadcast's producer has reported a failure."""
    studio = live(*faults, **arguments)
    studio.lose("producer")
    studio.settle()
    return studio


def path(studio: Studio, last: int = 0) -> list[str]:
    """The states that were entered, the last so many."""
    return [str(entry.target) for entry in studio.history][-last:]


def calls(studio: Studio) -> list[str]:
    """Every call that was made, in order."""
    return [e.operation for line in studio.trace.lines for e in line.effects if isinstance(e, Call)]


def active(studio: Studio) -> tuple[bool, ...]:
    """Whether live feed, session, host and producer truly are on."""
    return studio.world.truth.active


def test_r1_a_stop_goes_through_idle_and_settles_in_ready() -> None:
    """R1: a stop enters stopping, idle, initializing and ready, and an initialized host needs no new call."""
    studio = live()
    studio.run(studio.orchestrator.stop_broadcast())
    assert path(studio, 4) == ["stopping", "idle", "initializing", "ready"]
    assert calls(studio).count("host.initialize") == 1


def test_r1_a_lost_host_is_initialized_again_by_the_stop() -> None:
    """R1: after the host was lost, the stop initializes it; if that fails, the stop fails with that cause."""
    studio = live()
    studio.lose("host")
    studio.run(studio.orchestrator.stop_broadcast())
    assert (calls(studio).count("host.initialize"), studio.state) == (2, "ready")
    studio = live(Fault("host.initialize", "refuse", probability=1, nth=2), config={"max_retries": 0})
    studio.lose("host")
    failure = failed(studio, studio.orchestrator.stop_broadcast())
    assert str(failure.cause) == "host.initialize failed: refused"


def test_r2_a_stop_from_error_stays_in_error_until_all_is_off() -> None:
    """R2: the shutdown steps run in error; then idle, initializing and ready follow."""
    studio = in_error()
    studio.run(studio.orchestrator.stop_broadcast())
    assert path(studio, 4) == ["error", "idle", "initializing", "ready"]
    assert active(studio) == (False, False, False, False)


def test_r2_a_stop_from_error_that_fails_keeps_the_first_cause() -> None:
    """R2: the new failure is attached behind the first cause, and the state stays error."""
    studio = in_error(Fault("session.end", "refuse"))
    failed(studio, studio.orchestrator.stop_broadcast())
    assert studio.snapshot.orchestrator.error == "producer reported a failure: lost; session.end failed: refused"
    assert path(studio, 2) == ["live", "error"]


@pytest.mark.parametrize("state", ["initializing", "starting", "live"])
def test_r3_an_emergency_stop_takes_a_forced_edge(state: str) -> None:
    """R3: from initializing, starting and live the change to idle is recorded as forced."""
    studio = idle() if state == "initializing" else ready()
    begin = studio.orchestrator.initialize if state == "initializing" else studio.orchestrator.start_broadcast
    begin()
    if state == "live":
        studio.run(studio.when("live"))
    studio.run(studio.orchestrator.emergency_stop())
    assert studio.history[-1][:3] == (state, "idle", "emergency_stop")
    assert studio.history[-1].forced is True


def test_r3_an_emergency_stop_ends_although_a_stop_hangs_and_another_fails() -> None:
    """R3: it succeeds after shutdownTimeout, lists the failed stops, and names them as residue."""
    studio = live(Fault("host.stop", "hang"), Fault("producer.stop", "refuse"))
    begun_ms = studio.now_ms
    outcome = studio.run(studio.orchestrator.emergency_stop())
    assert studio.now_ms - begun_ms == 10_000
    assert [str(failure) for failure in outcome.failures] == ["producer.stop failed: refused", "host.stop timed out"]
    assert outcome.residue == ("host", "producer")
    assert studio.state == "idle"


def test_r3_an_emergency_stop_in_idle_issues_the_stops_without_a_transition() -> None:
    """R3: in idle it is accepted, all four stops are made, and the history stays empty."""
    studio = idle()
    studio.run(studio.orchestrator.emergency_stop())
    assert calls(studio) == ["producer.stop", "host.stop", "session.end", "live_feed.stop"]
    assert studio.history == ()


def test_r4_a_rollback_is_starting_until_it_is_over() -> None:
    """R4: while the undo steps run the state is starting and there is no error text; both come together after it."""
    studio = ready(Fault("producer.start", "refuse"), Fault("host.stop", "refuse"))
    start = studio.orchestrator.start_broadcast()
    studio.run(studio.now_ms + 65)
    assert calls(studio)[-1] == "session.end"
    assert (studio.state, studio.snapshot.orchestrator.error) == ("starting", None)
    failure = failed(studio, start)
    assert (studio.state, str(failure.cause)) == ("error", "producer.start failed: refused")
    assert studio.snapshot.orchestrator.error == "producer.start failed: refused; host.stop failed: refused"


def test_r4_the_text_goes_with_the_error() -> None:
    """R4: leaving error clears the text."""
    studio = in_error()
    assert studio.snapshot.orchestrator.error is not None
    studio.run(studio.orchestrator.recover())
    assert studio.snapshot.orchestrator.error is None


def test_r4_a_failed_initialization_lists_all_attempts() -> None:
    """R4: the first attempt's failure is the cause, and each attempt is there."""
    studio = idle(
        Fault("host.initialize", "hang", nth=1), Fault("host.initialize", "refuse"), config={"max_retries": 1}
    )
    failure = failed(studio, studio.orchestrator.initialize())
    assert [str(each) for each in failure.failures] == ["host.initialize timed out", "host.initialize failed: refused"]


def test_r5_a_refused_start_names_what_is_missing_and_changes_nothing() -> None:
    """R5: a second start while live is refused, the broadcast goes on, and so does everything else."""
    studio = live()
    before = studio.world
    refusal = refused(studio, studio.orchestrator.start_broadcast())
    assert str(refusal).startswith("Cannot start broadcast: ")
    assert "state is live, not ready" in refusal.missing
    assert studio.world == before


def test_r5_while_a_procedure_is_under_way_a_start_is_not_possible() -> None:
    """R5: can_start is false then, and the missing dependencies of starting name the procedure."""
    studio = ready(Fault("live_feed.stop", "hang"))
    studio.orchestrator.emergency_stop()
    assert studio.orchestrator.can_start_broadcast() is False
    validation = studio.orchestrator.validate_transition("starting")
    assert validation.valid is False
    assert "emergency_stop is under way" in validation.missing_dependencies
    studio.settle()
    assert "switch-off not confirmed: live_feed" in studio.orchestrator.validate_transition("starting")[2]


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (3, 4)])
def test_r6_max_retries_counts_the_attempts_after_the_first(retries: int, attempts: int) -> None:
    """R6: one attempt more than retries, retryDelay apart, all of them in initializing."""
    studio = idle(Fault("host.initialize", "refuse"), config={"max_retries": retries, "retry_delay": 500})
    failed(studio, studio.orchestrator.initialize())
    issued = [line.at_ms for line in studio.trace.lines for e in line.effects if isinstance(e, Call)]
    assert issued == [510.0 * attempt for attempt in range(attempts)]
    assert path(studio) == ["initializing", "error"]


def test_r7_the_startup_timeout_covers_the_whole_forward_sequence() -> None:
    """R7: four steps of 400 ms do not fit into 1500 ms; the one under way then is what timed out."""
    studio = ready(latency={"*": 400}, config={"startup_timeout": 1500})
    begun_ms = studio.now_ms
    failure = failed(studio, studio.orchestrator.start_broadcast())
    assert str(failure.cause) == "producer.start timed out"
    timed_out = [line for line in studio.trace.lines if type(line.step).__name__ == "Timer"]
    assert timed_out[0].at_ms == begun_ms + 1500


def test_r7_a_reply_exactly_at_the_limit_wins() -> None:
    """R7: four steps of 400 ms fit into 1600 ms to the last millisecond."""
    studio = live(latency={"*": 400}, config={"startup_timeout": 1600})
    assert studio.state == "live"


def test_r7_what_a_limit_issues_at_once_counts_when_the_answer_is_immediate() -> None:
    """R7: the host hangs past shutdownTimeout; the steps after it are made at once, and their instant answers count."""
    studio = live(Fault("host.stop", "hang"), latency={"*": 0})
    failure = failed(studio, studio.orchestrator.stop_broadcast())
    assert [str(each) for each in failure.failures] == ["host.stop timed out"]
    assert failure.residue == ("host",)


def test_r7_what_a_limit_issues_at_once_is_otherwise_not_confirmed() -> None:
    """R7: with answers that take time, the steps after the limit are not confirmed, and the stop ends at once."""
    studio = live(Fault("host.stop", "hang"))
    begun_ms = studio.now_ms
    failure = failed(studio, studio.orchestrator.stop_broadcast())
    assert [str(each) for each in failure.failures] == [
        "host.stop timed out",
        "session.end was not confirmed",
        "live_feed.stop was not confirmed",
    ]
    assert studio.now_ms - begun_ms == 10_000


def test_r8_a_rollback_undoes_the_step_that_failed_too_in_reverse() -> None:
    """R8: the host's start failed after its effect: host, session and feed are undone, in this order."""
    studio = ready(Fault("host.start", "lost_reply"))
    failed(studio, studio.orchestrator.start_broadcast())
    assert calls(studio)[-3:] == ["host.stop", "session.end", "live_feed.stop"]
    assert active(studio) == (False, False, False, False)


def test_r8_an_undo_that_fails_does_not_keep_the_next_from_running() -> None:
    """R8: every undo fails, every undo was tried, and all are residue."""
    studio = ready(Fault("host.start", "refuse"), Fault("*", "refuse", place="rollback"))
    failure = failed(studio, studio.orchestrator.start_broadcast())
    assert len(failure.failures) == 4
    assert failure.residue == ("live_feed", "session", "host")


def test_r9_a_late_switch_on_in_idle_is_cleaned_up() -> None:
    """R9: a feed that comes on after an emergency stop's own switch-off failed is switched off by a cleanup."""
    studio = ready(Fault("live_feed.stop", "refuse", nth=1), latency={"*": 10, "live_feed.start": 2000})
    studio.orchestrator.start_broadcast()
    studio.run(studio.orchestrator.emergency_stop())
    studio.settle()
    assert calls(studio)[-1] == "live_feed.stop"
    assert active(studio) == (False, False, False, False)
    assert studio.snapshot.computed.residue == ()


def test_r9_a_late_switch_on_means_nothing_after_a_newer_confirmed_switch_off() -> None:
    """R9: the host's start times out and is undone; the start's late reply causes no further call."""
    studio = ready(Fault("host.start", "late"))
    failed(studio, studio.orchestrator.start_broadcast())
    made = len(calls(studio))
    studio.settle()
    assert len(calls(studio)) == made


def test_r9_a_late_switch_off_clears_its_residue() -> None:
    """R9: a stop that was given up and succeeds late confirms the service off."""
    studio = live(latency={"*": 10, "host.stop": 12_000})
    outcome = studio.run(studio.orchestrator.emergency_stop())
    assert outcome.residue == ("host",)
    studio.settle()
    assert studio.snapshot.computed.residue == ()


def test_r9_a_cleanup_that_fails_names_residue_and_goes_to_error() -> None:
    """R9: the switch-off of a cleanup fails as well: error, with the feed as residue."""
    studio = ready(Fault("live_feed.stop", "refuse"), latency={"*": 10, "live_feed.start": 2000})
    studio.orchestrator.start_broadcast()
    studio.run(studio.orchestrator.emergency_stop())
    studio.settle()
    assert (studio.state, studio.snapshot.computed.residue) == ("error", ("live_feed",))


def test_r10_the_backend_is_written_only_for_a_session_with_sync_enabled() -> None:
    """R10: no session or no sync, no write; with both, live, and idle again at the stop."""
    assert "convex.live" not in calls(live())
    assert "convex.live" not in calls(live(session="s1", config={"enable_convex_sync": False}))
    studio = live(session="s1")
    assert studio.snapshot.convex.says == "live"
    studio.run(studio.orchestrator.stop_broadcast())
    assert calls(studio)[-1] == "convex.idle"
    assert studio.snapshot.convex.sessions[0].broadcast_state == "idle"


def test_r10_a_failed_sync_fails_the_start_and_its_undo_writes_idle() -> None:
    """R10: the live write takes effect and its reply is lost; the rollback writes idle first of all."""
    studio = ready(Fault("convex.live", "lost_reply"))
    failed(studio, studio.orchestrator.start_broadcast("s1"))
    assert calls(studio)[-5] == "convex.idle"
    assert studio.snapshot.convex.sessions[0][1:5] == ("idle", False, False, False)


def test_r10_an_emergency_stop_leaves_the_backend_live_until_a_stop_writes_it() -> None:
    """R10: the session is reported as left live and gates nothing; the next stop writes idle for both sessions."""
    studio = live(session="s1")
    outcome = studio.run(studio.orchestrator.emergency_stop())
    assert outcome.left_live == ("s1",)
    assert studio.world.truth.backend == ("s1",)
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast("s2"))
    studio.orchestrator.update_config(enable_convex_sync=False)
    studio.run(studio.orchestrator.stop_broadcast())
    assert calls(studio)[-2:] == ["convex.idle", "convex.idle"]
    assert not studio.world.truth.backend
    assert studio.snapshot.convex.left_live == ()


def test_r11_an_initialize_joins_one_that_is_under_way() -> None:
    """R11: a page that mounts twice has two commands that succeed, and one call."""
    studio = idle()
    first, second = studio.orchestrator.initialize(), studio.orchestrator.initialize()
    assert [studio.run(first).command, studio.run(second).command] == ["initialize", "initialize"]
    assert calls(studio) == ["host.initialize"]


def test_r11_an_initialize_does_not_join_an_emergency_stop() -> None:
    """R11, R15: an initialize is busy while one interrupts the initialization, and is not told of success."""
    studio = idle()
    studio.orchestrator.initialize()
    stop = studio.orchestrator.emergency_stop()
    assert "emergency_stop is under way" in str(refused(studio, studio.orchestrator.initialize()))
    assert studio.run(stop).command == "emergency_stop"
    assert studio.state == "idle"


def test_r11_an_initialize_in_ready_succeeds_at_once_and_in_live_is_refused() -> None:
    """R11: neither makes a call."""
    studio = ready()
    now_ms = studio.now_ms
    studio.run(studio.orchestrator.initialize())
    assert (studio.now_ms, calls(studio)) == (now_ms, ["host.initialize"])
    broadcast = live()
    assert str(refused(broadcast, broadcast.orchestrator.initialize())) == "Cannot initialize: the state is live"


def test_r11_an_initialize_in_error_is_refused_while_something_may_be_on() -> None:
    """R11: it names the services that are not known to be off; once nothing is, it is accepted in error."""
    studio = in_error()
    refusal = refused(studio, studio.orchestrator.initialize())
    assert "host is not known to be off" in refusal.missing
    studio = idle(Fault("host.initialize", "refuse", first=1), config={"max_retries": 0})
    failed(studio, studio.orchestrator.initialize())
    studio.run(studio.orchestrator.initialize())
    assert path(studio) == ["initializing", "error", "initializing", "ready"]


def test_r12_can_stop_is_false_in_error_where_a_stop_is_accepted() -> None:
    """R12: both as the guide has them."""
    studio = in_error()
    assert studio.orchestrator.can_stop_broadcast() is False
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.state == "ready"


def test_r13_an_emergency_stop_from_ready_is_an_ordinary_transition() -> None:
    """R13: the row from ready to idle is taken, and not forced; so are those from stopping and from error."""
    studios = [ready(), live(), in_error()]
    studios[1].orchestrator.stop_broadcast()
    for studio, source in zip(studios, ["ready", "stopping", "error"], strict=True):
        studio.run(studio.orchestrator.emergency_stop())
        assert studio.history[-1][:3] == (source, "idle", "emergency_stop")
        assert studio.history[-1].forced is False


@pytest.mark.parametrize("make", [ready, live])
def test_r14_a_service_that_reports_a_failure_leads_to_error(make: Any) -> None:
    """R14: from ready and live; what is on stays on until somebody switches it off."""
    studio = make()
    before = active(studio)[:2]
    studio.lose("host")
    studio.settle()
    assert (studio.state, studio.snapshot.orchestrator.error) == ("error", "host reported a failure: lost")
    assert (active(studio)[:2], studio.snapshot.host.is_initialized) == (before, False)


def test_r14_a_report_during_a_start_fails_it_and_during_a_stop_is_a_note() -> None:
    """R14: the start fails at once with the report as its cause; a stop goes on, succeeds, and notes it."""
    studio = ready()
    start = studio.orchestrator.start_broadcast()
    studio.run(studio.now_ms + 25)
    studio.lose("host")
    assert str(failed(studio, start).cause) == "host reported a failure: lost"
    studio = live()
    stop = studio.orchestrator.stop_broadcast()
    studio.lose("session", notice_after_ms=1)
    assert [str(note) for note in studio.run(stop).notes] == ["session reported a failure: lost"]


def test_r15_while_one_procedure_is_under_way_others_are_busy() -> None:
    """R15: start, stop and recover are refused during a start; an update of the configuration is not."""
    studio = ready()
    start = studio.orchestrator.start_broadcast()
    for command in ("start_broadcast", "stop_broadcast", "recover", "initialize"):
        assert "start_broadcast is under way" in str(refused(studio, getattr(studio.orchestrator, command)()))
    studio.orchestrator.update_config(max_retries=0)
    assert studio.run(start).command == "start_broadcast"


def test_r15_an_emergency_stop_interrupts_at_once_and_nothing_more_is_issued() -> None:
    """R15: the start is interrupted with its first cause attached, and makes no further call."""
    studio = ready(Fault("host.start", "refuse"))
    start = studio.orchestrator.start_broadcast()
    studio.run(studio.now_ms + 35)
    studio.orchestrator.emergency_stop()
    with pytest.raises(CommandInterrupted) as caught:
        studio.run(start)
    assert str(caught.value.cause) == "host.start failed: refused"
    studio.settle()
    assert calls(studio)[-4:] == ["producer.stop", "host.stop", "session.end", "live_feed.stop"]
    assert calls(studio).count("session.end") == 1


def test_r15_an_emergency_stop_takes_over_the_stops_of_a_recover() -> None:
    """R15: nothing is issued twice, its own limit runs from its acceptance, and the state ends in idle."""
    studio = in_error(Fault("host.stop", "hang"), Fault("producer.stop", "refuse"))
    made, begun_ms = len(calls(studio)), studio.now_ms
    recover = studio.orchestrator.recover()
    studio.run(begun_ms + 500)
    outcome = studio.run(studio.orchestrator.emergency_stop())
    assert (len(calls(studio)) - made, studio.now_ms - begun_ms) == (4, 10_500)
    assert [each.subject for each in outcome.failures] == ["producer.stop", "host.stop"]
    with pytest.raises(CommandInterrupted):
        studio.run(recover)
    assert studio.state == "idle"


def test_r16_the_steps_after_a_failed_shutdown_step_still_run() -> None:
    """R16: producer and session fail; host and feed are off; the error names both failures."""
    studio = live(Fault("producer.stop", "refuse"), Fault("session.end", "refuse"))
    failure = failed(studio, studio.orchestrator.stop_broadcast())
    assert [each.subject for each in failure.failures] == ["producer.stop", "session.end"]
    assert active(studio) == (False, True, False, True)
    assert path(studio, 2) == ["stopping", "error"]


def test_r17_a_procedure_keeps_the_configuration_that_it_began_with() -> None:
    """R17: an initialize that began with one retry makes two attempts, whatever is set meanwhile."""
    studio = idle(Fault("host.initialize", "refuse"), config={"max_retries": 1})
    initialize = studio.orchestrator.initialize()
    studio.orchestrator.update_config(max_retries=9, retry_delay=0)
    failed(studio, initialize)
    assert (len(calls(studio)), studio.now_ms) == (2, 1_020)


@pytest.mark.parametrize("change", [{"startup_timeout": 0}, {"retry_delay": 2**31}, {"max_retries": 1.5}, {"retry": 1}])
def test_r17_a_mistaken_update_changes_nothing(change: dict[str, Any]) -> None:
    """R17: values outside the limits and unknown names raise, and the valid change beside them is not made."""
    studio = idle()
    with pytest.raises(ConfigError):
        studio.orchestrator.update_config(**change | {"shutdown_timeout": 5})
    assert studio.world.core.config == (10_000, 15_000, 10_000, 3, 1_000, True, True, True, True)


def test_r18_content_is_required_at_the_start_alone() -> None:
    """R18: an empty feed refuses a start and is listed as missing; a broadcast that loses it goes on."""
    studio = ready()
    studio.fill(False)
    assert studio.orchestrator.validate_transition("starting").missing_dependencies == ("live feed has no content",)
    assert refused(studio, studio.orchestrator.start_broadcast()).missing == ("live feed has no content",)
    studio.fill(True)
    studio.run(studio.orchestrator.start_broadcast())
    studio.fill(False)
    studio.settle()
    assert studio.state == "live"


class Leaping(Core):
    """Broken rules: a start leaps from ready to live."""

    def command(self, event: Command) -> None:
        """Leap."""
        if event.name == "start_broadcast":
            self.move(LIVE, "leap")
        else:
            super().command(event)


def test_r19_without_validation_a_forbidden_transition_is_recorded_as_a_violation() -> None:
    """R19: broken rules that leave the table are stopped while it is enforced, and only watched while it is not."""
    with pytest.raises(RuntimeError, match="Invalid transition from ready to live"):
        ready(rules=Leaping).orchestrator.start_broadcast()
    studio = ready(rules=Leaping, config={"enable_state_validation": False})
    studio.orchestrator.start_broadcast()
    assert studio.history[-1][:3] == ("ready", "live", "leap")
    assert studio.history[-1].violation is True


def test_r19_without_validation_prerequisites_still_apply() -> None:
    """R19: a start in idle is refused all the same."""
    studio = idle(config={"enable_state_validation": False})
    assert "host agent is not initialized" in refused(studio, studio.orchestrator.start_broadcast()).missing


@pytest.mark.parametrize(("auto", "end"), [(True, "ready"), (False, "idle")])
def test_r20_a_recover_initializes_exactly_when_auto_recovery_is_enabled(auto: bool, end: str) -> None:
    """R20: on, it ends in ready; off, in idle."""
    studio = in_error(config={"enable_auto_recovery": auto})
    studio.run(studio.orchestrator.recover())
    assert studio.state == end
    assert active(studio) == (False, False, False, False)


def test_r20_a_recover_that_leaves_residue_ends_in_error_through_idle() -> None:
    """R20: it fails, naming the residue, with the earlier first cause attached; outside error it is refused."""
    studio = in_error(Fault("host.stop", "refuse"))
    failure = failed(studio, studio.orchestrator.recover())
    assert [str(each) for each in failure.failures] == [
        "host.stop failed: refused",
        "producer reported a failure: lost",
    ]
    assert (failure.residue, path(studio, 2)) == (("host",), ["idle", "error"])
    rested = ready()
    assert "the state is ready" in str(refused(rested, rested.orchestrator.recover()))


def test_r21_transitioning_is_also_true_during_a_procedure_in_a_state_of_rest() -> None:
    """R21: in initializing, and during an emergency stop in idle; false at rest."""
    studio = idle()
    assert studio.snapshot.computed.is_transitioning is False
    studio.orchestrator.emergency_stop()
    assert (studio.state, studio.snapshot.computed.is_transitioning) == ("idle", True)
    studio.settle()
    studio.orchestrator.initialize()
    assert (studio.state, studio.snapshot.computed.is_transitioning) == ("initializing", True)


def test_r22_every_entry_of_the_history_begins_where_the_last_one_ended() -> None:
    """R22: from, to, reason, time and forced, without a gap."""
    studio = live()
    studio.run(studio.orchestrator.emergency_stop())
    assert studio.history == (
        ("idle", "initializing", "system_init", 0.0, False, False),
        ("initializing", "ready", "dependency_ready", 10.0, False, False),
        ("ready", "starting", "start_requested", 10.0, False, False),
        ("starting", "live", "startup_complete", 50.0, False, False),
        ("live", "idle", "emergency_stop", 60.0, True, False),
    )


def test_every_reading_has_its_test() -> None:
    """No reading is without a test here that bears its name."""
    tested = {int(match[1]) for name in globals() if (match := re.match(r"test_r(\d+)_", name))}
    assert sorted(tested) == [int(reading.id[1:]) for reading in READINGS]
