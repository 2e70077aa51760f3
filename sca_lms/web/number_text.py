"""Write numbers the same way everywhere: 12,500,000, a real minus sign, no trailing zeros; pure."""

from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"


def number_text(value: Decimal | int, places: int | None = None) -> str:
    """Write a number with grouped thousands; without `places` trailing zeros are left out."""
    exact = Decimal(value)
    if not exact.is_finite():
        raise ValueError("only finite numbers can be shown")
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if exact < 0 else text


def percent_text(value: Decimal | int, locale: str, places: int | None = None, *, sign: bool = False) -> str:
    """Write a percentage given in points (60 for 60 %): `ร้อยละ 60` in Thai prose, `60%` with `sign`."""
    number = number_text(value, places)
    return f"ร้อยละ {number}" if locale == "th" and not sign else f"{number}%"
