"""What a page with a video shows, and what it keeps of what was watched."""

import datetime as dt

import pytest
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.rules import Role
from tests.modules.builders import (
    a_unit,
    first_module,
    with_modules,
)
from tests.modules.visitors import ENGLISH, Visitor, a_learner, joined_by, kinds

# ---------------------------------------------------------------- video


def report(
    visitor: Visitor, sent: object, path: str = "/PB1/PB1.3", *, what: str = "watched", after: int = 60
) -> tuple[int, object]:
    """Send what a player would, so many seconds from now."""
    token = visitor.page("/PB1/PB1.2").partition('"X-CSRF-Token": "')[2].partition('"')[0]
    with time_machine.travel(clock.now() + dt.timedelta(seconds=after), tick=False):
        answer = visitor.client.post(
            visitor.address(f"{path}/{what}"), json=sent, headers={"X-CSRF-Token": token, **ENGLISH}
        )
    return answer.status_code, answer.json


def so_far(percent: int, *, done: bool = False, held_back: bool = False) -> tuple[int, object]:
    return 200, {"percent": percent, "done": done, "held_back": held_back}


def watched(start: int, end: int, key: str = "report-1") -> dict[str, object]:
    return {"intervals": [[start, end]], "duration": 100, "position": end, "key": key}


def test_watching_adds_up_and_completes_the_unit(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 50)) == so_far(50)
    assert 'data-position="50"' in learner.page("/PB1/PB1.3")
    assert report(learner, watched(45, 95, "report-2"), after=120) == so_far(95, done=True)
    assert "You have done this unit" in learner.page("/PB1/PB1.3")


def test_what_is_played_faster_than_the_clock_waits_for_its_time(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 100), after=20) == so_far(40, held_back=True)
    assert report(learner, watched(0, 100, "report-2"), after=21) == so_far(40, held_back=True)
    assert report(learner, watched(0, 100, "report-3"), after=60) == so_far(100, done=True)


def test_the_length_of_a_video_is_taken_from_those_who_teach(app: Flask) -> None:
    learner = a_learner(app)
    teacher = joined_by(app, learner, Role.INSTRUCTOR)
    measure = f"{learner.address('/PB1/PB1.3')}/length"
    assert f'data-measure="{measure}"' in teacher.page("/PB1/PB1.3")
    assert "data-measure" not in learner.page("/PB1/PB1.3")
    assert report(learner, {"duration": 5}, what="length")[0] == 403
    assert report(teacher, {"duration": 0}, what="length")[0] == 400
    assert report(teacher, {"duration": 200}, what="length") == (200, {"seconds": 200})
    assert report(teacher, {"duration": 5}, what="length") == (200, {"seconds": 200})
    assert "data-measure" not in teacher.page("/PB1/PB1.3")
    assert report(learner, {**watched(0, 10), "duration": 10}) == so_far(5)


def test_the_same_report_twice_is_kept_once(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 50)) == report(learner, watched(0, 50))
    assert kinds(app) == ["watched"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"key": "report-1"},
        {**watched(0, 50), "key": "x"},
        {**watched(0, 50), "duration": 10**9},
    ],
)
def test_a_report_that_no_player_sends_is_refused(app: Flask, sent: object) -> None:
    learner = a_learner(app)
    status, answer = report(learner, sent)
    assert status == 400
    assert answer
    assert kinds(app) == []


def test_a_report_for_a_text_is_a_conflict(app: Flask) -> None:
    assert report(a_learner(app), watched(0, 50), "/PB1/PB1.2")[0] == 409


def test_the_page_may_play_from_the_videos_own_site_and_no_other(app: Flask) -> None:
    learner = a_learner(app)
    answer = learner.client.get(learner.address("/PB1/PB1.3"))
    assert "media-src 'self' https://media.example.org;" in answer.headers["Content-Security-Policy"]
    other = learner.client.get(learner.address("/PB1/PB1.2"))
    assert "media.example.org" not in other.headers["Content-Security-Policy"]


def test_reading_the_transcript_is_enough_where_there_is_one(app: Flask) -> None:
    learner = a_learner(app)
    assert "I have read the transcript" in learner.page("/PB1/PB1.3")
    assert learner.post("/PB1/PB1.3/evidence", kind="read", key="read-1234") == 303
    assert "You have done this unit" in learner.page("/PB1/PB1.3")


def test_a_hosted_video_is_framed_and_the_learners_word_counts(app: Flask) -> None:
    hosted = first_module(
        units=[a_unit("PB1.3", "video", url="https://youtu.be/abc")], quiz=None, questions=[]
    )
    learner = a_learner(app, with_modules(hosted))
    answer = learner.client.get(learner.address("/PB1/PB1.3"), headers=ENGLISH)
    assert 'src="https://www.youtube-nocookie.com/embed/abc"' in answer.text
    assert "frame-src 'self' https://www.youtube-nocookie.com" in answer.headers["Content-Security-Policy"]
    assert "transcript" not in answer.text
    assert learner.post("/PB1/PB1.3/evidence", kind="declared", key="done-1234") == 303
    assert "1 of 1 modules completed" in learner.page()


def test_a_video_that_is_not_there_yet_says_so(app: Flask) -> None:
    empty = first_module(units=[a_unit("PB1.3", "video")], quiz=None, questions=[])
    page = a_learner(app, with_modules(empty)).page("/PB1/PB1.3")
    assert "The video is not here yet" in page
    assert "I have watched it" in page
