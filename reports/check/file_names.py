"""What the files of a finding are called, in the folder that `broadcast check --out` writes."""

import re
from typing import NamedTuple

from broadcast_orchestrator.properties.checking import Finding


class FileNames(NamedTuple):
    """The names of the files of one finding; `picture` and `page` are "" where its evidence has no moment to show."""

    pytest: str
    vitest: str
    evidence: str
    text: str
    picture: str
    page: str

    @classmethod
    def of(cls, finding: Finding) -> "FileNames":
        """The names of this finding's files."""
        stem = finding.id.lower()
        shown = [f"{stem}.{suffix}" if finding.evidence.moments else "" for suffix in ("svg", "html")]
        return cls(f"test_{python_name(finding)}.py", f"{stem}.test.ts", f"{stem}.jsonl", f"{stem}.md", *shown)


def python_name(finding: Finding) -> str:
    """The id of the finding as a part of a name in Python."""
    return re.sub(r"\W+", "_", finding.id, flags=re.ASCII).strip("_").lower()
