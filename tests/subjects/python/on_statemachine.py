"""The same over the library python-statemachine: the states and the changes between them are a chart of the library,
which keeps the state on the orchestrator, its model.

    broadcast check --scenarios 300 --python on_statemachine:make
    broadcast check --scenarios 300 --python on_statemachine:make_without_failed_starts
"""

from typing import Any

from on_asyncio import BroadcastOrchestrator
from statemachine import State, StateMachine


def chart_class(*, failed_starts: bool = True, forced_in_live: bool = True) -> type[StateMachine]:
    """The guide's chart; without a row each where that is not true. What it has no row for is passed over."""

    class Chart(StateMachine):
        allow_event_without_transition = True

        idle = State("Idle", value="idle", initial=True)
        initializing = State("Initializing", value="initializing")
        ready = State("Ready", value="ready")
        starting = State("Starting", value="starting")
        live = State("Live", value="live")
        stopping = State("Stopping", value="stopping")
        error = State("Error", value="error")

        to_initializing = initializing.from_(idle, error)
        to_ready = initializing.to(ready)
        to_starting = ready.to(starting)
        to_live = starting.to(live)
        to_stopping = live.to(stopping)
        to_error = error.from_(*(idle, initializing, ready, live, stopping), *((starting,) if failed_starts else ()))
        # from initializing, starting and live an emergency stop alone may go to idle
        to_idle = idle.from_(*(ready, stopping, error, initializing, starting), *((live,) if forced_in_live else ()))

    return Chart


class ChartedOrchestrator(BroadcastOrchestrator):
    """The orchestrator, with the chart that keeps its state."""

    def __init__(self, chart: type[StateMachine], stores: Any) -> None:
        super().__init__(stores.live_feed, stores.session, stores.host, stores.producer, stores.convex)
        self.chart = chart(model=self)

    def show(self, state: str) -> None:
        """The chart decides."""
        self.chart.send(f"to_{state}")


def make(stores: Any) -> ChartedOrchestrator:
    """The orchestrator over the five stores."""
    return ChartedOrchestrator(chart_class(), stores)


def make_without_failed_starts(stores: Any) -> ChartedOrchestrator:
    """A planted mistake: the chart has no row for a start that fails."""
    return ChartedOrchestrator(chart_class(failed_starts=False), stores)


def make_without_forced_idle(stores: Any) -> ChartedOrchestrator:
    """A planted mistake: the chart has no row for an emergency stop in live."""
    return ChartedOrchestrator(chart_class(forced_in_live=False), stores)
