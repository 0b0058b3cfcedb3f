"""The demands that no run of the core can show: each with the reason, and what stands for it instead.

The list is short on purpose. A demand that a run could show belongs to `asking`; a test of its own is no excuse.
"""

APART: dict[str, str] = {
    "OV-3": "listeners belong to whoever drives the core; that each change is told, with its reason, R22 asks",
    "QS-2": "it is about a page's button; what the button looks at, CS-1 and CP-1 ask",
    "ST-1": "the states are a closed enumeration, so that a core with an eighth is an error of types",
    "CF-2": "defaults are constants that no run decides; that every run follows what is configured, R6 and R7 ask",
    "CF-4": "the log is written beside the run by whoever records it, and the core knows of none",
    "EX-1": "it is about a page's button; what the button looks at, HK-1 and HK-3 ask",
    "EX-2": "it is about a page's buttons; what they look at, CS-1, CP-1 and HK-2 ask",
    "EX-4": "it is about a page's views; what they look at, HK-2 asks",
    "UT-1": "every run begins in a new orchestrator; where it begins is no step of it",
    "MO-1": "it is about a page of the toolkit",
    "MO-2": "it is about a page of the toolkit",
    "MO-3": "it is about a page of the toolkit",
    "MO-4": "it is about a page of the toolkit",
    "LG-1": "the log is written beside the run by whoever records it, and the core knows of none",
    "CX-1": "it is about the shape of the backend's documents",
    "CX-2": "it is about the arguments that the backend's own mutation takes",
    "CX-3": "it is about what the backend's own mutation does with its arguments",
    "BP-1": "it is about test suites of others",
    "BP-2": "it is asked of everybody else; what follows where somebody does not heed it, the fault class F10 shows",
    "BP-4": "it is about a page's own state",
    "TR-2": "a view that comes late is no part of a run; that what it then reads is true, OV-1 and SN-1 ask",
    "SM-1": "it is about types, which the type checker reads and no run has",
    "SM-2": "it is about applications of others; `broadcast lint` reads them, and counts what has moved",
}
"""The reasons by the clause's id."""
