"""Flask as this tool uses it."""

from collections.abc import Callable
from typing import Any

from flask import Flask


class Application(Flask):
    """Flask for views that are plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:  # Flask's own signature.
        """Return the function as it is.

        No view and no hook here is asynchronous; asking each of them at each request took as long as the
        whole check of a signature.
        """
        return func
