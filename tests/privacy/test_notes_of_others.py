"""What others noted about somebody is stated in their archive, never told, and goes with them."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db, transaction
from sca_lms.guidance.models import Intervention, InterventionKind
from sca_lms.mentoring.models import AppointmentPlace, PlaceState, PrivateNote
from sca_lms.privacy import archive, erasing, overview
from sca_lms.privacy.holdings import ERASED
from sca_lms.uploads.storage import store
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking

OF_STAFF = "คุยกับหัวหน้าของเขาแล้ว เขาลำบากที่บ้าน"
OUTCOME = "หัวหน้ายอมลดงานให้"
OF_CAPTAIN = "เขาดูเครียด ควรคุยกับคุณสมศรี"
OWN = "ถามเรื่องงบประมาณครั้งหน้า"
IN_GROUP = "กลุ่มนี้เงียบ"


def _case(app: Flask) -> Booking:
    """Let staff note an intervention, and both sides of a meeting, and a captain of a group, write notes."""
    with app.app_context(), transaction():
        case = Booking()
        meeting = case.ask()
        group = case.a_group(capacity=2, start=MONDAY_NINE + dt.timedelta(days=1))
        db.session.add(
            AppointmentPlace(
                appointment_id=group.id, enrolment_id=case.ambassador.id, state=PlaceState.IN, asked_at=NOW
            )
        )
        for appointment, who, text in (
            (meeting, case.captain, OF_CAPTAIN), (meeting, case.ambassador, OWN),
            (group, case.captain, IN_GROUP),
        ):  # fmt: skip
            db.session.add(
                PrivateNote(appointment_id=appointment.id, enrolment_id=who.id, text=text, saved_at=NOW)
            )
        db.session.add(
            Intervention(
                course_id=case.course.id,
                enrolment_id=case.ambassador.id,
                kind=InterventionKind.TALK,
                text=OF_STAFF,
                reasons=[],
                by_id=case.staff.person_id,
                at=NOW,
                closed_at=NOW,
                closed_by_id=case.staff.person_id,
                outcome=OUTCOME,
            )
        )
        return case


def _archive(app: Flask, who: Enrolment) -> Mapping[str, str]:
    target = io.BytesIO()
    with app.app_context():
        archive.write(target, db.session.get_one(Person, who.person_id), store(), at=clock.now())
    packed = zipfile.ZipFile(target)
    return {name: packed.read(name).decode() for name in packed.namelist()}


def test_the_archive_says_that_there_are_notes_when_and_who_has_them_and_not_what_they_say(
    app: Flask,
) -> None:
    case = _case(app)
    files = _archive(app, case.ambassador)
    everything = "".join(files.values())
    for text in (OF_STAFF, OUTCOME, OF_CAPTAIN, IN_GROUP):
        assert text not in everything
    notes = json.loads(files["private-notes.json"])
    assert [row["text"] for row in notes["tables"]["private_note"]] == [OWN]
    stated = notes["notes_of_others"]["private_note"]
    assert (stated["number"], len(stated["notes"])) == (2, 2), "of the meeting, and of the group"
    assert stated["notes"][0] == {"saved_at": NOW.isoformat()}
    assert stated["held_by"]["en"] == "the other side of the meeting, who alone reads it"
    assert stated["held_by"]["th"] != stated["held_by"]["en"]
    help_ = json.loads(files["help.json"])
    assert help_["tables"] == {}
    (staff,) = help_["notes_of_others"]["intervention"]["notes"]
    assert staff == {
        "at": NOW.isoformat(), "kind": "talk", "reasons": [], "follow_up_on": None,
        "closed_at": NOW.isoformat(),
    }  # fmt: skip
    assert "notes_of_others" in files["README.txt"]


def test_the_author_takes_their_own_note_along_and_staff_only_that_they_wrote(app: Flask) -> None:
    case = _case(app)
    captain = json.loads(_archive(app, case.captain)["private-notes.json"])
    assert sorted(row["text"] for row in captain["tables"]["private_note"]) == sorted([OF_CAPTAIN, IN_GROUP])
    assert captain["notes_of_others"]["private_note"]["number"] == 1, "that the ambassador has one"
    staff = _archive(app, case.staff)
    assert OF_STAFF not in "".join(staff.values())
    (row,) = json.loads(staff["nobody.json"])["tables"]["intervention"]
    assert sorted(row) == ["at", "by_id", "closed_by_id", "id"]


def test_the_page_counts_what_others_noted(app: Flask) -> None:
    case = _case(app)
    with app.app_context():
        kept = {each.code: each for each in overview.kept_about(case.ambassador.person_id)}
        assert (kept["private-notes"].number, kept["help"].number) == (3, 1)
        assert (kept["private-notes"].blanked, kept["help"].blanked) == (2, 1)
        staff = {each.code: each.number for each in overview.kept_about(case.staff.person_id)}
        assert staff["help"] == 0, "what staff did for others is not about them"


def test_erasure_empties_notes_about_the_person_and_leaves_those_about_others(app: Flask) -> None:
    case = _case(app)
    with app.app_context():
        with transaction():
            erasing.erase(db.session.get_one(Person, case.ambassador.person_id), at=NOW)
        texts = sorted(db.session.scalars(sa.select(PrivateNote.text)))
        assert texts == sorted([ERASED, ERASED, IN_GROUP])
        row = db.session.scalars(sa.select(Intervention)).one()
        assert (row.text, row.outcome) == (ERASED, ERASED)


def test_a_captain_who_is_erased_takes_their_own_notes_along_and_leaves_the_ambassador_s(app: Flask) -> None:
    case = _case(app)
    with app.app_context():
        with transaction():
            erasing.erase(db.session.get_one(Person, case.captain.person_id), at=NOW)
        assert sorted(db.session.scalars(sa.select(PrivateNote.text))) == sorted([ERASED, ERASED, OWN])
