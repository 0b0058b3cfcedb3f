"""The words that every telling shares: the same happening reads the same, whoever made the run."""

from collections.abc import Mapping

TAKES_EFFECT, SUCCEEDS, FAILS = "takes effect", "succeeds", "fails"
"""What becomes of a call."""


def named(what: str, session: str | None) -> str:
    """A command or a call, with the session that it is for."""
    return f"{what}({session})" if session else what


def asked(command: str, session: str | None) -> str:
    """A caller issues a command."""
    return f"a caller asks: {command}" + (f" for session {session}" if session else "")


def called(operation: str, session: str | None) -> str:
    """The orchestrator calls a service."""
    return f"calls {named(operation, session)}"


def moved(source: str, target: str, *why: str) -> str:
    """The state changes; what is known of the reason comes after it."""
    return f"{source} → {target}" + (f" ({', '.join(why)})" if why else "")


def ended(command: str, verdict: str, because: str = "") -> str:
    """A command is over."""
    return f"{command} {verdict}" + (f": {because}" if because else "")


def falls_over(service: str) -> str:
    """A service is lost; whether it tells anybody comes later."""
    return f"{service} falls over"


def falls_over_and_reports(service: str) -> str:
    """A service is lost and says so."""
    return f"{falls_over(service)} and reports it"


def falls_over_unnoticed(service: str) -> str:
    """A service is lost without a word."""
    return f"{falls_over(service)}, and nobody notices"


def found_on(service: str) -> str:
    """Whoever reads the services finds one on that should be off."""
    return f"{service} is read, and found on"


def switched(service: str, was_on: bool | None = None) -> str:
    """Someone bypasses the orchestrator; None where it is not known what the service was before."""
    way = "" if was_on is None else " off" if was_on else " on"
    return f"someone switches {service}{way} behind the orchestrator's back"


RELOADED = "the page is reloaded: the orchestrator forgets everything"
SUSPENDED = "the tab is suspended: its timers stand still until all that it waits for is overdue"


def asked_elsewhere(command: str) -> str:
    """Another dashboard over the same services issues a command."""
    return f"another dashboard asks: {command}"


def found(what: object) -> str:
    """A call succeeds; a read with what it has found."""
    if isinstance(what, list):
        return f"finds {', '.join(map(str, what)) or 'nothing'} live"
    return SUCCEEDS if what is None else f"finds it {'so' if what else 'not so'}"


def filled(present: bool) -> str:
    """The content of the live feed comes or goes."""
    return "the live feed gains its content" if present else "the live feed loses its content"


def reconfigured(options: Mapping[str, object]) -> str:
    """Options of the configuration get these values."""
    return f"the configuration is changed: {settings(options) or 'to what it was'}"


def clock_set(by_ms: int) -> str:
    """Someone sets the clock of the machine."""
    return f"the clock is set {'forward' if by_ms > 0 else 'back'} by {abs(by_ms):,} ms"


def settings(options: Mapping[str, object]) -> str:
    """Options with their values."""
    return ", ".join(f"{name} = {value}" for name, value in options.items())
