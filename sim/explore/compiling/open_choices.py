"""Which choices are open in a world, for searches that go world by world.

A step depends on the control and on one service at most, the one that it happens to. So the choices of all worlds are
a few small tables: one by control alone, and for each service some by its digit and the control, or, where the core
does not notice the step, by its digit and the place where its faults belong.
"""

from collections import defaultdict
from collections.abc import Callable
from operator import attrgetter

import numpy as np

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.compiling.offers import Offered, OfferedMove, Offers, place_number
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.lazy_tables import Growing, Interned, Lists, StepTable
from broadcast_orchestrator.sim.explore.loops.native import Numbers

TOLD, AMPLE = attrgetter("told"), attrgetter("ample")
"""What the core hears of, and what is all that need be searched, of what is on offer."""


class OpenChoices:
    """For parts of worlds, the numbers of lists of choices; `lists` opens them."""

    def __init__(self, controls: Interned[Control], choices: StanceChoices, offers: Offers) -> None:
        self.lists = Lists()
        self._controls, self._choices, self._offers = controls, choices, offers
        self._split = list[tuple[int, int]]()
        self._ledgers, self._places = Growing(), Growing()
        self._known = defaultdict[int, dict[int, list[int]]](dict)
        services = range(len(SERVICES))
        self._central = StepTable()
        self._untold = [StepTable() for _ in services]
        self._told = [StepTable() for _ in services]
        self._ample = [StepTable() for _ in services]

    def control(self, stance: int, ledger: int) -> int:
        """The number of the control with this stance and this ledger."""
        control = self._choices.control(stance, ledger)
        number = self._controls.number(control)
        if number == len(self._split):
            self._know(control, stance, ledger)
        return number

    def ledgers(self) -> Numbers:
        """The ledger of each control."""
        self._know_controls()
        return self._ledgers.array()

    def places(self) -> Numbers:
        """Of each control the number of the place where a fault belongs that hits a call which is waited for."""
        self._know_controls()
        return self._places.array()

    def central(self, controls: Numbers) -> Numbers:
        """The choices that belong to no single service."""
        return self._central.numbers(controls, np.zeros_like(controls), self._list_central)

    def untold(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core does not notice: all it takes to know is where faults belong."""
        return self._untold[at].numbers(self.places()[controls], digits, self._lister_of_untold(at))

    def told(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that the core is told of."""
        return self._told[at].numbers(controls, digits, self._lister(at, TOLD))

    def ample(self, at: int, controls: Numbers, digits: Numbers) -> Numbers:
        """The choices of one service that are all that need be searched where it has an ample set."""
        return self._ample[at].numbers(controls, digits, self._lister(at, AMPLE))

    def by_control(self) -> tuple[Numbers, Numbers]:
        """Every choice that was met beside a control, once or more often: the control, and the choice."""
        tables = [self._central, *self._told, *self._ample]
        rows, lists = (np.concatenate(each) for each in zip(*(table.filled() for table in tables), strict=True))
        which, choices = self.lists.open(lists)
        return rows[which], choices

    # -- Compiling, where it is first needed ------------------------------------------------------

    def _list_central(self, control: int, _: int) -> int:
        return self.lists.add(self._choices.central(*self._parts(control)))

    def _lister_of_untold(self, at: int) -> Callable[[int, int], int]:
        def add(place: int, digit: int) -> int:
            offered = self._offers.known[self._offers.number(at, place, digit)].untold
            return self.lists.add([self._choices.unheard(at, each) for each in offered])

        return add

    def _lister(self, at: int, among: Callable[[Offered], list[OfferedMove]]) -> Callable[[int, int], int]:
        def add(control: int, digit: int) -> int:
            choices, known = list[int](), self._known[control]
            for each in among(self._offers.known[self._offer(at, control, digit)]):
                choices += known.get(each.number) or self._know_choices(control, at, each)
            return self.lists.add(choices)

        return add

    def _know_choices(self, control: int, at: int, offered: OfferedMove) -> list[int]:
        heard, known = offered.said is not None, self._choices
        choices = known.heard(*self._parts(control), at, offered) if heard else [known.unheard(at, offered)]
        self._known[control][offered.number] = choices
        return choices

    def _offer(self, at: int, control: int, digit: int) -> int:
        return self._offers.number(at, int(self.places()[control]), digit)

    def _parts(self, control: int) -> tuple[int, int]:
        if control >= len(self._split):
            self._know_controls()
        return self._split[control]

    def _know_controls(self) -> None:
        for control in self._controls.values[len(self._split) :]:  # none of ours: the one that a search begins in, say
            self._know(control, *self._choices.split(control))

    def _know(self, control: Control, stance: int, ledger: int) -> None:
        self._split.append((stance, ledger))
        self._ledgers.extend([ledger])
        self._places.extend([place_number(control.core.procedure)])
