"""Copy a course as hosts do: its teachers and activities, their columns without any grade."""

from dataclasses import replace

from sca_lms.demo.site import TEACHING_ROLES, Course, SiteState


def copy_course(state: SiteState, course_id: str) -> Course:
    """Make a copy that remembers where it comes from; every activity and column has a new id."""
    origin = state.courses[course_id]
    made = Course(
        id=_free_id(state),
        label=f"{origin.label} (2)",
        title=origin.title,
        members={user_id: role for user_id, role in origin.members.items() if role in TEACHING_ROLES},
        history=(origin.id, *origin.history),
    )
    state.courses[made.id] = made
    for activity in state.activities_of(origin.id):
        copied = replace(
            activity,
            id=state.new_id(),
            course_id=made.id,
            custom=dict(activity.custom),
            opened=False,
            history=",".join(filter(None, (activity.id, activity.history))),
        )
        state.activities[copied.id] = copied
        for column in state.columns_of(activity.id):
            item = replace(column, id=state.new_id(), course_id=made.id, activity_id=copied.id, grades={})
            state.line_items[item.id] = item
    return made


def _free_id(state: SiteState) -> str:
    numbers = [int(course_id) for course_id in state.courses if course_id.isdecimal()]
    return str(max(numbers, default=0) + 1)
