"""Keep the notice of what was just done in Flask's own cookie, at no cost for requests that have none."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer


class NoticeCookie(SecureCookieSessionInterface):
    """Flask's signed cookie; the signer is made once, and an answer nobody put a notice in is left alone."""

    def __init__(self, app: Flask) -> None:
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of the application's secret."""
        return self._signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie when a view looked at the notices or left one."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    """Use this cookie; call it once the application's secret is set."""
    app.session_interface = NoticeCookie(app)
