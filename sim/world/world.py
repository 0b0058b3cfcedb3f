"""The world: the core's state, what the services truly are, and the calls on their way between the two.

Two functions and no more: `choices` tells what can happen next, `happen` makes it happen. Every driver goes
through them, so the truth lives in one place and the drivers cannot disagree.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, assert_never

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core, advance
from broadcast_orchestrator.model.events import (
    Call,
    Command,
    Configure,
    Content,
    CoreEffect,
    Event,
    Reply,
    Report,
    TimerFired,
)
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, HOST, ON_AIR_SERVICES, OPERATIONS, SERVICES
from broadcast_orchestrator.model.state import (
    DELAY,
    CoreState,
    Phase,
    Procedure,
)
from broadcast_orchestrator.model.table import IDLE, BroadcastState
from broadcast_orchestrator.model.views import INDEX, View
from broadcast_orchestrator.sim.world import fault_steps, service_state
from broadcast_orchestrator.sim.world.fault_semantics import FAILS_WITHOUT_EFFECT, SILENT, message_of
from broadcast_orchestrator.sim.world.faults import (
    PLACES,
    RELOAD,
    SECOND_DASHBOARD,
    SUSPEND,
    FaultClass,
    Place,
    PlaceOrNone,
)
from broadcast_orchestrator.sim.world.service_state import CallInFlight, ServiceState
from broadcast_orchestrator.sim.world.steps import (
    Answer,
    Conflict,
    Do,
    Effect,
    Elsewhere,
    Fill,
    Flip,
    Lose,
    Mark,
    Notice,
    Reconfigure,
    Reload,
    Step,
    Suspend,
    Timer,
    fault_of,
)

Answered = TypeVar("Answered")


class Truth(NamedTuple):
    """What the services really are. `active` follows `ON_AIR_SERVICES`; `backend` are the sessions that it calls
    live; `refusing`: the backend takes no writes at the moment. `polled` and `holder` are as in `ServiceState`,
    `unread` are the services that are so there."""

    active: tuple[bool, ...] = (False,) * len(ON_AIR_SERVICES)
    initialized: bool = False
    backend: tuple[str, ...] = ()
    refusing: bool = False
    polled: bool = False
    unread: tuple[str, ...] = ()
    holder: str | None = None


class World(NamedTuple):
    """Everything there is. `flights` follow `SERVICES`, oldest first; `reports` are those of lost services that
    are on their way; `faults` is how many have happened."""

    core: CoreState = CoreState()
    truth: Truth = Truth()
    flights: tuple[tuple[CallInFlight, ...], ...] = ((),) * len(SERVICES)
    reports: tuple[str, ...] = ()
    faults: int = 0


def quiet(world: World) -> bool:
    """Nothing under way, nothing on its way that could still change anything: what is due then is never done."""
    return world.core.procedure is None and all(map(service_state.is_still, services_of(world)))


def first_world(config: OrchestratorConfig, rules: type[Core] = Core) -> World:
    """The world in which everything begins under these rules: everything is off, and the services can do what the
    measures need of them."""
    return World(CoreState(config=config), Truth(polled=rules.polled, holder="" if rules.leased else None))


def on_air(world: World) -> tuple[str, ...]:
    """The services that truly are on air."""
    return tuple(s for s, active in zip(ON_AIR_SERVICES, world.truth.active, strict=True) if active)


def local_of(world: World, service: str) -> ServiceState:
    """One service, and everything about it."""
    at = INDEX[service]
    return ServiceState(
        world.core.views[at],
        world.flights[at],
        service != CONVEX and world.truth.active[at],
        service == HOST and world.truth.initialized,
        world.truth.backend if service == CONVEX else (),
        service == CONVEX and world.truth.refusing,
        service in world.reports,
        service != CONVEX and world.truth.polled,
        service in world.truth.unread,
        world.truth.holder if service == CONVEX else None,
    )


def services_of(world: World) -> tuple[ServiceState, ...]:
    """Every service, in the order of `SERVICES`."""
    return tuple(local_of(world, service) for service in SERVICES)


def assemble(core: CoreState, locals_: Sequence[ServiceState], faults: int) -> World:
    """The world whose services are these, in the order of `SERVICES`."""
    host, backend = locals_[INDEX[HOST]], locals_[INDEX[CONVEX]]
    active = tuple([each.active for each in locals_[: len(ON_AIR_SERVICES)]])
    return World(
        core._replace(views=tuple([each.view for each in locals_])),
        Truth(
            active,
            host.initialized,
            backend.backend,
            backend.refusing,
            host.polled,
            tuple([service for service, each in zip(SERVICES, locals_, strict=True) if each.unread]),
            backend.holder,
        ),
        tuple([each.flights for each in locals_]),
        tuple([service for service, each in zip(SERVICES, locals_, strict=True) if each.reported]),
        faults,
    )


# -- What can happen next -------------------------------------------------------------------------


class Scope(NamedTuple):
    """How much of everything to consider. `faults` are the ids of classes, `places` where they may hit, `limit` how
    many in all; `racing` lets commands come while a procedure is under way; `sessions` are the ids that starts give;
    `filling` adds a feed that loses its content, `configs` are what the configuration may be changed to."""

    faults: tuple[str, ...] = ()
    places: tuple[str, ...] = PLACES
    limit: int = 0
    racing: bool = False
    sessions: tuple[str | None, ...] = ("s1",)
    filling: bool = False
    configs: tuple[OrchestratorConfig, ...] = ()


def choices(world: World, scope: Scope) -> Iterator[Step]:
    """Every step that can happen next within the scope, in a fixed order, faults after what works."""
    services = services_of(world)
    scene = Scene(world, services)
    yield from central_steps(scene, scope)
    for service, whole in zip(SERVICES, services, strict=True):
        yield from service_state.healthy_steps(service, whole)
    if world.faults < scope.limit:
        yield from central_faults(scene, scope)
        for service, whole in zip(SERVICES, services, strict=True):
            for step, awaited in fault_steps.faulty_steps(service, whole):
                if in_scope(step, place_of(world.core.procedure, awaited), scope):
                    yield step


def central_steps(scene: "Stage", scope: Scope) -> Iterator[Step]:
    """The steps that belong to no single service: commands, the timer, the feed's content."""
    procedure = scene.core.procedure
    if procedure is None or scope.racing:
        yield Do("initialize")
        for session in scope.sessions:
            yield Do("start_broadcast", session)
        yield Do("stop_broadcast")
        yield Do("emergency_stop")
        yield Do("recover")
    if procedure is not None and timer_can_fire(scene, procedure):
        yield Timer()
    if scope.filling:
        yield Fill(not scene.core.content)
    for config in scope.configs:
        if config != scene.core.config:
            yield Reconfigure(config)


