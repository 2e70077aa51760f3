"""Fill in the custom parameters of a launch: names, variables, and whose value wins."""

import re
from collections.abc import Mapping

from sca_lms.demo.manners import Capitals, LaunchRules

_UNUSUAL = re.compile(r"[^a-z0-9]")


def custom_parameters(
    rules: LaunchRules, *, item: Mapping[str, str], tool: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str]:
    """Merge the tool's and the item's parameters and replace the variables that this host knows.

    A variable counts only as the whole value; an unknown one arrives as it was written.
    """
    merged = {**item, **tool} if rules.tool_custom_wins else {**tool, **item}
    filled = {name: _filled(rules, value, values) for name, value in merged.items()}
    if rules.custom_names is Capitals.BOTH:
        return {**{_UNUSUAL.sub("_", name.lower()): value for name, value in filled.items()}, **filled}
    return filled


def _filled(rules: LaunchRules, value: str, values: Mapping[str, str]) -> str:
    name = value.removeprefix("$")
    if value.startswith("$") and name in rules.variables:
        return values.get(name, "")
    return value
