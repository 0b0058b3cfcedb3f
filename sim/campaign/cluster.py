"""The same work on a Dask cluster: joblib hands it to the scheduler instead of to processes of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ClusterError(ValueError):
    """A cluster that cannot be used; the message is one line."""


def reachable(address: str | None) -> None:
    """Nothing, where there is such a cluster or none is asked for; raises `ClusterError` otherwise, as `on_cluster`
    does, but before anything else that takes long."""
    with on_cluster(address):
        pass


@contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Within it joblib works on the cluster whose scheduler has this address, such as "tcp://127.0.0.1:8786"; for None
    on processes of its own, as anywhere else.

    Raises `ClusterError` where the extra `cluster` is not installed, nobody answers at the address, or no worker is
    there.
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("a cluster needs Dask: pip install 'broadcast-orchestrator[cluster]'") from None
    from joblib import parallel_config

    try:
        client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as mistake:
        reason = str(mistake).splitlines()[0]
        raise ClusterError(f"{address}: no Dask scheduler answers there: {reason}") from None
    with client, parallel_config("dask", client=client):
        _wait_for_workers(client, address)
        yield


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=10)
    except TimeoutError:
        raise ClusterError(f"{address}: no worker has joined the Dask scheduler, try dask worker {address}") from None
