"""The cluster that a command was given, or one line about why it cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.campaign.cluster import ClusterError, reachable


@contextmanager
def usable_cluster(address: str | None) -> Iterator[None]:
    """What is done within it may use the cluster at the address; None: there is none.

    Raises `BadInput` where it cannot be used: at once, and where it goes away before it is needed.
    """
    try:
        reachable(address)
        yield
    except ClusterError as mistake:
        raise BadInput(f"--cluster {mistake}") from None
