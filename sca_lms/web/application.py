"""Flask as this tool uses it."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from sca_lms.web import express


class Application(Flask):
    """Flask for views that are plain functions, with express counters before it."""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer at an express counter, else as Flask does."""
        answered = express.serve(self, environ, start_response)
        return super().wsgi_app(environ, start_response) if answered is None else answered

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:  # Flask's own signature.
        """Return the function as it is.

        No view and no hook here is asynchronous; asking each of them at each request took as long as the
        whole check of a signature.
        """
        return func
