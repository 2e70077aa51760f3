"""Turn the figures of a quiz into what JSON can keep, and back; pure. Fractions stay exact, as texts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sca_lms.assessments.statistics import ChoiceCount, Hint, ItemFigures, Measured, Overview, shown
from sca_lms.assessments.statistics_choices import Choice
from sca_lms.texts import Bilingual


def packed(measured: Measured) -> dict[str, object]:
    """Return figures as JSON keeps them; of each part of a question only the choices that are shown."""
    overview = measured.overview
    return {
        "count": overview.count,
        "spread": [
            _text(each)
            for each in (
                overview.mean, overview.deviation, overview.median, overview.lowest, overview.highest
            )
        ],
        "bins": list(overview.bins),
        "alpha": _text(measured.alpha),
        "same_for_all": measured.same_for_all,
        "items": {str(question_id): _item(figures) for question_id, figures in measured.items.items()},
    }  # fmt: skip


def unpacked(kept: Mapping[str, object]) -> Measured:
    """Return figures as they were before `packed`."""
    mean, deviation, median, lowest, highest = map(_number, _list(kept.get("spread")))
    items = kept.get("items")
    return Measured(
        overview=Overview(
            _whole(kept.get("count")), mean, deviation, median, lowest, highest,
            [_whole(each) for each in _list(kept.get("bins"))],
        ),
        alpha=_number(kept.get("alpha")),
        same_for_all=kept.get("same_for_all") is True,
        items={
            int(question_id): _figures(_list(item)) for question_id, item in items.items()
        } if isinstance(items, dict) else {},
    )  # fmt: skip


def _item(figures: ItemFigures) -> list[object]:
    numbers = (figures.facility, figures.deviation, figures.correlation, figures.difference)
    return [
        figures.count,
        figures.blank,
        [_text(each) for each in numbers],
        [hint.value for hint in figures.hints],
        [_choice(each) for each in shown(figures.choices)],
    ]


def _figures(kept: Sequence[object]) -> ItemFigures:
    count, blank, numbers, hints, choices = kept
    facility, deviation, correlation, difference = map(_number, _list(numbers))
    return ItemFigures(
        _whole(count), facility or Decimal(0), deviation, correlation, difference, _whole(blank),
        tuple(_counted(_list(each)) for each in _list(choices)),
        tuple(Hint(str(each)) for each in _list(hints)),
    )  # fmt: skip


def _choice(counted: ChoiceCount) -> list[object]:
    choice = counted.choice
    text = [choice.part, choice.text.th, choice.text.en, choice.right, choice.offered]
    return [*text, counted.count, counted.upper, counted.lower]


def _counted(kept: Sequence[object]) -> ChoiceCount:
    part, th, en, right, offered, *numbers = kept
    choice = Choice(str(part), Bilingual(str(th), str(en)), right=right is True, offered=offered is True)
    count, upper, lower = map(_whole, numbers)
    return ChoiceCount(choice, count, upper, lower)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(kept: object) -> Decimal | None:
    return Decimal(kept) if isinstance(kept, str) else None


def _list(kept: object) -> list[object]:
    return kept if isinstance(kept, list) else []


def _whole(kept: object) -> int:
    return kept if isinstance(kept, int) else 0
