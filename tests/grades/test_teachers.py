"""What a teacher does in the host's gradebook is seen, shown, and only undone on request."""

from sca_lms.demo.faults import Fault
from sca_lms.grades import decisions
from sca_lms.grades.rules import Reason, State
from tests.grades.world import World, later


def test_a_teachers_change_is_never_overwritten_until_somebody_asks(anywhere: World) -> None:
    anywhere.mark("31", "40")
    anywhere.work()
    anywhere.teacher_sets("31", "72")
    anywhere.mark("31", "50")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == 72
    assert anywhere.state("31") == (State.CHANGED, Reason.CHANGED)
    assert anywhere.delivery("31").host_value == 72
    anywhere.mark("31", "51")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == 72
    with later(5):
        assert anywhere.send_all_again() == 0
        assert anywhere.decide("31", decisions.overwrite_host_change)
        assert anywhere.work() == 0
    assert anywhere.shown("31") == 51
    assert anywhere.state("31") == (State.DELIVERED, None)


def test_a_teacher_who_was_faster_than_our_first_score_keeps_the_grade(moodle: World) -> None:
    moodle.add_activity("pre")
    moodle.teacher_sets("31", "72", ahead=30)
    moodle.mark("31", "50")
    assert moodle.work() == 0
    assert moodle.shown("31") == 72
    assert moodle.state("31") == (State.CHANGED, Reason.CHANGED)


def test_a_change_that_somebody_overwrote_stays_known_while_the_host_fails(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.teacher_sets("31", "72")
    moodle.mark("31", "50")
    moodle.work()
    with later(5):
        moodle.decide("31", decisions.overwrite_host_change)
        moodle.lms.faults.plan("scores", Fault(503))
        assert moodle.work() == 3
    with later(60):
        assert moodle.work() == 0
    assert moodle.shown("31") == 50