CALLS_ELSEWHERE = {
    "start_broadcast": (
        *("live_feed.start", "session.start", "host.initialize", "host.start", "producer.start", "convex.live"),
    ),
    "stop_broadcast": ("producer.stop", "host.stop", "session.end", "live_feed.stop", "convex.idle"),
}
"""What another dashboard calls: a page that was just opened initializes and starts a broadcast of its own, and it stops
that again. Its calls set out in one moment and take effect when they will, so in any order of the services."""

ITS_SESSION = "elsewhere"
"""The session of the other dashboard; all its calls carry it."""


def central_faults(scene: "Stage", scope: Scope) -> Iterator[Step]:
    """The faults that hit the orchestrator as a whole; only those that make a difference."""
    core = scene.core
    if RELOAD in scope.faults and has_to_forget(core):
        yield Reload()
    if SECOND_DASHBOARD in scope.faults:
        for command in CALLS_ELSEWHERE:
            if scene.ask(CONVEX, service_state.may_command_elsewhere, command):
                yield Elsewhere(command)
    procedure = core.procedure
    if SUSPEND in scope.faults and procedure is not None and not timer_can_fire(scene, procedure):
        yield Suspend()


def has_to_forget(core: CoreState) -> bool:
    """Whether a reload makes a difference."""
    return core.state is not IDLE or core.procedure is not None or core.initialized


def timer_can_fire(scene: "Stage", procedure: Procedure) -> bool:
    """A delay ends by itself; a limit only comes when every call that is waited for hangs or is late (reading R7)."""
    if procedure.phase == DELAY or procedure.draining:
        return True
    waiting = {CALLABLE[step.operation].service: None for step in procedure.waiting}
    return all(scene.ask(service, service_state.is_overdue) for service in waiting)


def place_of(procedure: Procedure | None, awaited: bool | None) -> PlaceOrNone:
    """Where a fault belongs that hits a call which is waited for, or not; "" when it hits no call."""
    if awaited is None:
        return ""
    return _place_of_phase(procedure.phase) if awaited and procedure is not None else Place.ABANDONED


