"""Serves the Python class whose import path is given, over standard input and output, which are its alone: whatever
the class itself writes to them goes to standard error, and it reads nothing."""

import os
import sys

from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.python.class_by_name import subject_at

BAD = 2


def main(path: str) -> int:
    """Serve until the driver closes its end; the exit code is 2, with one line, where nothing can be served."""
    with os.fdopen(os.dup(0), "rb") as heard, os.fdopen(os.dup(1), "wb") as told:
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # os.devnull is no path of ours
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        try:
            serve(subject_at(path), heard, told)
        except SubjectError as mistake:
            print(" ".join(str(mistake).split()), file=sys.stderr)
            return BAD
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
