"""Run the pretend LMS inside a test, on a free port of loopback."""

import socket
import threading
from dataclasses import replace
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import make_server

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.platform import QuietHandler, create_platform, lms_of
from sca_lms.demo.settings import PlatformSettings

HOST = "127.0.0.1"
STOP_SECONDS = 0.02


class RunningPlatform:
    """A pretend LMS that answers at `url` until the `with` block ends.

    The port is free when it is chosen, so `base_url` of the settings is replaced by `http://NAME:PORT`.
    """

    def __init__(self, settings: PlatformSettings, *, name: str = "localhost") -> None:
        self._socket = socket.create_server((HOST, 0))
        self.url = f"http://{name}:{self._socket.getsockname()[1]}"
        self.app: Flask = create_platform(replace(settings, base_url=self.url))
        self.lms: PretendLms = lms_of(self.app)
        self._server = make_server(
            HOST, 0, self.app, threaded=True, fd=self._socket.fileno(), request_handler=QuietHandler
        )
        # It looks that often whether it shall stop; the usual half second would be waited for at every stop.
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": STOP_SECONDS}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._socket.close()
