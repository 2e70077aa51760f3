"""What was watched adds up, never faster than the clock."""

import datetime as dt

from flask import Flask

from sca_lms.database import transaction
from sca_lms.modules import operations, programme_import, queries
from sca_lms.modules.operations import Watched
from sca_lms.modules.watching import WatchReport
from tests.builders import an_enrolment
from tests.modules.builders import (
    a_course_with_modules,
    a_unit,
    first_module,
    the_unit,
    with_modules,
)
from tests.modules.doings import (
    EARLY,
    FILM,
    LATER,
    LIVE_NOW,
    entries,
    is_done,
)

# ---------------------------------------------------------------- video


def test_what_was_watched_adds_up_over_several_visits(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        parts = [((0, 40),), ((30, 70),), ((70, 89),), ((85, 100),)]
        seen = [
            operations.record_watching(
                video, learner, WatchReport(part, 100, part[0][1]), key=f"report-{number}", at=LIVE_NOW
            )
            for number, part in enumerate(parts)
        ]
        assert seen == [Watched(40), Watched(70), Watched(89), Watched(100)]
        assert is_done(course, learner, "PB1.3")
        assert queries.watch_reports(video, learner.id)[-1].position_seconds == 100


def test_reports_that_add_nothing_or_come_too_late_are_not_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        for number, part in enumerate([(0, 50), (10, 40), (50, 54), (0, 91), (91, 100)]):
            operations.record_watching(
                video, learner, WatchReport((part,), 100), key=f"report-{number}", at=LIVE_NOW
            )
        assert [key for _kind, key in entries()] == ["PB1.3:watched:report-0", "PB1.3:watched:report-3"]


def test_a_short_video_can_be_completed_by_one_small_report(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        report = WatchReport(((0, 4),), 4)
        taken = operations.record_watching(
            the_unit(course, "PB1.3"), learner, report, key="report-1", at=LIVE_NOW
        )
        assert taken == Watched(100)


def test_nobody_watches_more_than_twice_the_time_that_has_passed(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video, whole = the_unit(course, "PB1.3"), WatchReport(((0, 100),), 100)
        moments = [LIVE_NOW + dt.timedelta(seconds=second) for second in (10, 30, 46)]
        seen = [
            operations.record_watching(
                video, learner, whole, key=f"report-{number}", at=moment, since=LIVE_NOW
            )
            for number, moment in enumerate(moments)
        ]
        assert seen == [Watched(20, True), Watched(60, True), Watched(92, True)]
        assert is_done(course, learner, "PB1.3")


def test_two_videos_at_once_share_the_time_that_has_passed(app: Flask) -> None:
    units = [
        a_unit(f"PB1.{number}", "video", url=f"https://media.example.org/{number}.mp4") for number in (1, 2)
    ]
    with app.app_context(), transaction():
        course = a_course_with_modules(with_modules(first_module(units=units, quiz=None, questions=[])))
        learner = an_enrolment(course)
        at = LIVE_NOW + dt.timedelta(seconds=50)
        seen = [
            operations.record_watching(
                the_unit(course, f"PB1.{number}"),
                learner,
                WatchReport(((0, 100),), 100),
                key="report-1",
                at=at,
                since=LIVE_NOW,
            )
            for number in (1, 2)
        ]
        assert seen == [Watched(100), Watched(0, True)]


def test_a_learner_who_claims_a_short_video_completes_nothing(app: Flask) -> None:
    document = with_modules(
        first_module(units=[a_unit("PB1.3", "video", url=FILM, video_seconds=600)], quiz=None, questions=[])
    )
    with app.app_context(), transaction():
        course = a_course_with_modules(document)
        learner = an_enrolment(course)
        taken = operations.record_watching(
            the_unit(course, "PB1.3"), learner, WatchReport(((0, 10),), 10), key="report-1", at=LIVE_NOW
        )
        assert taken == Watched(1)
        assert not is_done(course, learner, "PB1.3")


def test_the_length_that_a_teacher_sees_decides_anew_and_is_taken_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        video = the_unit(course, "PB1.3")
        version = video.module.rule_version
        operations.record_watching(video, learner, WatchReport(((0, 10),), 10), key="report-1", at=LIVE_NOW)
        assert is_done(course, learner, "PB1.3")
        assert operations.measure_video(video, 100, person_id=None, at=LIVE_NOW)
        assert not operations.measure_video(video, 10, person_id=None, at=LATER)
        assert video.video_seconds == 100
        assert video.module.rule_version == version + 1
        assert not is_done(course, learner, "PB1.3")


def test_a_measured_length_stays_until_the_file_names_another_video_or_length(app: Flask) -> None:
    def film(**more: object) -> dict[str, object]:
        return with_modules(first_module(units=[a_unit("PB1.3", "video", **more)], quiz=None, questions=[]))

    with app.app_context(), transaction():
        course = a_course_with_modules(film(url=FILM))
        operations.measure_video(the_unit(course, "PB1.3"), 100, person_id=None, at=EARLY)
        kept = []
        for more in ({"url": FILM}, {"url": FILM, "video_seconds": 90}, {"url": f"{FILM}?2.mp4"}):
            programme_import.apply_programme(course, film(**more), at=LATER)
            kept.append(the_unit(course, "PB1.3").video_seconds)
        assert kept == [100, 90, None]
