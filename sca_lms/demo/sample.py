"""Build the sample site from a programme file: fictional people, the programme's home, its first module."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from sca_lms.demo.site import Activity, Course, LineItem, SiteRole, SiteState, User
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

COURSE_ID = "2"
HOME_ACTIVITY_ID = "1"
FIRST_LEARNER = 101
FIRST_MENTOR = 201
FIRST_STAFF = 301
SAMPLE_DOMAIN = "example.org"
# By these the tool knows its own columns again; it writes them when it is asked for activities.
COLUMN_NAMESPACE = "sca-lms"
HOME = "home"

# Moodle calls whoever may see the course and mark, but not edit it, a non-editing teacher: the nearest that
# an LMS has to a member of a jury.
STAFF_ROLES: Mapping[str, SiteRole] = {
    "admin": SiteRole.MANAGER,
    "instructor": SiteRole.INSTRUCTOR,
    "judge_chair": SiteRole.TUTOR,
    "judge": SiteRole.TUTOR,
}


class ProgrammeIncomplete(Refused):
    """The programme file lacks what a sample site is made of."""

    code = "programme-incomplete"


def sample_site(programme_document: Mapping[str, object], *, client_id: str) -> SiteState:
    """Make the site with one course, its people and its activities, all opening the tool `client_id`.

    Raises ProgrammeIncomplete, naming the missing part.
    """
    programme = _mapping(programme_document, "programme")
    cohort = _mapping(programme_document, "sample_cohort")
    state = SiteState()
    course = Course(
        id=COURSE_ID, label=str(programme.get("code") or "SCA"), title=Bilingual.of(programme.get("title"))
    )
    state.courses[course.id] = course
    for user, role in (*_pairs(_mappings(cohort, "pairs")), *_staff(_mappings(cohort, "staff"))):
        state.users[user.id] = user
        course.members[user.id] = role
    # The activities are those that deep linking would have made, under the same names. One column stands
    # ready; the tool adds others when it has scores.
    state.activities[HOME_ACTIVITY_ID] = Activity(
        HOME_ACTIVITY_ID, course.id, client_id, course.title, custom={"activity": HOME}
    )
    for column in _mappings(programme_document, "line_items")[:1]:
        _add_column(state, course, client_id, column)
    for module in _mappings(_mapping(programme_document, "pre_bootcamp"), "modules")[:1]:
        activity_id = state.new_id()
        state.activities[activity_id] = Activity(
            activity_id,
            course.id,
            client_id,
            Bilingual.of(module.get("title")),
            custom={"activity": f"module:{module.get('code')}"},
        )
    return state


def _add_column(state: SiteState, course: Course, client_id: str, column: Mapping[str, object]) -> None:
    """Give the home activity its column."""
    code = str(column.get("code"))
    title = Bilingual.of(column.get("title"))
    item = LineItem(
        id=state.new_id(),
        course_id=course.id,
        client_id=client_id,
        label=title.th or title.en,
        maximum=Decimal(str(column.get("score_maximum"))),
        activity_id=HOME_ACTIVITY_ID,
        resource_id=f"{COLUMN_NAMESPACE}:{code}",
        tag=code,
        coupled=True,
    )
    state.line_items[item.id] = item


def _pairs(pairs: Sequence[Mapping[str, object]]) -> Iterator[tuple[User, SiteRole]]:
    for place, pair in enumerate(pairs):
        person = _mapping(pair, "ambassador")
        code = str(pair.get("id"))
        yield (
            User(
                id=str(FIRST_LEARNER + place),
                given_name=str(person.get("given_th") or ""),
                family_name=str(person.get("family_th") or ""),
                name_en=f"{person.get('given_en', '')} {person.get('family_en', '')}".strip(),
                email=f"{person.get('given_en', code)}@{SAMPLE_DOMAIN}".lower(),
                username=code.lower(),
                sourced_id=code,
            ),
            SiteRole.LEARNER,
        )
    for place, pair in enumerate(pairs):
        captain = _mapping(pair, "captain")
        yield _named(FIRST_MENTOR + place, captain, str(captain.get("id"))), SiteRole.MENTOR


def _staff(staff: Sequence[Mapping[str, object]]) -> Iterator[tuple[User, SiteRole]]:
    counts: dict[str, int] = {}
    for place, person in enumerate(staff):
        role = str(person.get("role"))
        if role not in STAFF_ROLES:
            raise ProgrammeIncomplete(f"sample_cohort.staff: no place in an LMS for the role {role!r}")
        counts[role] = counts.get(role, 0) + 1
        code = f"{role.replace('_', '-')}-{counts[role]}"
        yield _named(FIRST_STAFF + place, person, code), STAFF_ROLES[role]


def _named(number: int, person: Mapping[str, object], code: str) -> User:
    name = Bilingual.of(person.get("name"))
    given, _space, family = name.th.partition(" ")
    return User(
        id=str(number),
        given_name=given,
        family_name=family,
        name_en=name.en,
        email=f"{code}@{SAMPLE_DOMAIN}".lower(),
        username=code.lower(),
        sourced_id=code,
    )


def _mapping(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = document.get(name)
    if not isinstance(part, Mapping):
        raise ProgrammeIncomplete(f"{name}: missing from the programme file")
    return part


def _mappings(document: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    part = document.get(name)
    if not isinstance(part, Sequence) or not all(isinstance(each, Mapping) for each in part):
        raise ProgrammeIncomplete(f"{name}: missing from the programme file, or not a list")
    return part
