"""The chain: an experiment in which time does not matter, as an absorbing Markov chain, and what follows for its runs.

A run goes from state to state by chance (see `states`) until it ends in one that has no way on. Let Q be the matrix of
the chances to go from one state to another in one move. Whatever adds up along a run, from the state i on, is the sum
of what the state i itself gives and of what the next state adds up to, weighed with the chances:

    x[i] = gives[i] + sum over j of Q[i, j] * x[j],    that is,    (I - Q) x = gives

and x[0] is what runs from the beginning add up to on average. All that is asked are such sums. Where `gives` is 1 in
the states in which a run ends with a measure true and 0 elsewhere, the sum is the chance of that end; where it is the
calls that a state makes in its next move on average, it is the mean number of calls. I - Q has an inverse, since every
run ends: commands are given a limited number of times, and so are retries.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.properties.experiments.exact.reach import require_timeless
from broadcast_orchestrator.properties.experiments.exact.states import COUNTED, ChainMove, ChainState, explored
from broadcast_orchestrator.properties.experiments.exact.tally import SHARES, shares_of
from broadcast_orchestrator.sim.experiments.tables import Experiment

NO_RUN = 1e-12
"""A measure that fewer runs have than this share is one that none has."""

Columns = npt.NDArray[np.float64]


def chain(experiment: Experiment) -> dict[str, float]:
    """Every share and every count, by measure. Raises `NotExact`."""
    require_timeless(experiment)
    numbers, moves = explored(experiment)
    true, known = _ends(list(numbers), moves)
    sums = _from_the_beginning(numbers, moves, np.hstack([true, known, _counts(moves)]))
    are_true, have_value, means = np.split(sums, [len(SHARES), 2 * len(SHARES)])
    shares = {
        measure: float(part / whole)  # of the runs that have a value, those in which it is true
        for measure, part, whole in zip(SHARES, are_true, have_value, strict=True)
        if whole > NO_RUN
    }
    return shares | dict(zip(COUNTED, map(float, means), strict=True))


def _ends(states: Sequence[ChainState], moves: Sequence[Sequence[ChainMove]]) -> tuple[Columns, Columns]:
    """For each state in which a run ends, which measures are true there, and which have a value; 0 in all others."""
    nothing = (None,) * len(SHARES)
    ends = [
        nothing if onwards else shares_of(state.world, state.tally)
        for state, onwards in zip(states, moves, strict=True)
    ]
    true = np.array([[float(value is True) for value in end] for end in ends])
    return true, np.array([[float(value is not None) for value in end] for end in ends])


def _counts(moves: Sequence[Sequence[ChainMove]]) -> Columns:
    """How many calls, retries and faults the next move of each state makes on average."""
    none = [(0.0,) * len(COUNTED)]
    return np.array(
        [np.sum([np.multiply(move.chance, move.counts) for move in each] or none, axis=0) for each in moves]
    )


def _from_the_beginning(
    numbers: dict[ChainState, int], moves: Sequence[Sequence[ChainMove]], gives: Columns
) -> Columns:
    """The first row of x in (I - Q) x = gives: Q is sparse, and one factorization serves all columns."""
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import splu

    entries = [(at, numbers[move.state], move.chance) for at, each in enumerate(moves) for move in each]
    rows, columns, chances = zip(*entries, strict=True)
    q = csc_matrix((chances, (rows, columns)), shape=(len(numbers), len(numbers)))
    first: Columns = splu(identity(len(numbers), format="csc") - q).solve(gives)[0]
    return first
