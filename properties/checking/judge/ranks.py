"""How grave a finding is: the ranks, the gravest first."""

ON_AIR, STUCK, LOST, RECORD, DIFFERS = range(1, 6)
"""The ranks, the gravest first."""


RANK_NAMES = {
    ON_AIR: "on air when it should not be, or off when it should be on",
    STUCK: "stuck",
    LOST: "lost control or lost error",
    RECORD: "wrong record",
    DIFFERS: "differs from the reference",
}
