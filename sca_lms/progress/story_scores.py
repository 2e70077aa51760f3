"""Say how a score comes about: the figures behind it, in a sentence and a few lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from sca_lms.courses.models import Course
from sca_lms.grades.sources import HRS, MEN, PRE, UPD
from sca_lms.guidance.gathering import Known
from sca_lms.mentoring import credit, credit_rules, terms_queries
from sca_lms.texts import Bilingual
from sca_lms.updates import rules as update_rules
from sca_lms.updates.rules import ATTENDED_PERCENT, Standing
from sca_lms.web import formats


@dataclass(frozen=True, slots=True)
class Because:
    """How one score comes about."""

    text: str
    lines: Sequence[tuple[Bilingual | str, str]] = ()
    """What it is made of, each with its figure."""


def explanations(course: Course, known: Known, maxima: dict[str, Decimal]) -> dict[str, Because]:
    """Return by code of column why a score is what it is; `maxima` are those of the columns."""
    found: dict[str, Because] = {}
    if PRE in maxima:
        quizzes = sum(each.grade is not None for each in known.modules.modules)
        found[PRE] = Because(
            _("The mean of the quizzes of all modules, the best attempt of each; a quiz not taken counts 0."),
            [(_("Modules with a quiz result"), f"{quizzes} / {known.modules.modules_total}")],
        )
    if HRS in maxima and known.hours is not None:
        standing = known.hours.standing
        found[HRS] = Because(
            _(
                "%(done)s of %(of)s are credited; each area counts up to its own hours.",
                done=formats.minutes(standing.total),
                of=formats.minutes(standing.rule.required_minutes),
            )
        )
    if MEN in maxima:
        found[MEN] = _mentoring(course, known, maxima[MEN])
    if UPD in maxima:
        found[UPD] = _updates(known, maxima[UPD])
    return found


def _mentoring(course: Course, known: Known, maximum: Decimal) -> Because:
    standing = known.mentoring
    required = credit.required_minutes(course.id)
    score = credit_rules.score(standing.counted, required_minutes=required, maximum=maximum)
    titles = {topic.id: topic.title for topic in terms_queries.topics(course.id)}
    lines: list[tuple[Bilingual | str, str]] = [
        (
            titles.get(each.quota.topic_id, ""),
            f"{formats.minutes(each.counted)} / {formats.minutes(each.quota.minutes)}",
        )
        for each in standing.topics
    ]
    if standing.surplus:
        lines.append((_("Beyond the quota of a topic, not counted"), formats.minutes(standing.surplus)))
    return Because(
        _(
            "%(counted)s of %(required)s of mentoring count, so %(score)s of %(maximum)s. "
            "Minutes count when both sides have reported them, each topic up to its quota.",
            counted=formats.minutes(standing.counted),
            required=formats.minutes(required),
            score=formats.number(score),
            maximum=formats.number(maximum),
        ),
        lines,
    )


def _updates(known: Known, maximum: Decimal) -> Because:
    progress = known.updates
    score = update_rules.score(progress.counted, updates=progress.total, maximum=maximum)
    open_ones = (
        (_("Reflection to write or to hand in"), (Standing.TO_REFLECT, Standing.DRAFT, Standing.RETURNED)),
        (_("Being read or settled"), (Standing.SUBMITTED, Standing.SETTLING)),
        (_("Attended too little"), (Standing.MISSED,)),
        (_("Still to come"), (Standing.COMING, Standing.NOW)),
    )
    lines: list[tuple[Bilingual | str, str]] = [
        (words, formats.number(number))
        for words, standings in open_ones
        if (number := progress.number(*standings))
    ]
    return Because(
        ngettext(
            "%(counted)s of %(num)d update counts, so %(score)s of %(maximum)s. An update counts when "
            "%(percent)s of it were attended and the reflection is accepted.",
            "%(counted)s of %(num)d updates count, so %(score)s of %(maximum)s. An update counts when "
            "%(percent)s of it were attended and the reflection is accepted.",
            progress.total,
            counted=formats.number(progress.counted),
            score=formats.number(score),
            maximum=formats.number(maximum),
            percent=formats.percent(ATTENDED_PERCENT),
        ),
        lines,
    )
