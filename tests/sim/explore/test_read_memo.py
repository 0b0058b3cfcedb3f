"""What functions of records have read is what their results are remembered by."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.proof import CONFIG, ProofSearch
from broadcast_orchestrator.sim.explore.compiling import rule_memory
from broadcast_orchestrator.sim.explore.compiling.read_memo import ReadMemo
from broadcast_orchestrator.sim.explore.compiling.watched_records import FieldNumbers, Replaced, changed, replaced
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.state_space import BOUNDS
from broadcast_orchestrator.sim.world.faults import REFUSE
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")


class Weather(NamedTuple):
    """A record."""

    rain: bool = False
    wind: int = 0
    place: str = "here"


class Asking:
    """A memo of one function of the weather, and how often it had to be asked."""

    def __init__(self, decide: Callable[[Any], Any]) -> None:
        self.numbers = FieldNumbers(Weather)
        self.memo, self.times = ReadMemo[Any](self.numbers), 0
        self._decide = decide

    def __call__(self, weather: Weather) -> Any:
        """What the function makes of it."""
        fields = self.numbers.of(weather)
        known = self.memo.known("key", fields)
        return known if known is not None else self.memo.learned("key", fields, self._counted)

    def _counted(self, weather: Weather) -> Any:
        self.times += 1
        return self._decide(weather)


def umbrella(weather: Weather) -> str:
    """Asks for the wind only where it rains."""
    return ("coat" if weather.wind > 3 else "umbrella") if weather.rain else "nothing"


def test_what_was_not_read_makes_no_difference() -> None:
    """Where it does not rain, one question answers every wind and place; where it rains, one each wind."""
    asking = Asking(umbrella)
    assert [asking(Weather(False, wind, place)) for wind in range(5) for place in "ab"] == ["nothing"] * 10
    assert asking.times == 1
    assert [asking(Weather(True, wind, place)) for wind in (1, 5) for place in "ab"] == [
        *["umbrella"] * 2,
        *["coat"] * 2,
    ]
    assert asking.times == 3


WHOLE: dict[str, Callable[[Weather], Any]] = {
    "is equal": lambda weather: weather == Weather(True),
    "equals": lambda weather: Weather(True) == weather,
    "is less": lambda weather: weather < Weather(True),
    "is hashed": lambda weather: hash(weather) == hash(Weather(True)),
    "is gone through": lambda weather: next(iter(weather)),
    "by place": lambda weather: weather[0],
    "as a dictionary": lambda weather: weather._asdict()["rain"],
    "has": lambda weather: "there" in weather,
    "unpacked": lambda weather: (*weather, 1)[0],
    "as a tuple": lambda weather: tuple(weather)[2],
    "in words": str,
}


@pytest.mark.parametrize("how", WHOLE)
def test_a_record_that_is_asked_as_a_whole_is_read_whole(how: str) -> None:
    """However it is asked, every field of it counts, and the answer is that of the record itself."""
    asking = Asking(WHOLE[how])
    for weather in (Weather(), Weather(True), Weather(wind=2), Weather(place="there")):
        assert asking(weather) == WHOLE[how](weather)
    assert asking.times == 4


def test_what_was_replaced_is_not_read_any_more() -> None:
    """What a result says in a field that was replaced comes from what was read before; the others stay as they were."""

    def storm(weather: Any) -> Replaced:
        worse = weather._replace(wind=9)
        return replaced(worse._replace(rain=worse.wind > 3))

    asking = Asking(storm)
    for weather in (Weather(), Weather(True, 3, "there")):
        changes = asking.numbers.changes(asking(weather))
        after = asking.numbers.record(changed(asking.numbers.of(weather), changes))
        assert after == Weather(True, 9, weather.place)
    assert asking.times == 1


def test_a_record_that_was_made_anew_replaces_all() -> None:
    """Nothing of the record before is left in it."""
    assert replaced(Weather(True)) == Replaced((("rain", True), ("wind", 0), ("place", "here")))


def test_what_is_put_together_from_results_depends_on_all_that_they_have_read() -> None:
    """The way to a result names what was read for it, in its order; under these fields, those of two records one after
    the other, more can be remembered."""
    umbrellas, later = Asking(umbrella), FieldNumbers(Weather, first=3)
    together = ReadMemo[str](umbrellas.numbers, later)
    for wind in (1, 5):
        weather, other = Weather(True, wind), Weather(place="there")
        fields = umbrellas.numbers.of(weather) + later.of(other)
        assert (umbrellas.numbers.record(fields), later.record(fields)) == (weather, other)
        said = umbrellas(weather)
        way = umbrellas.memo.way("key", fields)
        assert way == [0, 1]
        together.put("both", fields, [*way, 5], f"{said} {other.place}")
        assert together.known("both", fields) == f"{said} there"
        assert together.known("both", changed(fields, later.changes(Replaced((("rain", True),))))) == f"{said} there"
        assert together.known("both", changed(fields, later.changes(Replaced((("place", "elsewhere"),))))) is None


class Day(NamedTuple):
    """A record with another within."""

    weather: Any = None
    plans: Any = ()


SUNNY, RAINY = Weather(wind=1), Weather(True, 2)


class Days:
    """A memo of one function of a day, which is known by its weather's own fields, and how often it had to be asked."""

    def __init__(self, decide: Callable[[Any], Any]) -> None:
        self.numbers = FieldNumbers(Day, within={"weather": Weather})
        self.memo, self.times = ReadMemo[Any](self.numbers), 0
        self._decide = decide

    def __call__(self, day: Day) -> Any:
        """What the function makes of it."""
        fields = self.numbers.of(day)
        assert self.numbers.record(fields) == day
        known = self.memo.known("key", fields)
        return known if known is not None else self.memo.learned("key", fields, self._counted)

    def _counted(self, day: Day) -> Any:
        self.times += 1
        result = self._decide(day)
        return self.numbers.changes(result) if isinstance(result, Replaced) else result

    def after(self, day: Day) -> Any:
        """The day after it was changed, as the fields say."""
        fields = self.numbers.of(day)
        return self.numbers.record(changed(fields, self(day)))


