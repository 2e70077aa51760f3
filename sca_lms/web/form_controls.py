"""Give a form control the attributes that tie it to its hint and its error."""

from collections.abc import Mapping

from wtforms.fields.core import Field


def control_attributes(
    field: Field, own_class: str, hint: str, given: Mapping[str, object]
) -> dict[str, object]:
    """Return what the control is rendered with: its classes, and what describes it to a screen reader."""
    classes = [own_class]
    described = [f"{field.id}-hint"] if hint else []
    attributes = {name: value for name, value in given.items() if name != "class"}
    if field.errors:
        classes.append("is-invalid")
        described.append(f"{field.id}-error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    classes += [str(source.get("class") or "") for source in (field.render_kw or {}, given)]
    return {"class": " ".join(filter(None, classes)), **attributes}
