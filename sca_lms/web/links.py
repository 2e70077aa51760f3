"""Tell what a browser can follow to another site; pure."""

import re

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+\.?[^\s]*", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Tell whether a text can be followed as a link to another site."""
    return _WEB_ADDRESS.fullmatch(text) is not None
