"""JUnit XML, which every CI system can show: the parts that every report's document is made of."""

from xml.etree import ElementTree

from broadcast_orchestrator.properties.guarantees.verdicts import UNKNOWN, VIOLATED
from broadcast_orchestrator.reports.graphs.shown_text import shown_text


def document(root: ElementTree.Element) -> str:
    """The whole document as text."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def add_suite(root: ElementTree.Element, name: str, verdicts: list[str]) -> ElementTree.Element:
    """A suite of cases with these verdicts."""
    failed, skipped = verdicts.count(VIOLATED), verdicts.count(UNKNOWN)
    counts = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
    return ElementTree.SubElement(root, "testsuite", {"name": shown_text(name), **counts})


def add_case(suite: ElementTree.Element, classname: str, name: str) -> ElementTree.Element:
    """A case, which passes as long as nothing is added to it."""
    return ElementTree.SubElement(suite, "testcase", classname=shown_text(classname), name=shown_text(name))


def add_failure(case: ElementTree.Element, message: str, text: str) -> None:
    """Make the case a failure; `text` tells what a reader needs to see it again."""
    ElementTree.SubElement(case, "failure", message=shown_text(message), type=VIOLATED).text = shown_text(text)


def add_output(case: ElementTree.Element, text: str) -> None:
    """Let the case, or whatever has cases, say something and pass."""
    ElementTree.SubElement(case, "system-out").text = shown_text(text)


def add_skipped(case: ElementTree.Element, message: str) -> None:
    """Make the case one that is not decided."""
    ElementTree.SubElement(case, "skipped", message=shown_text(message))
