"""A list of pairs shows what it changes, is stored whole or not at all, and can be taken out again."""

import csv
import io
import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from sca_lms.courses import operations as courses
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.projects.models import Agency, AgencyKind, Area, Captaincy, Pair
from sca_lms.projects.pair_files import FaultKind, read_pairs
from sca_lms.texts import Bilingual
from sca_lms.web.tables import cells_of
from tests.projects.house import House
from tests.statements import counted

HEAD = "code,ambassador,captain,province,province (en),agency,judge\n"
FIRST = (
    HEAD
    + "A001,0@example.org,สมชาย พี่เลี้ยง,น่าน,Nan,เทศบาลตัวอย่าง,\n"
    + "A002,ชยพล วงศ์ทอง,,สงขลา,,เทศบาลตัวอย่าง,\n"
    + ",,,,,,สุดา พี่เลี้ยง\n"
)


def bring(house: House, text: str, **fields: object) -> TestResponse:
    return house.post(house.browser("มานะ"), "/list", "/list", text=text, **fields)


def store(house: House, text: str) -> TestResponse:
    shown = bring(house, text).text
    found = re.search(r'name="confirmed" value="([0-9a-f]{64})"', shown)
    assert found, shown
    return bring(house, text, confirmed=found[1])


def pairs(house: House) -> dict[str, Pair]:
    return {each.code: each for each in db.session.scalars(sa.select(Pair))}


def test_a_list_is_shown_first_and_then_stored_with_its_places_and_roles(house: House) -> None:
    shown = bring(house, FIRST)
    assert shown.status_code == 200
    assert "เทศบาลตัวอย่าง" in shown.text
    with house.app.app_context():
        assert pairs(house) == {}
    assert store(house, FIRST).status_code == 303
    with house.app.app_context():
        found = pairs(house)
        assert found["A001"].ambassador_id == house.ids["ปวีณา"]
        assert found["A001"].agency_id == found["A002"].agency_id
        areas = {each.code: each.province for each in db.session.scalars(sa.select(Area))}
        assert areas == {"A001": Bilingual("น่าน", "Nan"), "A002": Bilingual("สงขลา", "")}
        assert db.session.scalars(sa.select(Agency.title)).one().th == "เทศบาลตัวอย่าง"
        assert Role.MENTOR in house.person("สมชาย").roles
        assert Role.JUDGE in house.person("สุดา").roles
        assert db.session.scalars(sa.select(Captaincy.pair_id)).all() == [found["A001"].id]


def test_the_same_list_again_changes_nothing(house: House) -> None:
    store(house, FIRST)
    again = bring(house, FIRST)
    assert again.status_code == 303
    with house.app.app_context():
        assert len(pairs(house)) == 2


def test_another_captain_in_the_list_replaces_the_one_before_and_an_empty_cell_nobody(house: House) -> None:
    store(house, FIRST)
    store(house, "code,ambassador,captain\nA001,ปวีณา แก้วมณี,3@example.org\nA002,ชยพล วงศ์ทอง,\n")
    with house.app.app_context():
        rows = db.session.scalars(sa.select(Captaincy).order_by(Captaincy.id)).all()
        assert [each.captain_id for each in rows] == [house.ids["สมชาย"], house.ids["สุดา"]]
        assert rows[0].ended_at == rows[1].began_at


def test_faults_name_the_line_and_nothing_is_stored(house: House) -> None:
    with house.app.app_context(), transaction():
        twin = courses.create_person(name="สมชาย พี่เลี้ยง", at=house.course().created_at)
        courses.enrol(house.course(), twin, frozenset({Role.MENTOR}), at=house.course().created_at)
    answer = bring(
        house,
        HEAD + "A001,0@example.org,สมชาย พี่เลี้ยง,น่าน,,,\nA002,ไม่มี ใคร,,น่าน,,,\nA003,สุดา พี่เลี้ยง,,,,,\n",
    )
    assert answer.status_code == 400
    for line in ("บรรทัดที่ 2", "บรรทัดที่ 3", "บรรทัดที่ 4"):
        assert line in answer.text
    with house.app.app_context():
        assert pairs(house) == {}
        assert db.session.scalars(sa.select(Area)).all() == []


