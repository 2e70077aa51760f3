"""Say in our own words, in both languages, what the built-in validators of WTForms complain about."""

import re

from flask_babel import gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString

# Left: what WTForms says. Right: what the person reads; each says what to do.
_SENTENCES: dict[str, LazyString] = {
    "This field is required.": lazy_gettext("Fill in this field."),
    "Not a valid integer value.": lazy_gettext("Write a whole number, such as 12."),
    "Not a valid decimal value.": lazy_gettext("Write a number, such as 12.5."),
    "Not a valid float value.": lazy_gettext("Write a number, such as 12.5."),
    "Not a valid date value.": lazy_gettext("Write the day as year-month-day, such as 2022-09-29."),
    "Not a valid datetime value.": lazy_gettext("Write the day and the time, such as 2022-09-29 13:15."),
    "Not a valid time value.": lazy_gettext("Write the time as 13:15."),
    "Not a valid choice.": lazy_gettext("Choose one of the answers offered."),
    "Invalid Choice: could not coerce.": lazy_gettext("Choose one of the answers offered."),
    "Invalid email address.": lazy_gettext("Write an e-mail address, such as name@example.org."),
    "Invalid URL.": lazy_gettext("Write a web address that begins with https://."),
    "Invalid UUID.": lazy_gettext("Write the identifier as it was given to you."),
    "Invalid IP address.": lazy_gettext("Write an IP address, such as 192.0.2.1."),
    "Invalid input.": lazy_gettext("Write this the way the hint shows."),
    "Number must be at least %(min)s.": lazy_gettext("Write a number of %(min)s or more."),
    "Number must be at most %(max)s.": lazy_gettext("Write a number of %(max)s or less."),
    "Number must be between %(min)s and %(max)s.": lazy_gettext("Write a number from %(min)s to %(max)s."),
    "Field must be equal to %(other_name)s.": lazy_gettext("Write the same as in “%(other_label)s”."),
    "Field must be between %(min)d and %(max)d characters long.": lazy_gettext(
        "Use %(min)d to %(max)d characters."
    ),
    "Date must be at least %(min)s.": lazy_gettext("Choose %(min)s or a later day."),
    "Date must be at most %(max)s.": lazy_gettext("Choose %(max)s or an earlier day."),
    "Date must be between %(min)s and %(max)s.": lazy_gettext("Choose a day from %(min)s to %(max)s."),
    "This field cannot be edited.": lazy_gettext("This cannot be changed here."),
    "This field is disabled and cannot have a value.": lazy_gettext("This cannot be changed here."),
}
_LENGTH = re.compile(r"Field (?P<rule>must be at least|cannot be longer than|must be exactly) ")


class FormMessages:
    """The translations that WTForms asks; what it says and we do not know goes through the catalogue."""

    def gettext(self, string: str) -> str:
        """Return our sentence for one of WTForms."""
        known = _SENTENCES.get(string)
        return gettext(string) if known is None else str(known)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return our sentence for one of WTForms about `n` characters."""
        rule = match["rule"] if (match := _LENGTH.match(singular)) else ""
        if rule == "must be at least":
            return ngettext("Use at least %(num)d character.", "Use at least %(num)d characters.", n)
        if rule == "cannot be longer than":
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", n)
        if rule == "must be exactly":
            return ngettext("Use exactly %(num)d character.", "Use exactly %(num)d characters.", n)
        if "valid choice" in singular:
            return gettext("Choose one of the answers offered.")
        return singular if n == 1 else plural
