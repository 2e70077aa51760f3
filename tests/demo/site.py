"""The people and courses of these tests, by names that say what they are."""

from decimal import Decimal

from sca_lms.demo.platform import register_standard_tool
from sca_lms.demo.site import Activity, Course, LineItem, SiteRole, SiteState, User
from sca_lms.texts import Bilingual

ISSUER = "http://localhost:8100"
TOOL_URL = "http://127.0.0.1:9100"
COURSE, OTHER_COURSE = "2", "3"
ACTIVITY, UNGRADED, ELSEWHERE = "11", "12", "13"
COLUMN = "21"

LEARNER, CLASSMATE, MENTOR, INSTRUCTOR, TUTOR, MANAGER, TESTER, STRANGER = (
    *("5", "6", "7", "8"),
    *("9", "10", "14", "15"),
)

PEOPLE = {
    LEARNER: ("กานต์", "ใจกล้า", SiteRole.LEARNER),
    CLASSMATE: ("ชยพล", "วงศ์ทอง", SiteRole.LEARNER),
    MENTOR: ("พี่เลี้ยง", "หนึ่ง", SiteRole.MENTOR),
    INSTRUCTOR: ("วิทยากร", "สอง", SiteRole.INSTRUCTOR),
    TUTOR: ("กรรมการ", "สาม", SiteRole.TUTOR),
    MANAGER: ("ผู้ดูแล", "สี่", SiteRole.MANAGER),
    TESTER: ("ทดสอบ", "ห้า", SiteRole.TEST_USER),
}


def a_site() -> SiteState:
    """Build a site with one graded activity and SCA LMS registered by hand."""
    site = SiteState()
    site.courses[COURSE] = Course(COURSE, "SCA2", Bilingual(th="รายวิชา", en="Course"), history=("1",))
    site.courses[OTHER_COURSE] = Course(OTHER_COURSE, "SCA3", Bilingual.of("Other"))
    for user_id, (given, family, role) in PEOPLE.items():
        site.users[user_id] = User(
            user_id,
            given,
            family,
            email=f"user-{user_id}@example.org",
            username=f"u{user_id}",
            sourced_id=f"S{user_id}",
        )
        site.courses[COURSE].members[user_id] = role
    site.users[STRANGER] = User(STRANGER, "คนแปลกหน้า", "หก")
    site.courses[OTHER_COURSE].members[STRANGER] = SiteRole.LEARNER
    register_standard_tool(site, TOOL_URL, custom={"level": "tool"})
    client_id = next(iter(site.tools))
    for activity_id, course_id in ((ACTIVITY, COURSE), (UNGRADED, COURSE), (ELSEWHERE, OTHER_COURSE)):
        title = Bilingual(th=f"กิจกรรม {activity_id}", en=f"Activity {activity_id}")
        site.activities[activity_id] = Activity(activity_id, course_id, client_id, title)
    site.activities[ACTIVITY].custom = {"Activity": "hrs", "level": "item"}
    site.line_items[COLUMN] = LineItem(
        COLUMN,
        COURSE,
        client_id,
        "Hours",
        Decimal(168),
        activity_id=ACTIVITY,
        resource_id="sca-lms:HRS",
        tag="HRS",
        coupled=True,
    )
    return site