def test_a_difference_that_is_no_longer_true_is_shown_again(house: House) -> None:
    shown = bring(house, FIRST).text
    found = re.search(r'name="confirmed" value="([0-9a-f]{64})"', shown)
    assert found
    house.pair("A001", captain="สุดา")
    assert bring(house, FIRST, confirmed=found[1]).status_code == 409
    with house.app.app_context():
        assert list(pairs(house)) == ["A001"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_can_be_brought_back(house: House, kind: str) -> None:
    store(house, FIRST)
    manager = house.browser("มานะ")
    file = manager.get(house.address(f"/list/pairs.{kind}"))
    assert file.status_code == 200
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
        assert [row[0] for row in rows[1:]] == ["A002", "A001"]
    token = (
        manager.get(house.address("/list")).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    )
    answer = manager.post(
        house.address("/list"),
        data={"csrf_token": token, "file": (io.BytesIO(file.data), f"pairs.{kind}")},
    )
    assert answer.status_code == 303, "nothing changes"


def test_an_id_of_ours_and_one_of_the_host_that_mean_two_people_are_kept_apart(house: House) -> None:
    learner = house.ids["ชยพล"]
    store(house, f"code,ambassador\nA001,#{learner}\n")
    with house.app.app_context():
        assert pairs(house)["A001"].ambassador_id == learner


def test_a_list_of_many_takes_no_more_statements_to_compare_than_one_of_few(house: House) -> None:
    def statements(text: str) -> int:
        client = house.browser("มานะ")
        with counted(house.app) as seen:
            assert house.post(client, "/list", "/list", text=text).status_code in {200, 400}
        return len(seen)

    few = statements("code,ambassador\nA001,#1\n")
    assert statements("code,ambassador\n" + "".join(f"A{n},#{n}\n" for n in range(300))) == few


def test_lines_are_read_with_thai_heads_and_semicolons() -> None:
    lines, faults = read_pairs(cells_of("รหัสคู่;นักดิจิทัลพัฒนาเมือง;พี่เลี้ยง;จังหวัด\nA1;ก;ข;น่าน\n", most=9))
    assert faults == []
    assert lines[0].cells == {"code": "A1", "ambassador": "ก", "captain": "ข", "province_th": "น่าน"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("code\nA1\n", FaultKind.NO_COLUMNS),
        ("code,ambassador,x\nA1,ก,1\n", FaultKind.UNKNOWN_COLUMN),
        ("code,ambassador,code\nA1,ก,1\n", FaultKind.COLUMN_TWICE),
        ("code,ambassador\n,ก\n", FaultKind.NO_CODE),
        ("code,ambassador\nก 1,ก\n", FaultKind.BAD_CODE),
        ("code,ambassador\nA1,ก\nA1,ข\n", FaultKind.CODE_TWICE),
        ("code,ambassador\nA1,\n", FaultKind.NO_AMBASSADOR),
        ("code,ambassador,agency kind\nA1,ก,both\n", FaultKind.BAD_KIND),
        ("code,ambassador\nA1," + "ก" * 301 + "\n", FaultKind.LONG_CELL),
        ("code,ambassador\n", FaultKind.EMPTY),
    ],
)
def test_what_is_wrong_with_a_list_is_said_with_its_line(text: str, kind: FaultKind) -> None:
    _lines, faults = read_pairs(cells_of(text, most=100))
    assert [each.kind for each in faults] == [kind]
    assert all(each.line >= 1 for each in faults)


def test_kinds_of_agencies_are_read_in_both_languages(house: House) -> None:
    store(house, "code,ambassador,agency,agency kind\nA001,0@example.org,บริษัทตัวอย่าง,เอกชน\n")
    with house.app.app_context():
        assert db.session.scalars(sa.select(Agency.kind)).one() is AgencyKind.PRIVATE
