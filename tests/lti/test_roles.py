"""Who somebody is in a course follows from their context roles alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.courses.rules import Role
from sca_lms.lti.roles import resolve

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
IN_COURSE = LIS + "membership"
IN_SCHOOL = LIS + "institution/person#"
ON_SITE = LIS + "system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
GRADERS = {Role.INSTRUCTOR, Role.MANAGER}


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ([IN_COURSE + "#Learner"], {Role.LEARNER}),
        ([IN_COURSE + "#Instructor"], {Role.INSTRUCTOR}),
        ([IN_COURSE + "#Mentor"], {Role.MENTOR}),
        ([IN_COURSE + "#ContentDeveloper"], {Role.AUTHOR}),
        ([IN_COURSE + "#Administrator"], {Role.MANAGER}),
        ([IN_COURSE + "#Manager"], {Role.MANAGER}),
        ([IN_COURSE + "#TeachingAssistant"], {Role.INSTRUCTOR}),
        ([IN_COURSE + "/Instructor#TeachingAssistant"], {Role.INSTRUCTOR}),
        ([IN_COURSE + "/Instructor#Grader"], {Role.INSTRUCTOR}),
        ([IN_COURSE + "/Learner#GuestLearner"], {Role.LEARNER}),
        ([IN_COURSE + "/Administrator#Support"], {Role.MANAGER}),
        ([IN_COURSE + "/Mentor#LearningCoach"], {Role.MENTOR}),
        (["https" + IN_COURSE[4:] + "#Learner"], {Role.LEARNER}),
        (["Instructor"], {Role.INSTRUCTOR}),
        (["Learner"], {Role.LEARNER}),
        (["Administrator"], {Role.MANAGER}),
        ([IN_COURSE + "#Learner", IN_COURSE + "#Instructor"], {Role.LEARNER, Role.INSTRUCTOR}),
        # Who is a teacher elsewhere is a learner here.
        ([IN_SCHOOL + "Instructor", IN_COURSE + "#Learner"], {Role.LEARNER}),
        ([IN_SCHOOL + "Administrator", IN_COURSE + "#Learner"], {Role.LEARNER}),
        ([IN_SCHOOL + "Administrator"], {Role.GUEST}),
        ([ON_SITE + "SysAdmin"], {Role.GUEST}),
        ([ON_SITE + "User"], {Role.GUEST}),
        ([IN_SCHOOL + "Student"], {Role.GUEST}),
        # Moodle's administrator arrives like this.
        (
            [IN_COURSE + "#Instructor", IN_SCHOOL + "Administrator", ON_SITE + "Administrator"],
            {Role.INSTRUCTOR, Role.MANAGER},
        ),
        ([IN_COURSE + "#Member"], {Role.GUEST}),
        ([IN_COURSE + "#Unknown"], {Role.GUEST}),
        (["instructor"], {Role.GUEST}),
        ([" Instructor"], {Role.GUEST}),
        ([IN_COURSE + "#Instructor\n"], {Role.GUEST}),
        (["http://evil.example/membership#Instructor"], {Role.GUEST}),
        ([IN_COURSE + "#Instructor#Learner"], {Role.GUEST}),
        ([""], {Role.GUEST}),
        ([], {Role.GUEST}),
    ],
)
def test_roles_of_the_course_decide(claimed: list[str], expected: set[Role]) -> None:
    assert resolve(claimed).roles == expected


def test_the_hosts_test_student_is_recognised_beside_the_role_of_a_learner() -> None:
    standing = resolve([IN_COURSE + "#Learner", TEST_USER])
    assert standing.is_test
    assert standing.roles == {Role.LEARNER}
    assert not resolve([IN_COURSE + "#Learner"]).is_test


@given(st.lists(st.text(max_size=80)))
def test_words_that_nobody_knows_never_give_a_right(claimed: list[str]) -> None:
    invented = [
        role
        for role in claimed
        if role not in {"Instructor", "Administrator", "Manager", "TeachingAssistant"}
    ]
    assert resolve(invented).roles.isdisjoint(GRADERS)


@given(
    st.lists(
        st.sampled_from([IN_SCHOOL, ON_SITE]).flatmap(
            lambda place: st.from_regex("[A-Za-z]{1,20}", fullmatch=True).map(lambda name: place + name)
        )
    )
)
def test_roles_of_an_institution_or_a_site_never_give_a_right_in_a_course(claimed: list[str]) -> None:
    assert resolve(claimed).roles == {Role.GUEST}
