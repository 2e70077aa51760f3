"""Read what the gradebook is asked: a filter, a score set by hand, weights, a file of scores."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from wtforms import validators
from wtforms.form import BaseForm

from sca_lms.gradebook.columns import Column
from sca_lms.gradebook.queries import ORDERS, TOTAL, TOTAL_OF_ALL, Asked
from sca_lms.gradebook.rules import Kind, Shown
from sca_lms.grades.overrides import LONGEST_REASON
from sca_lms.web.forms import LARGEST_INTEGER, Form, ScoreField
from sca_lms.web.forms import lazy_label as _l

LONGEST_SEARCH = 100
LARGEST_WEIGHT = Decimal(1000)
LARGEST_FILE_BYTES = 10 * 1024 * 1024
DOWN = "down"
WHY = (
    validators.InputRequired(_l("Write why; it stays with the score.")),
    validators.Length(max=LONGEST_REASON),
)


class ScoreForm(Form):
    """A score that an instructor sets, and why."""

    value = ScoreField(_l("Score"), [validators.InputRequired(_l("Write the score that is to count."))])
    reason = wtforms.TextAreaField(
        _l("Reason"),
        WHY,
        render_kw={"rows": 3},
    )
    visible = wtforms.BooleanField(_l("The learner may read the reason"))


class RemovalForm(Form):
    """Why a score that was set is taken back."""

    reason = wtforms.TextAreaField(
        _l("Reason for removing it"),
        WHY,
        render_kw={"rows": 2},
    )


class FileForm(Form):
    """A file of scores, and the one reason for all of them."""

    file = wtforms.FileField(_l("File"), render_kw={"accept": ".csv,.xlsx"})
    reason = wtforms.TextAreaField(
        _l("Reason"),
        WHY,
        render_kw={"rows": 2},
    )
    visible = wtforms.BooleanField(_l("The learners may read the reason"))


def weights_form(all_columns: Sequence[Column], sent: Mapping[str, str] | None) -> BaseForm:
    """Return a form with one field for the weight of each column, called `w0`, `w1` and so on."""
    fields = {
        f"w{place}": ScoreField(
            column.title.pick("en")[0] or column.code,
            [
                validators.InputRequired(_l("Write a number; 0 does not count.")),
                validators.NumberRange(
                    min=Decimal(0), max=LARGEST_WEIGHT, message=_l("Write a number from 0 to 1000.")
                ),
            ],
        )
        for place, column in enumerate(all_columns)
    }
    form_class = type("WeightsForm", (Form,), fields)
    found: BaseForm = form_class(
        sent, data={f"w{place}": column.weight for place, column in enumerate(all_columns)}
    )
    return found


def read_asked(arguments: Mapping[str, str], codes: Collection[str]) -> Asked:
    """Return what the address asks for; what makes no sense is left out."""
    kind, shown = arguments.get("kind", ""), arguments.get("state", "")
    column, order = arguments.get("column", ""), arguments.get("order", "")
    return Asked(
        search=_text(arguments, "q"),
        group=_text(arguments, "group"),
        area=_text(arguments, "area"),
        kind=Kind(kind) if kind in set(Kind) else None,
        shown=Shown(shown) if shown in set(Shown) else None,
        column=column if column in codes else "",
        order=order if order in {*ORDERS, TOTAL, TOTAL_OF_ALL} or order in codes else "name",
        descending=arguments.get("direction") == DOWN,
    )


def arguments_of(asked: Asked) -> dict[str, Any]:  # As `url_for` takes them.
    """Return the parts of an address that ask for this; `read_asked` reads them."""
    found = {
        "q": asked.search,
        "group": asked.group,
        "area": asked.area,
        "kind": asked.kind or "",
        "state": asked.shown or "",
        "column": asked.column,
        "order": "" if asked.order == "name" else asked.order,
        "direction": DOWN if asked.descending else "",
    }
    return {name: value for name, value in found.items() if value}


def read_seen(sent: Mapping[str, str]) -> int:
    """Return the entry that was shown with a form; what is no number is older than every entry."""
    text = sent.get("seen", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else -1
    return number if number <= LARGEST_INTEGER else -1


def _text(arguments: Mapping[str, str], name: str) -> str:
    return arguments.get(name, "").replace("\0", "").strip()[:LONGEST_SEARCH]
