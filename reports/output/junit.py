"""JUnit XML, which every CI system can show: the parts that every report's document is made of."""

import re
from xml.etree import ElementTree

from broadcast_orchestrator.properties.guarantees.verdicts import UNKNOWN, VIOLATED

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: ElementTree.Element) -> str:
    """The whole document as text."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def add_suite(root: ElementTree.Element, name: str, verdicts: list[str]) -> ElementTree.Element:
    """A suite of cases with these verdicts."""
    failed, skipped = verdicts.count(VIOLATED), verdicts.count(UNKNOWN)
    counts = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
    return ElementTree.SubElement(root, "testsuite", {"name": _clean(name), **counts})


def add_case(suite: ElementTree.Element, classname: str, name: str) -> ElementTree.Element:
    """A case, which passes as long as nothing is added to it."""
    return ElementTree.SubElement(suite, "testcase", classname=_clean(classname), name=_clean(name))


def add_failure(case: ElementTree.Element, message: str, text: str) -> None:
    """Make the case a failure; `text` tells what a reader needs to see it again."""
    ElementTree.SubElement(case, "failure", message=_clean(message), type=VIOLATED).text = _clean(text)


def add_output(case: ElementTree.Element, text: str) -> None:
    """Let the case, or whatever has cases, say something and pass."""
    ElementTree.SubElement(case, "system-out").text = _clean(text)


def add_skipped(case: ElementTree.Element, message: str) -> None:
    """Make the case one that is not decided."""
    ElementTree.SubElement(case, "skipped", message=_clean(message))


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("�", text)
