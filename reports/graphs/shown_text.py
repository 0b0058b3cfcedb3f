"""Text from outside as it can be shown: no file format and no terminal takes it for anything else."""

import re

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown_text(text: str) -> str:
    """The text with a mark in place of each control character (but for line ends and tabs), half of a surrogate pair,
    and what XML cannot hold; as long as it was."""
    return _UNSHOWN.sub("�", text)
