"""A transcript says everything of a ledger, and anybody can check it without believing us."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pypdf
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import chain, queries
from sca_lms.bootcamp import verification
from sca_lms.bootcamp.verification import UnreadableTranscript
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import attend_whole, close_all, session_of
from tests.bootcamp.lived_camp import EVENING, Lived, live

Document = dict[str, Any]  # As JSON is.


@pytest.fixture
def lived(app: Flask) -> Iterator[Lived]:
    found = live(app)
    with time_machine.travel(EVENING, tick=False):
        yield found


def address(lived: Lived, ending: str = "") -> str:
    return f"/courses/{lived.course_id}/hours/{lived.learner_id}/transcript{ending}"


def document_of(app: Flask, lived: Lived) -> Document:
    found: Document = json.loads(lived.browser(app, lived.learner_id).get(address(lived, ".json")).text)
    return found


def checked(client: FlaskClient, body: str | bytes, content_type: str = "application/json") -> Document:
    answer = client.post("/verify/hours", data=body, content_type=content_type)
    assert answer.is_json
    found: Document = answer.get_json()
    return found


def test_the_json_holds_every_line_and_its_hashes_can_be_recomputed(app: Flask, lived: Lived) -> None:
    document = document_of(app, lived)
    assert document["format"] == "sca-transcript-1"
    assert document["person"]["name"] == "ปวีณา แก้วมณี"
    assert document["programme"]["code"] == "SCA-GEN2"
    entries = document["ledger"]["entries"]
    kinds = [(entry["kind"], entry["minutes"], entry["role"]) for entry in entries]
    assert kinds == [
        ("attendance", 205, "rules"),
        ("attendance", 210, "rules"),
        ("attendance", 105, "rules"),
        ("attendance", 150, "rules"),
        ("reversal", -105, "instructor"),
        ("attendance", 120, "rules"),
        ("award", 45, "operator"),
    ]
    assert "@" not in json.dumps(document)
    posted = verification.read(json.dumps(document))
    assert verification.examine(posted).is_sound
    with app.app_context():
        newest = queries.ledger(lived.learner_id)[-1]
    assert document["ledger"]["head_hash"] == newest.hash
    counted = {each["code"]: each["counted_minutes"] for each in document["totals"]["categories"]}
    assert counted["KNO"] == 205 + 210 + 45
    assert document["totals"]["minutes"] == sum(counted.values())


def test_the_csv_carries_the_same_lines_and_formulas_stay_text(app: Flask, lived: Lived) -> None:
    answer = lived.browser(app, lived.learner_id).get(address(lived, ".csv?lang=en"))
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [
        entry["hash"] for entry in document_of(app, lived)["ledger"]["entries"]
    ]
    assert rows[-1]["reason"] == "'=field report"
    assert rows[-1]["category_minutes"] == "460"
    found = checked(app.test_client(), answer.data, "text/csv")
    assert (found["unbroken"], found["newest_here"], found["minutes"]["KNO"]) == (True, True, 460)


def test_the_checker_says_yes_to_what_stands_here(app: Flask, lived: Lived) -> None:
    found = checked(app.test_client(), json.dumps(document_of(app, lived)))
    assert found == {
        "readable": True,
        "unbroken": True,
        "broken_at": None,
        "head_as_stated": True,
        "head_hash": document_of(app, lived)["ledger"]["head_hash"],
        "lines": 7,
        "minutes": {"KNO": 460, "ORG": 270},
        "total_minutes": 730,
        "stands_here": True,
        "newest_here": True,
    }


def test_an_older_transcript_is_known_as_an_earlier_state(app: Flask, lived: Lived) -> None:
    before = json.dumps(document_of(app, lived))
    with app.app_context(), transaction():
        session = session_of(db.session.get_one(Course, lived.course_id), "D03A")
        attend_whole(session, db.session.get_one(Enrolment, lived.learner_id))
        close_all([session])
    found = checked(app.test_client(), before)
    assert (found["unbroken"], found["stands_here"], found["newest_here"]) == (True, True, False)


def more_minutes(document: Document) -> None:
    document["ledger"]["entries"][2]["minutes"] = 120


def a_line_less(document: Document) -> None:
    del document["ledger"]["entries"][2]


def the_end_cut_off(document: Document) -> None:
    del document["ledger"]["entries"][-1]


def somebody_else_s(document: Document) -> None:
    document["ledger"]["enrolment"] += 1


def another_reason(document: Document) -> None:
    document["ledger"]["entries"][4]["reason"] += " "


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [(more_minutes, 3), (a_line_less, 3), (somebody_else_s, 1), (another_reason, 5), (the_end_cut_off, None)],
)
def test_whatever_is_changed_shows(
    app: Flask, lived: Lived, change: Callable[[Document], None], broken_at: int | None
) -> None:
    document = document_of(app, lived)
    change(document)
    found = checked(app.test_client(), json.dumps(document))
    assert found["broken_at"] == broken_at
    assert not (found["unbroken"] and found["head_as_stated"])
    page = app.test_client().post(
        "/verify/hours", data={"text": json.dumps(document)}, headers={"Accept-Language": "en"}
    )
    assert page.status_code == 200
    assert "It stands here: no." in page.text
    assert "The chain is broken." in page.text or "The chain is cut off." in page.text


def test_a_chain_made_up_whole_is_unbroken_but_does_not_stand_here(app: Flask, lived: Lived) -> None:
    document = document_of(app, lived)
    previous = chain.first_hash(lived.course_id, lived.learner_id)
    entries = document["ledger"]["entries"]
    entries[0]["minutes"] = 9_000
    lines = [line for line, _hash in verification.read(json.dumps(document)).lines]
    for entry, line in zip(entries, lines, strict=True):
        entry["hash"] = previous = chain.hash_of(line, previous=previous)
    document["ledger"]["head_hash"] = previous
    found = checked(app.test_client(), json.dumps(document))
    assert (found["unbroken"], found["stands_here"], found["newest_here"]) == (True, False, False)


def test_a_file_and_pasted_text_are_read_too(app: Flask, lived: Lived) -> None:
    text = json.dumps(document_of(app, lived))
    table = lived.browser(app, lived.learner_id).get(address(lived, ".csv")).data
    english = {"Accept-Language": "en"}
    for data in (
        {"file": (io.BytesIO(text.encode()), "transcript.json")},
        {"file": (io.BytesIO(table), "transcript.csv")},
        {"text": text},
        {"text": table.decode("utf-8-sig")},
    ):
        page = app.test_client().post("/verify/hours", data=data, headers=english)
        assert page.status_code == 200
        assert "The chain is unbroken." in page.text
        assert "It stands here: yes." in page.text
        assert "ปวีณา" not in page.text


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{}", b"[]", b"null", b"\xff\xfe", b"a,b\n1,2\n", b"\0", b"[" * 100_000,
        b'{"ledger": {"format": "sca-ledger-1", "entries": [1]}}',
        b'{"ledger": {"format": "sca-ledger-1", "course": 1, "enrolment": 1e9, "entries": []}}',
        b'{"ledger": {"format": "sca-ledger-1", "course": 1, "enrolment": true, "entries": []}}',
        b'{"ledger": {"format": "sca-ledger-1", "course": 9999999999999, "enrolment": 1, "entries": []}}',
        (",".join(verification.NEEDED) + "\n" + "1," * 13 + "1\n").encode(),
        (",".join(verification.NEEDED) + '\n1,"').encode(),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_refused_in_words(app: Flask, body: bytes) -> None:
    answer = app.test_client().post("/verify/hours", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["problem"]
    page = app.test_client().post("/verify/hours", data={"file": (io.BytesIO(body), "x")})
    assert page.status_code == 400


def test_what_is_too_large_is_refused_in_words(app: Flask) -> None:
    answer = app.test_client().post("/verify/hours", data=b"x" * 1_000_000, content_type="text/csv")
    assert answer.status_code == 400
    assert "too large" in answer.get_json()["problem"] or "ใหญ่" in answer.get_json()["problem"]


def spoilt(name: str, value: object) -> str:
    entry: Document = {
        "number": 1, "at": "2022-09-05T05:15:00.000000+00:00", "kind": "award", "minutes": 5,
        "category": "KNO", "session": None, "reverses": None, "reason": "x", "source": "operator",
        "policy": 1, "by": "operator", "hash": "0" * 64,
    }  # fmt: skip
    ledger = {
        "format": "sca-ledger-1",
        "course": 1,
        "enrolment": 1,
        "head_hash": "0" * 64,
        "entries": [entry],
    }
    entry[name] = value
    return json.dumps({"ledger": ledger})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "1"), ("number", True), ("minutes", 1.5), ("minutes", 10**12), ("at", "yesterday"),
        ("at", "0001-01-01T00:00:00+14:00"), ("at", None), ("reason", None), ("reason", "\ud800"),
        ("kind", 3), ("hash", "00"), ("session", 7), ("policy", "1"), ("reverses", []),
        ("category", "x" * 5_000),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named(name: str, value: object) -> None:
    with pytest.raises(UnreadableTranscript) as refusal:
        verification.read(spoilt(name, value))
    assert f"“{name}”" in str(refusal.value.message)


def test_line_ends_that_a_browser_changes_are_found_again(app: Flask, lived: Lived) -> None:
    line = chain.Line(1, EVENING, "award", 5, "KNO", None, None, "one\ntwo", "operator", 1, "operator")
    digest = chain.hash_of(line, previous=chain.first_hash(1, 1))
    document = json.loads(spoilt("reason", "one\r\ntwo"))
    document["ledger"]["entries"][0] |= {"hash": digest, "at": EVENING.isoformat()}
    document["ledger"]["head_hash"] = digest
    assert verification.examine(verification.read(json.dumps(document))).is_sound


def test_only_the_learner_and_staff_get_a_transcript(app: Flask, lived: Lived) -> None:
    for ending in ("", ".pdf", ".csv", ".json"):
        assert lived.browser(app, lived.learner_id).get(address(lived, ending)).status_code == 200
        assert lived.browser(app, lived.instructor_id).get(address(lived, ending)).status_code == 200
        assert lived.browser(app, lived.classmate_id).get(address(lived, ending)).status_code == 404
        assert app.test_client().get(address(lived, ending)).status_code == 401
    assert lived.browser(app, lived.learner_id).get(address(lived, ".exe")).status_code == 404


def test_the_page_shows_every_line_and_the_head_hash(app: Flask, lived: Lived) -> None:
    page = lived.browser(app, lived.learner_id).get(address(lived), headers={"Accept-Language": "en"}).text
    head = document_of(app, lived)["ledger"]["head_hash"]
    assert " ".join(head[start : start + 8] for start in range(0, 64, 8)) in page
    assert page.count('data-label="No."') == 7
    assert "reverses no. 3" in page
    assert "https://tool.example.org/verify/hours" in page


@pytest.mark.parametrize(
    ("locale", "title", "issued"),
    [("en", "Transcript of hours", "Sep 2022, 21:00"), ("th", "ใบแสดงชั่วโมง", "2565 21:00")],
)
def test_the_pdf_speaks_the_language_that_is_asked_for(
    app: Flask, lived: Lived, locale: str, title: str, issued: str
) -> None:
    answer = lived.browser(app, lived.learner_id).get(address(lived, f".pdf?lang={locale}"))
    assert answer.mimetype == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (title, "ปวีณา แก้วมณี")
    assert str(reader.root_object["/Lang"]) == locale
    text = "".join(page.extract_text() for page in reader.pages)
    for word in (issued, "D02B", "+205", "−105", "https://tool.example.org/verify/hours"):
        assert word in text
    assert document_of(app, lived)["ledger"]["head_hash"][:8] in text
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in _fonts(page)}
    assert fonts
    assert all("Sarabun" in font for font in fonts)


def _fonts(page: pypdf.PageObject) -> Iterator[Any]:  # pypdf leaves its dictionaries untyped.
    resources: Any = page["/Resources"]  # As above.
    for font in resources["/Font"].values():
        yield font.get_object()


HOSTILE = '#panic("x") *bold* $x$ @label <script> \\u{41} "] )'


def test_nothing_that_somebody_wrote_is_read_as_markup(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        learner = builders.an_enrolment(
            db.session.get_one(Course, lived.course_id), builders.a_person(HOSTILE, "x")
        )
        learner.area = HOSTILE
        learner_id = learner.id
    browser = builders.signed_in(app, learner_id)
    answer = browser.get(f"/courses/{lived.course_id}/hours/{learner_id}/transcript.pdf?lang=en")
    assert answer.status_code == 200
    text = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert '#panic("x") *bold* $x$ @label <script>' in text.replace("“", '"').replace("”", '"')
