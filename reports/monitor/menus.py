"""What can go wrong, to be ordered by a key in a terminal: menus, each entry with what it does."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from broadcast_orchestrator.model.operations import HOST, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.properties.telling.phrases import falls_over_and_reports, falls_over_unnoticed, switched
from broadcast_orchestrator.reports.monitor.orders import kinds_for
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.world.faults import BY_NAME
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE

KEYS_OF_ENTRIES = "123456789abcdefgh"
"""The keys of the entries of a menu, in their order."""


class Entry(NamedTuple):
    """Something to choose, in words; what it does may open another menu."""

    words: str
    act: Callable[[], "Menu | None"]


class Menu(NamedTuple):
    """What can be chosen; every other key leaves it."""

    title: str
    entries: tuple[Entry, ...]

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each key with its words."""
        return zip(KEYS_OF_ENTRIES, (entry.words for entry in self.entries), strict=False)

    def choose(self, key: str) -> "Menu | None":
        """Do what the key stands for; the menu that follows, None where none does. Raises `ValueError` where it cannot
        be done."""
        at = KEYS_OF_ENTRIES.find(key) if key else -1
        return self.entries[at].act() if 0 <= at < len(self.entries) else None


def failing_calls(run: LiveRun) -> Menu:
    """Which operation's next call is to go wrong, and then how."""
    entries = (Entry(_operation(run, name), partial(failures, run, name)) for name in OPERATIONS)
    return Menu("the next call of", tuple(entries))


def failures(run: LiveRun, operation: str) -> Menu:
    """How the next call of the operation goes wrong; the first entry takes back what was ordered."""
    works = Entry("works", partial(run.fail_next, operation, ""))
    kinds = (BY_NAME[kind] for kind in kinds_for(operation))
    goes_wrong = (Entry(f"{each.id} {each.meaning}", partial(run.fail_next, operation, each.name)) for each in kinds)
    return Menu(f"the next call of {operation}", (works, *goes_wrong))


def losses(run: LiveRun) -> Menu:
    """Which service falls over, and whether anybody is told."""
    truth = run.studio.world.truth
    states = zip(ON_AIR_SERVICES, truth.active, strict=True)
    entries = [
        Entry(words(service), partial(run.lose, service, noticed=noticed))
        for service, is_on in states
        if is_on or (service == HOST and truth.initialized)
        for noticed, words in ((True, falls_over_and_reports), (False, falls_over_unnoticed))
    ]
    return Menu("what falls over" if entries else "every service is off, so none can fall over", tuple(entries))


def switches(run: LiveRun) -> Menu:
    """Which service someone switches behind the orchestrator's back."""
    states = zip(ON_AIR_SERVICES, run.studio.world.truth.active, strict=True)
    entries = (Entry(switched(service, was_on), partial(run.bypass, service)) for service, was_on in states)
    return Menu("what someone does", tuple(entries))


SLEEPS_S = (1, 10, 60)
"""How long a page may sleep, in seconds, to be chosen from."""


def dashboards(run: LiveRun) -> Menu:
    """What befalls the orchestrator as a whole."""
    reload = Entry("the page is reloaded", run.reload)
    sleeps = (Entry(f"the page sleeps for {seconds} s", partial(run.suspend, 1000 * seconds)) for seconds in SLEEPS_S)
    commands = (Entry(f"another dashboard asks: {each}", partial(run.elsewhere, each)) for each in CALLS_ELSEWHERE)
    return Menu("what befalls the dashboard", (reload, *sleeps, *commands))


def _operation(run: LiveRun, name: str) -> str:
    return f"{name} (ordered: {run.ordered[name].kind})" if name in run.ordered else name
