"""Sessions in Convex, through its official client: the extra `convex` installs it."""

from collections.abc import Mapping
from typing import Any, Protocol

from broadcast_orchestrator.model.api.backend import checked_arguments
from broadcast_orchestrator.model.sessions.in_turn import WritesInTurn

MUTATION = "users/sessions:updateBroadcastState"
"""What the guide calls the mutation, as a client names it (clause CX-2)."""


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
    """

    def __init__(self, client: MutatingClient, mutation: str = MUTATION) -> None:
        super().__init__()
        self._client, self._mutation = client, mutation

    def mutate(self, arguments: Mapping[str, object]) -> None:
        """The mutation; returns when the deployment has taken it."""
        self._client.mutation(self._mutation, dict(checked_arguments(arguments)))