def _place_of_phase(phase: Phase) -> Place:
    match phase:
        case Phase.ATTEMPT | Phase.DELAY | Phase.FORWARD:
            return Place.FORWARD
        case Phase.ROLLBACK:
            return Place.ROLLBACK
        case Phase.SHUTDOWN_STEPS:
            return Place.SHUTDOWN
        case Phase.STOPPING_ALL:
            return Place.EMERGENCY
        case Phase.CLEANING:
            return Place.CLEANUP
        case never:
            assert_never(never)


def in_scope(step: Step, place: PlaceOrNone, scope: Scope) -> bool:
    """Whether this fault is among those considered."""
    return fault_of(step) in scope.faults and (not place or place in scope.places)


# -- Making it happen -----------------------------------------------------------------------------


class Stage(Protocol):
    """Where steps happen: the core, and the services behind two doors, to ask one or to change one.

    A `Scene` is the plain kind; a search puts another in its place that keeps the services apart
    (`sim.explore.compiling.recorder`).
    """

    core: CoreState
    faults: int

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """What `question` answers about the service."""

    def change(self, service: str, change: Callable[..., ServiceState], *details: Any) -> None:
        """Let `change` happen to the service."""

    def touched(self) -> list[str]:
        """The services that may have been changed."""


class Scene:
    """A world while a step happens to it."""

    def __init__(self, world: World, services: tuple[ServiceState, ...] | None = None) -> None:
        """`services` are those of the world, in the order of `SERVICES`, where they are at hand."""
        self.core = world.core
        self.faults = world.faults
        self._locals = list(services or services_of(world))

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """What `question` answers about the service."""
        return question(self._locals[INDEX[service]], *details)

    def change(self, service: str, change: Callable[..., ServiceState], *details: Any) -> None:
        """Let `change` happen to the service."""
        self._locals[INDEX[service]] = change(self._locals[INDEX[service]], *details)

    def touched(self) -> list[str]:
        """The services that may have been changed, but for those that have no calls."""
        return [service for service, whole in zip(SERVICES, self._locals, strict=True) if whole.flights]

    def services(self) -> tuple[ServiceState, ...]:
        """The services as they are now, in the order of `SERVICES`."""
        return tuple(self._locals)

    def world(self) -> World:
        """The world as it is now."""
        return assemble(self.core, self._locals, self.faults)


class SceneViews:
    """The core's two doors (see `model.views.Views`), opening on a scene."""

    def __init__(self, scene: Stage) -> None:
        self._scene = scene

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """What `question` answers about the core's view of the service."""
        answer: Answered = self._scene.ask(service, ask_view, question, *details)
        return answer

    def change(self, service: str, change: Callable[..., View], *details: Any) -> None:
        """Let `change` happen to the core's view of the service."""
        self._scene.change(service, service_state.on_view, change, *details)

    def result(self) -> tuple[View, ...]:
        """The scene keeps the views; the core's own tuple is filled in when the world is assembled."""
        return ()


def ask_view(whole: ServiceState, question: Callable[..., Answered], *details: Any) -> Answered:
    """What `question` answers about the view within."""
    answer: Answered = question(whole.view, *details)
    return answer


def happen(world: World, step: Step, rules: type[Core] = Core) -> tuple[World, tuple[CoreEffect, ...]]:
    """The world after `step`, and what the core asked for because of it.

    `step` must be one that can happen now (`choices` lists them); a driver with a clock decides when. Raises
    IndexError for a call that does not exist.
    """
    scene = Scene(world)
    effects = perform(scene, step, rules)
    return scene.world(), effects


def perform(scene: Stage, step: Step, rules: type[Core]) -> tuple[CoreEffect, ...]:
    """Let the step happen on the scene."""
    scene.faults += costs(scene, step)
    event = heard(scene.ask, step)
    match step:
        case Effect(service, index):
            scene.change(service, service_state.take_effect, index)
        case Answer(service, index, ok, fault):
            scene.change(service, service_state.answered, index, fault, ok, rules.reads_back)
        case Mark(service, index, fault):
            scene.change(service, service_state.mark, index, fault)
        case Lose(service):
            scene.change(service, service_state.lose, step.noticed)
        case Notice(service):
            scene.change(service, service_state.notice)
        case Flip(service):
            scene.change(service, service_state.flip)
        case Conflict(refusing):
            scene.change(CONVEX, service_state.refuse, refusing)
        case Reload() | Elsewhere() | Suspend():
            befall(scene, step, rules)
        case Timer() | Do() | Fill() | Reconfigure():
            pass
        case never:
            assert_never(never)
    return () if event is None else tell(scene, event, rules)


