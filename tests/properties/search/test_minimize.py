"""The one loop of the shrinkers, over letters: what is tried, in which order, and when it ends."""

from collections.abc import Iterator

from broadcast_orchestrator.properties.search.minimize import Smaller, Tries, minimized


def keeping(letters: str, tried: list[str]) -> Smaller[str]:
    """Leave out one letter after the other; what is left shows it if these are all there."""

    def smaller(word: str) -> Iterator[str | None]:
        for number in range(len(word)):
            shorter = word[:number] + word[number + 1 :]
            tried.append(shorter)
            yield shorter if set(letters) <= set(shorter) else None

    return smaller


def test_what_is_smaller_is_gone_on_from_at_once() -> None:
    """The first that still shows it is taken, and everything is tried on it from the beginning."""
    tried: list[str] = []
    assert minimized("xaby", keeping("ab", tried), Tries(100)) == "ab"
    assert tried == ["aby", "by", "ay", "ab", "b", "a"]


def test_what_shows_nothing_smaller_stays() -> None:
    """Where nothing can be left out, the whole comes back, every way having been tried once."""
    tried: list[str] = []
    assert minimized("ab", keeping("ab", tried), Tries(100)) == "ab"
    assert tried == ["b", "a"]


def test_no_more_is_worked_out_than_may_be_tried() -> None:
    """The tries are counted over all that share them, and what is one too many is not even worked out."""
    tried: list[str] = []
    tries = Tries(3)
    assert minimized("xaby", keeping("ab", tried), tries) == "aby"
    assert (tried, tries.left) == (["aby", "by", "ay"], 0)
    assert minimized("xaby", keeping("ab", tried), tries) == "xaby"
    assert len(tried) == 3
