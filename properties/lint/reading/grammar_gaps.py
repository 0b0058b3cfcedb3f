"""Correct TypeScript that the grammar does not know: the same text, byte for byte as long, in words that it knows.

A rewriting is used only where the text as it stands does not parse, and only if the whole of it then does, so that
none can make anything else of code that is right.
"""

import re
from collections.abc import Callable, Iterator

_SPELLINGS: tuple[tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes]], ...] = (
    (re.compile(rb"\bexport(\s+)type(\s*)\*"), lambda found: b"export" + found[1] + b"    " + found[2] + b"*"),
    (
        re.compile(rb"\bexport(\s+)default(\s+)abstract(\s+)class\b"),
        lambda found: found[0].replace(b"abstract", b" " * 8),
    ),
    (re.compile(rb"<(in\s+out|in|out)(?=\s+\w)"), lambda found: b"<" + b" " * len(found[1])),
)
_STRING = re.compile(rb"=\s*(\"[^\"\n]*&[^\"\n]*\"|'[^'\n]*&[^'\n]*')")
_TEXT = re.compile(rb"(?<=[>}])[^<>{}]*&[^<>{}]*(?=(?:<[\w/>]|\{))")
_CODE = re.compile(rb"[=;]|\b(?:if|else|for|while|return|const|let|var|case|extends|function)\b")
_SIGNS = (b"=", b")", b",", b";", b".", b"&", b"|", b":")
MOST, MOST_BYTES = 100, 200_000
"""So many doubtful stretches of a file are tried, one by one, and none in a larger file."""


def respelled(source: bytes) -> bytes:
    """The text in other spellings: of some declarations, and without an ampersand in the strings of attributes and in
    what is in all likelihood text between elements."""
    for pattern, known in _SPELLINGS:
        source = pattern.sub(known, source)
    source = _STRING.sub(_plain, source)
    return _TEXT.sub(lambda found: _plain(found) if _is_text(found, source) else found[0], source)


def doubtful(source: bytes) -> Iterator[tuple[int, bytes]]:
    """The stretches with an ampersand that may be text or code: where each begins, and what to put there."""
    tried = range(MOST if len(source) <= MOST_BYTES else 0)
    for _, found in zip(tried, _TEXT.finditer(source), strict=False):
        yield found.start(), _plain(found)


def _plain(found: re.Match[bytes]) -> bytes:
    return found[0].replace(b"&", b"+")


def _is_text(found: re.Match[bytes], source: bytes) -> bool:
    """Whether no code would read like that."""
    words, before = found[0], source[max(found.start() - 2, 0) : found.start()]
    if before == b"=>" or words.count(b"(") != words.count(b")") or words.strip().startswith(_SIGNS):
        return False
    return before.endswith(b">") or not _CODE.search(words)
