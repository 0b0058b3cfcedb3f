"""Sessions in Convex, through its official client: the extra `convex` installs it."""

from collections.abc import Mapping
from typing import Any, Protocol

from broadcast_orchestrator.model.api.backend import checked_arguments
from broadcast_orchestrator.model.sessions.in_turn import WritesInTurn

MUTATION = "users/sessions:updateBroadcastState"
"""What the guide calls the mutation, as a client names it (clause CX-2)."""

LIVE_SESSIONS, NEW_LIFE, TAKE_LEASE = (
    "users/sessions:liveSessions",
    "users/sessions:newLife",
    "users/sessions:takeLease",
)
"""What measures need besides, each a mutation (see `ConvexSessions`)."""


class MutatingClient(Protocol):
    """What is asked of the client: `ConvexClient` and `ConvexHttpClient` of the package `convex` both have it."""

    def mutation(self, name: str, args: Any) -> Any:
        """Perform the mutation and return its result."""


class ConvexSessions(WritesInTurn):
    """The sessions of a deployment: `ConvexSessions(ConvexHttpClient("https://...convex.cloud"))`.

    The client over HTTP is the one to take: the one over a WebSocket (`ConvexClient`, as of 0.8) holds the whole
    interpreter while it waits for an answer, so that no limit can come meanwhile. Neither has a limit of its own; what
    has not come back is in the way of the writes after it, as nothing may overtake it.

    Each write is one call of `mutation`, by the name that the deployment gives it. Its arguments are checked here
    first: `MutationRefused` names every mistake; whatever else goes wrong is the client's exception, as it is.

    Measures need more of the deployment, each a mutation of its own, only called where they are on: `live_sessions`
    (`{number?}`, returns the ids), `new_life` (`{}`, 1 more than ever before), `take_lease` (`{holder, leaseMs}`,
    whether the holder has the lease now, by the deployment's clock). With "fencing" the first mutation is given a
    `number` too, and both refuse one that is older than any that either has taken.
    """

    def __init__(
        self,
        client: MutatingClient,
        mutation: str = MUTATION,
        *,
        live_sessions: str = LIVE_SESSIONS,
        new_life: str = NEW_LIFE,
        take_lease: str = TAKE_LEASE,
    ) -> None:
        super().__init__()
        self._client, self._mutation = client, mutation
        self._live_sessions, self._new_life, self._take_lease = live_sessions, new_life, take_lease

    def mutate(self, arguments: Mapping[str, object], number: int | None = None) -> None:
        """The mutation; returns when the deployment has taken it."""
        self._client.mutation(self._mutation, {**checked_arguments(arguments), **_under(number)})

    def live(self, number: int | None = None) -> tuple[str, ...]:
        """The ids of the sessions that the deployment calls live."""
        return tuple(self._client.mutation(self._live_sessions, _under(number)))

    def new_life(self) -> int:
        """The number of another orchestrator's life (the measure "fencing"); returns when the deployment has counted
        it, and keeps an event loop waiting until then, once for each orchestrator."""
        return int(self._client.mutation(self._new_life, {}))

    def lease(self, holder: str, lease_ms: float) -> bool:
        """Whether the holder has the lease from now on, by the deployment's clock."""
        return bool(self._client.mutation(self._take_lease, {"holder": holder, "leaseMs": lease_ms}))


def _under(number: int | None) -> dict[str, object]:
    return {} if number is None else {"number": number}