def befall(scene: Stage, step: Reload | Elsewhere | Suspend, rules: type[Core]) -> None:
    """What happens to the orchestrator as a whole, and to its services by another one."""
    match step:
        case Reload():
            forget_everything(scene)
        case Elsewhere(command):
            scene.change(CONVEX, service_state.lease_elsewhere, command)
            for operation in CALLS_ELSEWHERE[command]:
                scene.change(
                    OPERATIONS[operation].service,
                    service_state.send_from_elsewhere,
                    operation,
                    ITS_SESSION,
                    rules.numbered,
                )
        case Suspend():
            for service in SERVICES:
                scene.change(service, service_state.oversleep)
        case _:
            assert_never(step)


def forget_everything(scene: Stage) -> None:
    """The orchestrator begins anew, with the configuration that its page gives it; the feed keeps its content."""
    scene.core = scene.core._replace(
        state=IDLE, initialized=False, written=(), session=None, procedure=None, due=(), error=()
    )
    for service in SERVICES:
        scene.change(service, service_state.forget)


def heard(ask: Callable[..., Any], step: Step) -> Event | None:
    """What the core hears of the step, `ask` being how a service is asked; None where it hears nothing."""
    match step:
        case Answer(service, index, ok, fault, message):
            said = "" if ok else message_of(fault) if message is None else message
            return Reply(service, ask(service, service_state.position, index), ok, said)
        case Notice(service, message, found):
            return Report(service, message, bool(found))
        case Timer() | Do() | Fill() | Reconfigure():
            return event_of(step)
        case _:
            return None


def event_of(step: Timer | Do | Fill | Reconfigure) -> Event:
    """What the core is told when nothing but the core is concerned."""
    match step:
        case Timer():
            return TimerFired()
        case Do(command, session):
            return Command(command, session)
        case Fill(present):
            return Content(present)
        case Reconfigure(config):
            return Configure(config)
        case never:
            assert_never(never)


def costs(scene: Stage, step: Step) -> int:
    """One for a fault; nothing for what only follows from an earlier one."""
    if not fault_of(step):
        return 0
    follows = isinstance(step, Answer) and scene.ask(step.service, follows_from_fault, step.flight, step.fault)
    return 0 if follows else 1


def follows_from_fault(whole: ServiceState, flight: int, fault: FaultClass) -> bool:
    """A late failure was paid for when the call became late, a refusal when the service became unable."""
    return fault in SILENT or (fault in FAILS_WITHOUT_EFFECT and whole.flights[flight].effect is service_state.NEVER)


def tell(scene: Stage, event: Event, rules: type[Core]) -> tuple[CoreEffect, ...]:
    """Let the core react, and put the calls that it makes on their way."""
    scene.core, effects = advance(scene.core, event, rules, SceneViews(scene))
    for effect in effects:
        if isinstance(effect, Call):
            service = CALLABLE[effect.operation].service
            scene.change(service, service_state.send, effect.operation, effect.session, rules.numbered)
    for service in scene.touched():
        scene.change(service, service_state.bury)
    return effects


HEALTHY = Scope(sessions=())

PATIENCE = 200
"""How many steps a world left to itself may take to be quiet."""


class NoRest(RuntimeError):
    """A world that is left to itself goes on and on."""


def after_healthy_commands(
    world: World, commands: tuple[str, ...], rules: type[Core] = Core
) -> tuple[BroadcastState, ...]:
    """The states in which these commands end, one after the other, when nothing goes wrong any more.

    Fairness is assumed: what can take effect does, what can be answered is, a conflict ends, and then an armed limit
    or delay comes. Raises NoRest
    where that never ends, and whatever else broken rules raise.
    """
    states, scene = [], Scene(world)
    for command in commands:
        perform(scene, Do(command), rules)
        _come_to_rest(scene, rules)
        states.append(scene.core.state)
    return tuple(states)


def _come_to_rest(scene: Scene, rules: type[Core]) -> None:
    for _ in range(PATIENCE):
        step = next(_left_to_itself(scene), None)
        if step is None:
            return
        perform(scene, step, rules)
    raise NoRest(f"not at rest after {PATIENCE} healthy steps")


def _left_to_itself(scene: Scene) -> Iterator[Step]:
    """What can happen when nobody asks for anything, the timer last."""
    for service, whole in zip(SERVICES, scene.services(), strict=True):
        yield from service_state.healthy_steps(service, whole)
    procedure = scene.core.procedure
    if procedure is not None and timer_can_fire(scene, procedure):
        yield Timer()