def test_a_record_within_is_read_field_by_field() -> None:
    """Where a day's weather is asked for its rain, neither its wind nor the plans matter; that there is none is an
    answer of its own, and so is what is no such record."""

    def wet(day: Any) -> str:
        return ("wet" if day.weather.rain else "dry") if isinstance(day.weather, Weather) else f"no {day.weather}"

    asking = Days(wet)
    assert [asking(Day(Weather(False, wind), plans)) for wind in range(5) for plans in "ab"] == ["dry"] * 10
    assert asking.times == 1
    assert [asking(Day(said)) for said in (RAINY, None, "news")] == ["wet", "no None", "no news"]
    assert [asking(Day(said, "a")) for said in (RAINY, None, "news")] == ["wet", "no None", "no news"]
    assert asking.times == 4


def test_a_record_within_is_replaced_field_by_field() -> None:
    """Of the weather only the wind is replaced, whatever the rest is; what was read for it is all that matters. A
    record made anew, or none, is there instead, and every other field of it stays."""

    def windier(day: Any) -> Replaced:
        changed = replaced(day._replace(weather=day.weather._replace(wind=day.weather.wind + 1)))
        assert changed.names() == ("weather",)
        assert changed.of(Day(SUNNY, "others")) == Day(Weather(wind=day.weather.wind + 1), "others")
        assert changed.as_in(Day(RAINY)) == Replaced((("weather", Replaced((("wind", 2),))),))
        return changed

    windy = Days(windier)
    for rain in (False, True):
        assert windy.after(Day(Weather(rain, 3), "plans")) == Day(Weather(rain, 4), "plans")
    assert windy.times == 1
    calm = Days(lambda day: replaced(day._replace(weather=Weather() if day.weather else None)))
    assert calm.after(Day(RAINY, "plans")) == Day(Weather(), "plans")
    assert calm.after(Day(None, "plans")) == Day(None, "plans")
    assert replaced(Day(RAINY)).without("weather") == Replaced((("plans", ()),))


def test_a_record_within_that_goes_elsewhere_is_read_whole() -> None:
    """What is put into another field, or into something there, depends on all of it; what stays where it is, in a
    record made anew, does not."""
    aside = Days(lambda day: replaced(day._replace(plans=day.weather)))
    within = Days(lambda day: replaced(day._replace(plans=(day.weather,))))
    for days in (aside, within):
        for weather in (SUNNY, RAINY, Weather(True, 3), Weather(True, 3, "there")):
            after = days.after(Day(weather))
            assert after.weather == weather
            assert after.plans in (weather, (weather,))
        assert days.times == 4
    anew = Days(lambda day: replaced(Day(day.weather, "new")))
    for weather in (SUNNY, RAINY):
        assert anew.after(Day(weather)) == Day(weather, "new")
    assert anew.times == 1


def searched(limit: int, rules: type[Core] = Core) -> Exploration:
    """Refusals, commands one at a time."""
    return ProofSearch(Scope((REFUSE,), limit=limit), rules, CONFIG, BOUNDS).explored()


def test_searches_under_the_same_rules_share_what_they_have_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search after another finds exactly the worlds and violations that it finds alone; one of the same scope asks
    the core nothing any more, and under other rules everything is asked again."""

    class Same(Core):
        """Other rules by name."""

    asked = list[object]()
    learned = ReadMemo.learned

    def counted(self: ReadMemo[Any], key: Any, *others: Any) -> Any:
        asked.append(key)
        return learned(self, key, *others)

    monkeypatch.setattr(ReadMemo, "learned", counted)
    rule_memory._memory.cache_clear()
    alone = searched(1)
    assert asked
    asked.clear()
    again = searched(1)
    assert not asked
    searched(0, Same)
    assert asked
    searched(0)
    after = searched(1)
    for other in (again, after):
        assert [level.tolist() for level in other.levels] == [level.tolist() for level in alone.levels]
        assert (other.transitions, other.found) == (alone.transitions, alone.found)
