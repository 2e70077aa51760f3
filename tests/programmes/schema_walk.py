"""Walk the schema of programme files, for tests that compare it with what is written about it."""

from collections.abc import Iterator, Mapping

from sca_lms.programmes.shapes import Field, Group, ListOf, NamedValues, Shape
from sca_lms.programmes.variants import Variants, Words

Row = tuple[str, str, str, str]
"""Path of the group, name of the field, type, "yes" or "no" for whether it must be there."""


def documented_rows(shape: Shape) -> list[Row]:
    """List every field of every group below a shape, groups in the order of the schema, none twice."""
    return list(dict.fromkeys(_walk(shape, "")))


def _walk(shape: Shape, path: str) -> Iterator[Row]:
    if isinstance(shape, Group):
        yield from _rows(shape.fields, path, path)
    elif isinstance(shape, Variants):
        yield from _rows(shape.common, path, path)
        for name, fields in shape.cases.items():
            yield from _rows(fields, f"{path} of type {name}", path)
    elif isinstance(shape, Words):
        yield from _rows(shape.also, path, path)
    elif isinstance(shape, ListOf):
        yield from _walk(shape.each, f"{path}[]")
    elif isinstance(shape, NamedValues):
        yield from _walk(shape.each, f"{path}.<name>")


def _rows(fields: Mapping[str, Field], shown_path: str, path: str) -> Iterator[Row]:
    for name, field in fields.items():
        yield shown_path or "file", name, field.shape.label, "yes" if field.required else "no"
    for name, field in fields.items():
        yield from _walk(field.shape, f"{path}.{name}" if path else name)
