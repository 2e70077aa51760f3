"""Notices are told once, read once, and written in the reader's words."""

import datetime as dt

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from sca_lms import clock
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.inbox import operations, queries
from sca_lms.inbox.rules import Fact, Kind, Subject, Urgency, packed, unpacked
from sca_lms.inbox.words import KINDS, grouped, kinds, said
from sca_lms.texts import Bilingual
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in

MOVED = Kind(
    "test.moved",
    _l("Notices"),
    _l("%(what)s"),
    _l("%(before_at)s, %(length_minutes)s, %(count)s"),
    Urgency.AT_ONCE,
)
FACTS: dict[str, Fact] = {
    "what": Bilingual("เมืองอัจฉริยะ", "Smart city"),
    "before_at": dt.datetime(2022, 9, 5, 2, 0, tzinfo=dt.UTC),
    "length_minutes": 90,
    "count": 12_500,
}


@pytest.fixture
def app_with_kind(app: Flask) -> Flask:
    app.extensions[KINDS] = [(MOVED,)]
    return app


def people(app: Flask, count: int = 1) -> list[int]:
    with app.app_context(), transaction():
        course = a_course()
        return [an_enrolment(course, a_person(str(number))).id for number in range(count)]


def tell(app: Flask, ids: list[int], key: str, *, path: str = "") -> int:
    with app.app_context(), transaction():
        return operations.tell(ids, MOVED.name, key=key, facts=FACTS, at=clock.now(), path=path)


def test_facts_come_back_as_they_were() -> None:
    facts: dict[str, Fact] = {**FACTS, "due_on": dt.date(2022, 9, 5), "name": "กานต์"}
    assert unpacked(packed(facts)) == facts


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        packed({"begins_at": dt.datetime(2022, 9, 5)})  # noqa: DTZ001 - That is the fault.


def test_telling_twice_tells_once_and_says_so(app: Flask) -> None:
    first, second = people(app, 2)
    assert tell(app, [first], "moved:1") == 1
    assert tell(app, [first, second], "moved:1") == 1
    with app.app_context():
        assert (queries.unread(first), queries.unread(second)) == (1, 1)


def test_the_words_are_the_readers(app_with_kind: Flask) -> None:
    with app_with_kind.test_request_context():
        with force_locale("en"):
            english = said(MOVED.name, packed(FACTS))
        with force_locale("th"):
            thai = said(MOVED.name, packed(FACTS))
    assert (english.title, thai.title) == ("Smart city", "เมืองอัจฉริยะ")
    assert all(each in english.body for each in ("2022", "1 h 30 min", "12,500"))
    assert all(each in thai.body for each in ("2565", "1 ชม. 30 นาที"))


def test_words_that_ask_for_a_fact_that_is_missing_still_stand(app_with_kind: Flask) -> None:
    with app_with_kind.test_request_context():
        assert "–" in said(MOVED.name, packed({"what": "เมือง"})).body


