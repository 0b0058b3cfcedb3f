"""How grave a finding is: the ranks, the gravest first."""

ON_AIR, OFF_AIR, STUCK, CONTROL, UNTOLD, COSMETIC = range(1, 7)
"""The ranks, the gravest first."""

RANK_NAMES = {
    ON_AIR: "on air when it should not be",
    OFF_AIR: "off air when it should be on",
    STUCK: "stuck",
    CONTROL: "lost control",
    UNTOLD: "untold",
    COSMETIC: "cosmetic",
}

OF_GUARANTEE = {
    **dict.fromkeys(("G2", "G4", "G10", "G14", "G16", "G17"), ON_AIR),
    "G3": OFF_AIR,
    **dict.fromkeys(("G6", "G7", "subject"), STUCK),
    **dict.fromkeys(("G1", "G8", "G9", "G11", "G13", "G15"), CONTROL),
    "G5": UNTOLD,
    **dict.fromkeys(("G12", "reference"), COSMETIC),
}
"""What it means for a show when a guarantee is broken."""

OF_KEY = {
    ("G5", "error too early"): CONTROL,
    ("G5", "failure swallowed"): CONTROL,
    ("G5", "fails elsewhere"): CONTROL,
    ("G5", "interrupted wrongly"): CONTROL,
    ("G5", "report without error"): CONTROL,
    ("G14", "not told"): OFF_AIR,
    ("reference", "differs in what is on"): ON_AIR,
    ("reference", "differs in where it lands"): CONTROL,
    ("reference", "differs in how it ends"): CONTROL,
    ("reference", "differs in what the backend says"): ON_AIR,
    ("reference", "differs in the error"): UNTOLD,
}
"""The same for complaints of another rank than their guarantee, by how their key begins."""


def rank_of(kind: tuple[str, str]) -> int:
    """How grave a complaint of this kind is."""
    guarantee, key = kind
    return next(
        (rank for (name, stem), rank in OF_KEY.items() if name == guarantee and key.startswith(stem)),
        OF_GUARANTEE[guarantee],
    )
