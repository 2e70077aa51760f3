"""What takes too long is ended at its deadline, by one thread for everything."""

import multiprocessing
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from sca_lms.lti.deadlines import Watch, watch_over


@dataclass
class Errand:
    """Something with a deadline, which notes when it was ended."""

    seconds: float
    is_over: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.seconds

    def expire(self) -> None:
        self.ended.set()


def watchers() -> int:
    return sum(thread.name == "deadlines" for thread in threading.enumerate())


def test_what_takes_too_long_is_ended_and_what_is_over_is_left_alone() -> None:
    watch = Watch()
    done, late = Errand(0.05), Errand(0.15)
    watch.over(done)
    watch.over(late)
    done.is_over = True
    assert late.ended.wait(5)
    assert time.monotonic() >= late.deadline
    assert not done.ended.is_set()


def test_an_earlier_deadline_is_kept_although_a_later_one_was_there_before() -> None:
    watch = Watch()
    long, short = Errand(60), Errand(0.05)
    watch.over(long)
    watch.over(short)
    assert short.ended.wait(5)
    assert not long.ended.is_set()


def test_one_thread_watches_everything() -> None:
    before = watchers()
    watch = Watch()
    for _number in range(50):
        watch.over(Errand(60))
    assert watchers() == before + 1


def test_a_process_that_was_forked_meanwhile_watches_anew() -> None:
    # The thread that watches here does not exist there.
    watch_over(Errand(60))
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=tell_whether_it_ends, args=[theirs])
    child.start()
    assert ours.poll(10)
    assert ours.recv() is True
    child.join()


def tell_whether_it_ends(told: Connection) -> None:
    errand = Errand(0.05)
    watch_over(errand)
    told.send(errand.ended.wait(5))