def test_a_kind_that_is_gone_is_explained(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert said("nobody.knows", {}).title == "A notice"


def test_a_notice_is_opened_read_and_leads_to_its_page(app_with_kind: Flask) -> None:
    (mine,) = people(app_with_kind)
    tell(app_with_kind, [mine], "moved:1", path="/courses/1/hours")
    browser = signed_in(app_with_kind, mine)
    page = browser.get("/courses/1/notices").text
    assert "เมืองอัจฉริยะ" in page
    answer = browser.post("/courses/1/notices/1", data={"csrf_token": csrf_of(page)})
    assert answer.location == "/courses/1/hours"
    with app_with_kind.app_context():
        assert queries.unread(mine) == 0


def test_a_notice_of_somebody_else_does_not_exist(app_with_kind: Flask) -> None:
    mine, other = people(app_with_kind, 2)
    tell(app_with_kind, [other], "moved:1")
    browser = signed_in(app_with_kind, mine)
    token = csrf_of(browser.get("/courses/1/notices/choices").text)
    assert browser.post("/courses/1/notices/1", data={"csrf_token": token}).status_code == 404
    with app_with_kind.app_context():
        assert queries.unread(other) == 1


def test_reading_all_leaves_what_came_after_the_page(app_with_kind: Flask) -> None:
    (mine,) = people(app_with_kind)
    tell(app_with_kind, [mine], "moved:1")
    browser = signed_in(app_with_kind, mine)
    page = browser.get("/courses/1/notices").text
    tell(app_with_kind, [mine], "moved:2")
    browser.post("/courses/1/notices/read", data={"csrf_token": csrf_of(page), "up_to": "1"})
    with app_with_kind.app_context():
        assert queries.unread(mine) == 1


@pytest.mark.parametrize(("up_to", "left"), [("9" * 20, 0), ("-" + "9" * 20, 1), ("2147483648", 0), ("x", 1)])
def test_reading_all_up_to_a_number_that_no_database_holds_is_no_fault(
    app_with_kind: Flask, up_to: str, left: int
) -> None:
    (mine,) = people(app_with_kind)
    tell(app_with_kind, [mine], "moved:1")
    browser = signed_in(app_with_kind, mine)
    send = {"csrf_token": csrf_of(browser.get("/courses/1/notices").text), "up_to": up_to}
    assert browser.post("/courses/1/notices/read", data=send).status_code == 302
    with app_with_kind.app_context():
        assert queries.unread(mine) == left


def test_choices_are_kept_and_nonsense_is_refused(app_with_kind: Flask) -> None:
    (mine,) = people(app_with_kind)
    browser = signed_in(app_with_kind, mine)
    token = csrf_of(browser.get("/courses/1/notices/choices").text)
    send = {"csrf_token": token, MOVED.name: "never"}
    assert browser.post("/courses/1/notices/choices", data=send).status_code == 302
    assert browser.post("/courses/1/notices/choices", data={**send, MOVED.name: "hourly"}).status_code == 400
    with app_with_kind.app_context():
        assert queries.preferences(1) == {MOVED.name: Urgency.NEVER}


HOURS = Kind(
    "test.hours", _l("Notices"), _l("%(what)s"), _l("%(what)s"), Urgency.DIGEST, Subject.HOURS,
    frozenset({Role.LEARNER}),
)  # fmt: skip
MENTORS = Kind(
    "test.mentors", _l("Others"), _l("%(what)s"), _l("%(what)s"), Urgency.DIGEST, Subject.MENTORING,
    frozenset({Role.MENTOR}),
)  # fmt: skip
LATER = Kind("test.later", _l("Unread"), _l("%(what)s"), _l("%(what)s"), subject=Subject.HOURS)


def test_choices_stand_under_headings_and_only_those_of_ones_roles(app: Flask) -> None:
    app.extensions[KINDS] = [(MOVED, HOURS, MENTORS, LATER)]
    (mine,) = people(app)
    page = signed_in(app, mine).get("/courses/1/notices/choices", headers={"Accept-Language": "en"}).text
    names = [each.name for each in (HOURS, LATER, MOVED)]
    assert [page.index(f'name="{name}"') for name in names] == sorted(
        page.index(f'name="{name}"') for name in names
    )
    assert "Sessions and hours</h2>" in page
    assert MENTORS.name not in page
    assert "Mentoring</h2>" not in page
    assert 'value="hours:never"' in page
    assert 'value="running:never"' not in page, "one kind alone needs no button for all"


def test_the_button_of_a_group_makes_its_kinds_alike_and_keeps_the_choices_of_the_others(app: Flask) -> None:
    app.extensions[KINDS] = [(MOVED, HOURS, MENTORS, LATER)]
    (mine,) = people(app)
    browser = signed_in(app, mine)
    token = csrf_of(browser.get("/courses/1/notices/choices").text)
    send = {"csrf_token": token, MOVED.name: "digest", HOURS.name: "digest", LATER.name: "digest"}
    answer = browser.post("/courses/1/notices/choices", data={**send, "all": "hours:never"})
    assert answer.location.endswith("#about-hours")
    with app.app_context():
        assert queries.preferences(1) == {
            MOVED.name: Urgency.DIGEST, HOURS.name: Urgency.NEVER, LATER.name: Urgency.NEVER,
        }  # fmt: skip
    for nonsense in ("hours:hourly", "weather:never", "hours", ":", "hours:never:x"):
        code = browser.post(
            "/courses/1/notices/choices", data={"csrf_token": token, "all": nonsense}
        ).status_code
        assert code == (302 if nonsense in ("hours", ":") else 400)


def test_every_kind_of_the_application_stands_under_a_heading(app: Flask) -> None:
    with app.app_context():
        everything = grouped(frozenset(Role), {})
        assert sum(map(len, everything.values())) == len(kinds())


def test_the_bell_counts_what_is_unread(app_with_kind: Flask) -> None:
    with app_with_kind.app_context(), transaction():
        mentor = an_enrolment(a_course(), a_person(), roles={Role.MENTOR}).id
    browser = signed_in(app_with_kind, mentor)
    assert "bell-count" not in browser.get("/courses/1/notices").text
    tell(app_with_kind, [mentor], "moved:1")
    assert "bell-count" in browser.get("/courses/1/notices/choices").text
