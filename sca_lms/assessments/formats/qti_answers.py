"""Read what an item of QTI declares to be right."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.assessments.formats.bank import Collector
from sca_lms.assessments.formats.drafting import Found, numbers, percent_of, plain_number, typed_answers
from sca_lms.assessments.formats.xml_lines import Node

_SHARE = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Declared:
    """A responseDeclaration: the correct values in their order, and what single values earn."""

    node: Node
    cardinality: str
    base_type: str
    correct: tuple[str, ...]
    mapped: Mapping[str, Decimal]
    otherwise: Decimal
    case_sensitive: bool


def declared(node: Node) -> Declared:
    """Read one responseDeclaration."""
    correct, mapping = node.find("correctResponse"), node.find("mapping")
    entries = mapping.find_all("mapEntry") if mapping else []
    values = {
        entry.attributes.get("mapKey", ""): percent_of(entry.attributes.get("mappedValue", ""))
        for entry in entries
    }
    otherwise = percent_of(mapping.attributes.get("defaultValue", "0")) if mapping else None
    return Declared(
        node,
        node.attributes.get("cardinality", "single"),
        node.attributes.get("baseType", "identifier"),
        tuple(value.text().strip() for value in correct.find_all("value")) if correct else (),
        {key: value for key, value in values.items() if value is not None},
        otherwise or Decimal(0),
        any(entry.attributes.get("caseSensitive") == "true" for entry in entries),
    )


def texts_found(response: Declared, collector: Collector) -> dict[str, object]:
    """Return which texts may be typed; a mapping says what each earns."""
    best = max([*response.mapped.values(), Decimal(0)])
    found = []
    for text in dict.fromkeys([*response.correct, *response.mapped]):
        percent = Decimal(100)
        if text in response.mapped and best > 0:
            percent = (max(Decimal(0), response.mapped[text]) * 100 / best).quantize(_SHARE).normalize()
        if percent > 0:
            # A star is a letter like any other in QTI.
            plain = text.replace("*", "\\*")
            found.append(Found({"th": plain, "en": plain}, percent))
    return typed_answers(found, collector, response.node.line, case_sensitive=response.case_sensitive)


def number_found(response: Declared, root: Node, collector: Collector) -> dict[str, object]:
    """Return which number may be typed; how far off it may be stands in the processing."""
    tolerance = "0"
    for node in root.walk():
        if node.tag == "equal" and node.attributes.get("toleranceMode") == "absolute":
            tolerance = plain_number((node.attributes.get("tolerance", "0").split() or ["0"])[0])
    values = response.correct or tuple(key for key, value in response.mapped.items() if value > 0)
    found = [Found({"th": value, "en": value}, Decimal(100), tolerance=tolerance) for value in values[:1]]
    return numbers(found, collector, response.node.line)
