"""The exact value of every measure that has one, and the answers of an experiment with these values beside them.

There are two ways. Where no limit can be reached and every fault is a matter of chance alone, when things happen does
not matter: the explored worlds are the states of a Markov chain (`chain`). Where time does matter, the share of starts
that succeed is still a product of chances and a convolution of latencies (`start_in_time`).
"""

from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.exact.chain import chain
from broadcast_orchestrator.properties.experiments.exact.reach import NotExact
from broadcast_orchestrator.properties.experiments.exact.start_in_time import start_in_time
from broadcast_orchestrator.sim.experiments.tables import Experiment


def exact(experiment: Experiment) -> dict[str, float]:
    """The true value of every share and mean that can be computed, by measure; raises `NotExact` where none can."""
    try:
        return chain(experiment)
    except NotExact as reason:
        try:
            return {"start_succeeds": start_in_time(experiment)}
        except NotExact:
            raise reason from None


def with_exact(found: Answers) -> Answers:
    """The answers with the exact value beside each estimate that has one."""
    known = [_known(point.experiment) for point in found.study.points]
    places = {tuple(point.settings.items()): at for at, point in enumerate(found.study.points)}
    estimates = tuple(
        each
        if each.statistic == "quantile"
        else each._replace(exact=known[places[tuple(each.settings.items())]].get(each.measure))
        for each in found.estimates
    )
    return found._replace(estimates=estimates)


def _known(experiment: Experiment) -> dict[str, float]:
    try:
        return exact(experiment)
    except NotExact:
        return {}
