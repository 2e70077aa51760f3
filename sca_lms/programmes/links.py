"""Judge the addresses a programme file may name; what is refused here is never shown to a learner."""

from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from sca_lms.programmes.shapes import Link
from sca_lms.texts import worded

# The pages of these hosts may be framed by the unit player, so its Content-Security-Policy names them.
EMBED_HOSTS = ("www.youtube-nocookie.com", "www.youtube.com", "youtu.be", "player.vimeo.com", "vimeo.com")
VIDEO_SUFFIXES = (".mp4", ".webm")


def _judge_page(address: str) -> None:
    _https(address)


def _judge_video(address: str) -> None:
    if address.startswith("/"):
        path = PurePosixPath(address)
        plain = str(path) == address and ".." not in path.parts and not set(address) & set("\\?#%:")
        if not (plain and address.startswith("/static/") and path.suffix.lower() in VIDEO_SUFFIXES):
            raise ValueError(
                worded("must be a file of this server like /static/samples/name.webm (mp4 or webm)")
            )
        return
    parts = _https(address)
    if parts.hostname not in EMBED_HOSTS and not parts.path.lower().endswith(VIDEO_SUFFIXES):
        hosts = ", ".join(EMBED_HOSTS)
        raise ValueError(worded("must lead to an mp4 or webm file or to one of %(hosts)s", hosts=hosts))


def _https(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(worded("is not an address")) from None
    if parts.scheme != "https" or not parts.hostname or not port_is_fine:
        raise ValueError(worded("must be an address that starts with https://"))
    if parts.username is not None or parts.password is not None:
        raise ValueError(worded("must not hold a user name or a password"))
    if len(address) > 2000 or any(
        char.isspace() or not char.isprintable() or char in '"<>\\' for char in address
    ):
        raise ValueError(
            worded("must be one address without spaces, quotes or angle brackets, at most 2000 characters")
        )
    return parts


PAGE_LINK = Link(worded("address that starts with https://"), _judge_page)
VIDEO_LINK = Link(worded("video address (https:// or /static/…)"), _judge_video)
