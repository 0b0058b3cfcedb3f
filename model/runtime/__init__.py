"""The core on the air: the driver that runs it on asyncio against real services, and what these have to offer."""

from broadcast_orchestrator.model.runtime.async_orchestrator import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import ServiceSeen, StepTaken
from broadcast_orchestrator.model.runtime.services import cancelled_when_given_up

__all__ = ["AsyncOrchestrator", "ServiceSeen", "StepTaken", "cancelled_when_given_up"]
