"""Staff find every pair, managers change them, and the two of a pair see theirs."""

from sca_lms.database import transaction
from sca_lms.projects import operations
from sca_lms.texts import Bilingual
from tests.builders import a_course, an_enrolment, signed_in
from tests.projects.house import AT, House
from tests.statements import counted


def place(house: House) -> tuple[int, int]:
    with house.app.app_context(), transaction():
        area = operations.put_area(
            house.course(), None, code="N1", title=Bilingual("ดอยภูคา", ""),
            province=Bilingual("น่าน", "Nan"), group="N", person_id=None, at=AT,
        )  # fmt: skip
        pair = operations.make_pair(
            house.course(), "A001", house.person("ปวีณา"), captain=house.person("สมชาย"), area=area,
            agency=None, person_id=None, at=AT,
        )  # fmt: skip
        return pair.id, area.id


def test_staff_find_pairs_by_any_name_and_by_place(house: House) -> None:
    pair_id, area_id = place(house)
    house.pair("A002", "ชยพล", None)
    client = house.browser("มานะ")

    def found(query: str) -> set[str]:
        page = client.get(house.address(f"?{query}"))
        assert page.status_code == 200
        return {name for name in ("ปวีณา", "ชยพล") if f"{name} " in page.text}

    assert found("") == {"ปวีณา", "ชยพล"}
    assert found("q=ปวี") == {"ปวีณา"}
    assert found("q=สมชาย") == {"ปวีณา"}, "by the captain"
    assert found("q=nan") == {"ปวีณา"}, "by the province"
    assert found("q=a002") == {"ชยพล"}, "by the code"
    assert found("show=without") == {"ชยพล"}
    assert found("show=ended") == set()
    assert found(f"area={area_id}") == {"ปวีณา"}
    assert found("province=น่าน") == {"ปวีณา"}
    assert found("agency=99999") == set()
    assert client.get(house.address("?show=nonsense")).status_code == 404
    assert client.get(house.address(f"/{pair_id}")).status_code == 200


def test_a_manager_makes_replaces_and_ends(house: House) -> None:
    client = house.browser("มานะ")
    made = house.post(
        client, "/new", "/new", code="A001", ambassador=house.ids["ปวีณา"], captain=house.ids["สมชาย"],
        area="", agency="", dimension="", begins_at="2026-10-01T09:00",
    )  # fmt: skip
    assert made.status_code == 303
    here = made.location.rpartition("/pairs")[2]
    answer = house.post(client, here, f"{here}/captain", captain=house.ids["สุดา"], from_at="", reason="ย้าย")
    assert answer.status_code == 303
    page = client.get(house.address(here)).text
    assert page.index("สุดา") < page.index("สมชาย", page.index('id="history"'))
    assert house.post(client, here, f"{here}/end", reason="").status_code == 400
    assert house.post(client, here, f"{here}/end", reason="จบ").status_code == 303
    assert client.get(house.address(here)).text.count("/captain") == 0


def test_refusals_are_said_beside_the_form(house: House) -> None:
    house.pair()
    client = house.browser("มานะ")
    again = house.post(
        client, "/new", "/new", code="A001", ambassador=house.ids["ชยพล"], captain="", area="", agency="",
        dimension="", begins_at="",
    )  # fmt: skip
    assert again.status_code == 409
    assert 'data-error-code="code-taken"' in again.text


def test_a_pair_is_seen_by_its_two_and_by_staff_and_by_nobody_else(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context(), transaction():
        other = an_enrolment(a_course()).id
    for name, status in (("ปวีณา", 200), ("สมชาย", 200), ("ชยพล", 404), ("มานะ", 200)):
        assert house.browser(name).get(house.address(f"/{pair_id}")).status_code == status
    assert signed_in(house.app, other).get(house.address(f"/{pair_id}")).status_code == 404
    assert "สมชาย" in house.browser("ปวีณา").get(house.address("/mine")).text
    assert house.browser("ชยพล").get(house.address("/mine")).status_code == 200


def test_areas_and_agencies_are_kept_by_managers(house: House) -> None:
    client = house.browser("มานะ")
    fields = {
        "code": "N1",
        "title_th": "",
        "title_en": "",
        "province_th": "น่าน",
        "province_en": "",
        "group": "",
    }
    assert house.post(client, "/places/areas/new", "/places/areas/new", **fields).status_code == 303
    assert house.post(client, "/places/areas/new", "/places/areas/new", **fields).status_code == 409
    fields["province_th"] = ""
    assert house.post(client, "/places/areas/new", "/places/areas/new", **fields).status_code == 400
    agency = {"code": "M1", "title_th": "เทศบาลตัวอย่าง", "title_en": "", "kind": "private"}
    assert house.post(client, "/places/agencies/new", "/places/agencies/new", **agency).status_code == 303
    page = client.get(house.address("/places")).text
    assert "น่าน" in page
    assert "เทศบาลตัวอย่าง" in page


def test_the_list_takes_the_same_statements_for_any_number_of_pairs(house: House) -> None:
    client = house.browser("มานะ")

    def statements() -> int:
        with counted(house.app) as seen:
            assert client.get(house.address()).status_code == 200
        return len(seen)

    house.pair()
    one = statements()
    house.pair("A002", "ชยพล", "สุดา")
    assert statements() == one
