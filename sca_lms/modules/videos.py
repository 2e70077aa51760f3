"""Tell how the address of a video can be shown, and from where; pure.

Which addresses a programme may name is decided by `programmes.links`.
"""

from urllib.parse import parse_qs, urlsplit

from sca_lms.modules.plan import Playback
from sca_lms.programmes.links import EMBED_HOSTS, VIDEO_SUFFIXES

_YOUTUBE = frozenset({"www.youtube-nocookie.com", "www.youtube.com", "youtu.be"})
_PATH_PREFIXES = ("embed/", "video/", "shorts/", "live/")


def playback_of(url: str) -> Playback:
    """Tell how a video is shown: by our own player, in a frame of its host, or not at all."""
    if not url:
        return Playback.NONE
    parts = urlsplit(url)
    if parts.path.lower().endswith(VIDEO_SUFFIXES):
        return Playback.FILE
    return Playback.EMBED if parts.hostname in EMBED_HOSTS else Playback.NONE


def embed_address(url: str) -> str:
    """Return the address of a hosted video for a frame, in the form that keeps the fewest cookies."""
    parts = urlsplit(url)
    name = parts.path.strip("/")
    for prefix in _PATH_PREFIXES:
        name = name.removeprefix(prefix)
    if parts.hostname in _YOUTUBE:
        name = (parse_qs(parts.query).get("v") or [name])[0]
        return f"https://www.youtube-nocookie.com/embed/{name}"
    return f"https://player.vimeo.com/video/{name}?dnt=1"


def origin_of(url: str) -> str | None:
    """Return the origin of an address on another site, None for one of our own."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None
