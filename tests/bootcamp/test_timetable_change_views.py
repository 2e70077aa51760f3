"""Changing and cancelling published sessions: previewed with names, done with a reason."""

import re

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import SessionState
from tests.attendance.camp import attend_whole, session_of
from tests.bootcamp.timetable_desk import Camp, change_form, digest_in
from tests.builders import a_person, an_enrolment


def test_a_change_is_previewed_with_names_then_done_with_its_reason(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    sent = change_form(camp, starts_at="2022-09-05T09:30", reason="The hall opened late.")
    preview = camp.post(path, sent)
    assert preview.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", preview.text))
    assert "ปวีณา แก้วมณี N −30 min 3 h 2 h 30 min" in text
    assert "1 person loses minutes" in text
    assert "27 h of 28 h for everybody, 1 h too little" in text
    assert camp.session("D01A").revision == 1
    done = camp.post(path, {**sent, "digest": digest_in(preview.text)})
    assert done.location == f"{camp.builder}/sessions/D01A/history"
    history = camp.page(done.location)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", history))
    assert "Reason: The hall opened late." in text
    assert "อารี" in text
    assert "Begins 5 Sep 2022, 08:30 5 Sep 2022, 09:30" in text
    assert "Minutes 3 h 30 min 2 h 30 min" in text
    with camp.app.app_context():
        assert attendance.balances([camp.learner_id])[camp.learner_id].popitem()[1] == 150


def test_a_change_that_was_overtaken_is_shown_again_instead_of_done(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    sent = change_form(camp, starts_at="2022-09-05T09:30", reason="late")
    digest = digest_in(camp.post(path, sent).text)
    with camp.inside() as course:
        newcomer = an_enrolment(course, a_person("ธนวัฒน์"))
        attend_whole(session_of(course, "D01A"), newcomer)
    answer = camp.post(path, {**sent, "digest": digest})
    assert "Something changed meanwhile. Look at the preview again before you save." in answer.text
    assert "ธนวัฒน์" in answer.text
    assert camp.session("D01A").revision == 1
    assert camp.post(path, {**sent, "digest": digest_in(answer.text)}).status_code == 303
    assert camp.session("D01A").revision == 2


def test_a_change_can_be_taken_back_to_the_form_and_needs_a_reason_and_a_difference(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/change"
    for nothing in ("", " \r\n "):
        answer = camp.post(path, change_form(camp, room="301", reason=nothing))
        assert "Fill in this field." in answer.text
    assert "Nothing is different yet." in camp.post(path, change_form(camp, reason="no")).text
    sent = change_form(camp, room="301", reason="smaller")
    digest = digest_in(camp.post(path, sent).text)
    form = camp.post(path, {**sent, "digest": digest, "again": "yes"})
    assert 'value="301"' in form.text
    assert camp.session("D01A").room == ""


def test_a_change_into_a_clash_says_with_what_and_cannot_be_done(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D02A/change"
    sent = change_form(camp, "D02A", ends_at="2022-09-06T14:00", reason="longer")
    preview = camp.post(path, sent)
    assert "both expect everybody, 6 Sep 2022, 13:15–14:00" in re.sub(r"\s+", " ", preview.text)
    assert "Change the session</button>" not in preview.text
    forced = camp.post(path, {**sent, "digest": digest_in(preview.text)})
    assert forced.status_code == 200
    assert camp.session("D02A").revision == 1


def test_cancelling_shows_what_it_does_and_asks_why(camp: Camp) -> None:
    path = f"{camp.builder}/sessions/D01A/cancel"
    page = camp.page(path)
    assert "−3 h" in page
    digest = digest_in(page)
    assert "Fill in this field." in camp.post(path, {"digest": digest}).text
    done = camp.post(path, {"digest": digest, "reason": "The speaker fell ill."})
    assert done.status_code == 303
    assert camp.session("D01A").state is SessionState.CANCELLED
    assert "The speaker fell ill." in camp.page(done.location)
    assert camp.manager.get(path).status_code == 404
    with camp.app.app_context():
        entries = attendance.ledger(camp.learner_id)
        assert [(entry.minutes, entry.reason) for entry in entries] == [
            (180, ""),
            (-180, "The speaker fell ill."),
        ]
