"""The table as SCXML, the W3C's language of state machines."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Comment, Element, SubElement

from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.reports.interchange.machine import INITIAL, arrows

NAMESPACE = "http://www.w3.org/2005/07/scxml"


def scxml_text() -> str:
    """A flat machine with the null data model: a state for each of ours, a transition for each reason to leave it."""
    root = Element("scxml", xmlns=NAMESPACE, version="1.0", datamodel="null", name="broadcast", initial=INITIAL)
    root.append(Comment(" events are the reasons in the history; what is marked as forced is no row of the table "))
    for each in BroadcastState:
        state = SubElement(root, "state", id=each)
        for row, event, forced in arrows(each):
            state.append(Comment(f" {row.clause}{', forced' if forced else ''}: {row.cause} "))
            SubElement(state, "transition", event=event, target=row.target)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
