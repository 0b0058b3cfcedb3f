"""The clause-to-evidence matrix says what the tests say, and no clause that counts as served is without evidence."""

import ast
import re
from pathlib import Path

from places import ROOT

from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.properties.audit.evidence import EVIDENCE
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES

CLAUSE_IDS = [clause.id for clause in CLAUSES]


def named_clauses(file: Path) -> set[str]:
    """The clauses that the docstrings of a test file name: each by itself, or as in "SU-1 to SU-3"."""
    functions = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
    text = "\n".join(ast.get_docstring(function) or "" for function in functions)
    ranges = re.findall(r"\b([A-Z]{2})-(\d+)(?: to \1-(\d+))?", text)
    return {f"{part}-{number}" for part, first, last in ranges for number in range(int(first), int(last or first) + 1)}


def test_the_matrix_says_what_the_tests_say() -> None:
    """A file of the walk through the guide serves exactly the clauses that its docstrings name."""
    said = {
        (clause, f"tests/guide/{file.name}")
        for file in sorted((ROOT / "tests" / "guide").glob("test_*.py"))
        for clause in named_clauses(file)
        if clause in CLAUSE_IDS
    }
    assert sorted(said.symmetric_difference(EVIDENCE)) == []
    assert len({*EVIDENCE}) == len(EVIDENCE)


def test_every_served_clause_has_its_test() -> None:
    """Of the clauses that do not say that they are open, none is without a test, and no open one has any."""
    tested = {clause for clause, _ in EVIDENCE}
    assert [clause.id for clause in CLAUSES if (clause.id in tested) != (clause.status == "served")] == []


def test_guarantees_serve_clauses_or_readings_that_exist() -> None:
    """What a guarantee says that it serves is a clause of the guide or one of the 22 readings."""
    known = {*CLAUSE_IDS, *(f"R{number}" for number in range(1, 23))}
    assert [(g.id, name) for g in GUARANTEES for name in g.clauses if name not in known] == []
