"""What is begun beside is done once, there or here, and the answer is the same."""

import os
import time

import pytest

from broadcast_orchestrator.properties.model_check.second_process import second_process


def slow(number: int) -> tuple[int, int]:
    """The number, and which process has it."""
    time.sleep(0.05)
    return number, os.getpid()


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_answered_in_any_order(jobs: int) -> None:
    """Answers are those of their own tasks, whoever did them; with one job everything is done here."""
    with second_process(jobs) as beside:
        tasks = [beside.begin(slow, number) for number in range(6)]
        answers = [task.answer() for task in reversed(tasks)][::-1]
    assert [number for number, _ in answers] == [0, 1, 2, 3, 4, 5]
    assert os.getpid() in {process for _, process in answers}, "the last ones had not been begun"
    assert jobs > 1 or {process for _, process in answers} == {os.getpid()}


def test_a_task_that_fails_says_so_where_it_is_asked() -> None:
    """What a task raises beside is raised here, and what nobody asks for any more does not hold up the end."""
    with second_process(2) as beside:
        wrong = beside.begin(divmod, 1, 0)
        for number in range(10_000):
            beside.begin(slow, number)
        with pytest.raises(ZeroDivisionError):
            wrong.answer()


def long(seconds: float) -> int:
    """Which process has slept so long."""
    time.sleep(seconds)
    return os.getpid()


def test_who_waits_does_something_else_meanwhile() -> None:
    """While the answer that is wanted is made beside, tasks that nobody has begun are done here, each once; what one of
    them raises is raised where its own answer is asked for."""
    with second_process(2) as beside:
        wanted = beside.begin(long, 3)
        others = [beside.begin(slow, number) for number in range(8)]
        wrong = beside.begin(divmod, 1, 0)
        time.sleep(1)  # until it has been begun
        assert wanted.answer() != os.getpid()
        assert [task.answer()[0] for task in others] == [*range(8)]
        assert others[-1].answer()[1] == os.getpid()
        with pytest.raises(ZeroDivisionError):
            wrong.answer()
