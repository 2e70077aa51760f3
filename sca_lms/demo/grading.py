"""Take scores and give results back as the host's kind does."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from sca_lms.demo.addresses import Addresses
from sca_lms.demo.bodies import Body, as_json, moment, number, text
from sca_lms.demo.manners import Personality, ScoreAnswer, ScoreRules, Staleness
from sca_lms.demo.service_errors import Answer, ServiceRefusal
from sca_lms.demo.site import GRADED_ROLES, Arrival, Course, Grade, LineItem, SiteState, Tool

NEVER = dt.datetime.fromtimestamp(0, dt.UTC)


def take_score(state: SiteState, item: LineItem, body: Body, rules: ScoreRules, at: dt.datetime) -> Grade:
    """Put a posted score into the gradebook and return the cell; raises ServiceRefusal."""
    user_id = text(body, "userId", required=True)
    stamp = moment(body, "timestamp")
    _refuse_time(state.courses[item.course_id], stamp, rules, at)
    text(body, "activityProgress", required=True)
    graded = text(body, "gradingProgress", required=True) in rules.graded
    comment = text(body, "comment")
    given = _on_scale(body, item, rules)
    _refuse_person(state, item, user_id, rules)
    cell = item.grades.get(user_id)
    _refuse_stale(cell, stamp, rules)
    if cell and cell.locked and rules.locked:
        # Moodle's answer is an empty list, whatever the body of its other refusals looks like.
        answer = Answer(rules.locked.status, rules.locked.text) if rules.locked.text == "[]" else None
        raise ServiceRefusal(rules.locked.status, rules.locked.text, answer=answer)
    if cell is None:
        cell = item.grades.setdefault(user_id, Grade(None, "", stamp, at))
    _write(cell, given if graded else None, comment, item, rules, graded=graded)
    # Moodle stamps a cell that has only a comment with its own clock: a tool whose clock is behind then
    # finds its next score refused.
    cell.modified_at = at if rules.comment_stamps_now and comment and not graded else stamp
    cell.arrived_at = at
    state.arrivals.append(Arrival(item.id, user_id, given if graded else None, stamp, at))
    return cell


def set_by_teacher(
    item: LineItem, user_id: str, *, score: Decimal | None, comment: str, locked: bool, at: dt.datetime
) -> Grade:
    """Write a cell by hand; in the column of an activity the hand then overrules the tool."""
    cell = Grade(
        score=score,
        comment=comment,
        modified_at=at,
        arrived_at=at,
        by_teacher=True,
        overridden=item.coupled,
        locked=locked,
    )
    item.grades[user_id] = cell
    return cell


def score_answer(
    item: LineItem, body: Body, *, tool: Tool, personality: Personality, addresses: Addresses
) -> dict[str, object] | None:
    """Return what the host answers to a score that it took; None is an empty body."""
    match personality.scores.answer:
        case ScoreAnswer.NOTHING:
            return None
        case ScoreAnswer.RESULT_URL:
            by_path = personality.results.by_path
            user_id = str(body["userId"])
            return {"resultUrl": addresses.results(item, user_id, tool, by_path=by_path)}
        case ScoreAnswer.ECHO:
            return {
                name: as_json(value) if isinstance(value, Decimal) else value for name, value in body.items()
            }


def results(
    item: LineItem,
    *,
    user_id: str,
    tool: Tool,
    personality: Personality,
    addresses: Addresses,
    members: Iterable[str] = (),
) -> list[dict[str, object]]:
    """Return the results of a column, of one person or (an empty `user_id`) of all."""
    rules = personality.results
    shown = []
    cells = dict(item.grades)
    if rules.lists_everybody:
        empty = Grade(None, "", NEVER, NEVER)
        cells = {member: item.grades.get(member, empty) for member in members}
    for learner, cell in cells.items():
        listed = cell.score is not None or (cell.comment and rules.cleared_with_comment_listed)
        if not (listed or rules.lists_everybody) or (user_id and learner != user_id):
            continue
        result: dict[str, object] = {
            "id": addresses.results(item, learner, tool, by_path=rules.by_path),
            "userId": learner,
            "resultMaximum": as_json(item.maximum),
            "scoreOf": addresses.line_item(item, tool),
        }
        if cell.score is not None or rules.lists_everybody:
            result["resultScore"] = None if cell.score is None else as_json(cell.score)
        if cell.comment and (not user_id or rules.comments_when_filtered):
            result["comment"] = cell.comment
        if rules.timestamps:
            result["timestamp"] = cell.modified_at.isoformat()
        shown.append(result)
    return shown


def _on_scale(body: Body, item: LineItem, rules: ScoreRules) -> Decimal | None:
    """Return the given score on the column's scale; it is rounded before the scaling and after."""
    given = number(body, "scoreGiven")
    maximum = number(body, "scoreMaximum", status=rules.maximum_missing_status)
    if given is None:
        return None
    if maximum is None or maximum < 0:
        raise ServiceRefusal(rules.maximum_missing_status, "scoreGiven needs a scoreMaximum")
    if given < 0 and not rules.clips:
        raise ServiceRefusal(400, "scoreGiven is below zero")
    given = _rounded(given, rules)
    scaled = _rounded(given * item.maximum / maximum if maximum else given, rules)
    return min(max(scaled, Decimal(0)), item.maximum) if rules.clips else scaled


def _rounded(value: Decimal, rules: ScoreRules) -> Decimal:
    if rules.decimals is None:
        return value
    return value.quantize(Decimal(1).scaleb(-rules.decimals), ROUND_HALF_UP)


def _refuse_time(course: Course, stamp: dt.datetime, rules: ScoreRules, at: dt.datetime) -> None:
    if course.concluded and rules.concluded:
        raise ServiceRefusal(rules.concluded.status, rules.concluded.text)
    if rules.future and stamp > at - dt.timedelta(seconds=rules.clock_behind_seconds):
        raise ServiceRefusal(rules.future.status, rules.future.text)


def _refuse_person(state: SiteState, item: LineItem, user_id: str, rules: ScoreRules) -> None:
    role = state.role(user_id, item.course_id)
    if role in GRADED_ROLES:
        return
    said = rules.not_a_learner
    if role is None:
        said = (rules.not_enrolled if user_id in state.users else rules.unknown_user) or said
    raise ServiceRefusal(said.status, said.text)


def _refuse_stale(cell: Grade | None, stamp: dt.datetime, rules: ScoreRules) -> None:
    if cell is None:
        return
    match rules.staleness:
        case Staleness.SAME_SECOND:
            stale = int(stamp.timestamp()) <= int(cell.modified_at.timestamp())
        case Staleness.NOT_LATER:
            stale = stamp <= cell.modified_at
        case Staleness.EARLIER:
            stale = stamp < cell.modified_at
        case Staleness.NEVER:
            stale = False
    if stale:
        raise ServiceRefusal(rules.stale_status, "Refusing score with an earlier timestamp")


def _write(
    cell: Grade, score: Decimal | None, comment: str, item: LineItem, rules: ScoreRules, *, graded: bool
) -> None:
    if not (cell.overridden and rules.override_stays and item.coupled):
        if graded or rules.ungraded_clears:
            cell.score = score
        cell.by_teacher = False
    piled = rules.comments_pile_up and cell.comment
    cell.comment = f"{cell.comment}\n{comment}".rstrip() if piled else comment
