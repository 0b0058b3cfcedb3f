"""The same runs on a Dask cluster: joblib hands them to the scheduler instead of to processes of its own."""

from collections.abc import Iterator
from contextlib import contextmanager


class ClusterError(ValueError):
    """A cluster that cannot be used; the message is one line."""


@contextmanager
def on_cluster(address: str) -> Iterator[None]:
    """Within it joblib works on the cluster whose scheduler has this address, such as "tcp://127.0.0.1:8786".

    Raises `ClusterError` where the extra `cluster` is not installed, or nobody answers at the address.
    """
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
        yield
