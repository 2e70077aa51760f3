"""The sample site is made of the programme file's own people."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from sca_lms.demo.sample import COURSE_ID, FIRST_LEARNER, ProgrammeIncomplete, sample_site
from sca_lms.demo.site import SiteRole, SiteState

PROGRAMME = Path(__file__).parents[2] / "programmes" / "sca-gen2.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    loaded = yaml.safe_load(PROGRAMME.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture
def site(document: dict[str, object]) -> SiteState:
    return sample_site(document, client_id="tool")


def test_fourteen_pairs_and_their_staff_are_enrolled(site: SiteState) -> None:
    roles = list(site.courses[COURSE_ID].members.values())
    assert [roles.count(role) for role in SiteRole] == [14, 14, 2, 4, 1, 0]
    first = site.users[str(FIRST_LEARNER)]
    assert (first.name, first.name_en, first.sourced_id) == ("กานต์ธิดา ใจกล้า", "Kantida Jaikla", "A001")
    assert first.initial == "ก"
    assert all(user.email.endswith("@example.org") for user in site.users.values())
    assert len({user.email for user in site.users.values()}) == 35


def test_a_leading_vowel_is_no_initial(site: SiteState) -> None:
    assert {user.given_name: user.initial for user in site.users.values()}["โสภิดา"] == "ส"


def test_the_course_has_a_home_with_a_column_and_its_first_module(site: SiteState) -> None:
    home, module = site.activities_of(COURSE_ID)
    assert home.custom == {"activity": "home"}
    assert home.title == site.courses[COURSE_ID].title
    assert module.custom == {"activity": "module:PB1"}
    (column,) = site.columns_of(home.id)
    assert (column.tag, column.resource_id, column.maximum) == ("PRE", "sca-lms:PRE", Decimal(100))
    assert column.label == "ผลการเรียนก่อนเข้าค่าย"
    assert site.columns_of(module.id) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("programme", None),
        ("sample_cohort", []),
        ("line_items", "none"),
        ("sample_cohort", {"pairs": []}),
        ("sample_cohort", {"pairs": [], "staff": [{"role": "cook"}]}),
    ],
)
def test_a_file_without_a_sample_is_refused_by_name(
    document: dict[str, object], part: str, value: object
) -> None:
    with pytest.raises(ProgrammeIncomplete):
        sample_site({**document, part: value}, client_id="tool")
