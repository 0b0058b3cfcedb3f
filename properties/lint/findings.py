"""What a reading of an application's pages has found."""

from typing import NamedTuple

from broadcast_orchestrator.properties.lint.catalogue import RULES, PageRule


class PageFinding(NamedTuple):
    """One mistake of one component: where it is first, what is wrong, and on which further lines it is made `also`.

    `id` is the same wherever in the file, and in which folder, the component stands. `because` is the reason of whoever
    accepted it, "" where nobody did.
    """

    id: str
    rule: PageRule
    path: str
    line: int
    column: int
    unit: str
    what: str
    source: str
    instead: str
    also: tuple[int, ...] = ()
    note: bool = False
    because: str = ""
    unreasoned: bool = False

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the guide that it does not heed."""
        return RULES[self.rule].clauses


class Unread(NamedTuple):
    """A file or folder that was not read, and why; it `matters` where it may have to do with the broadcast."""

    path: str
    why: str
    matters: bool


class Migration(NamedTuple):
    """The units that have to do with the broadcast, and those of them that still bypass the orchestrator."""

    concerned: tuple[str, ...]
    bypassing: tuple[str, ...]


class PageReport(NamedTuple):
    """Everything that was found, by file and line: `findings` that nobody accepted, `notes` that are no mistake,
    `accepted` findings with their reasons; `idle` comments accept what is not there, each with its place."""

    files: int
    findings: tuple[PageFinding, ...]
    notes: tuple[PageFinding, ...]
    accepted: tuple[PageFinding, ...]
    idle: tuple[tuple[str, int, str], ...]
    unread: tuple[Unread, ...]
    left_out: int
    migration: Migration
