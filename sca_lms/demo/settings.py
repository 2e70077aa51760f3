"""Say where the pretend LMS lives, whom it has and how it behaves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import RSAKey

from sca_lms.demo.keys import fetch_keys
from sca_lms.demo.manners import Personality
from sca_lms.demo.notices import post_notice
from sca_lms.demo.personalities import PRETEND
from sca_lms.demo.site import SiteState

SITE_NAME = "Pretend LMS"


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """What `create_platform` needs; `base_url` is the issuer and has no slash at its end."""

    base_url: str
    site: SiteState
    personality: Personality = PRETEND
    state_file: Path | None = None
    signing_key: RSAKey | None = None
    fetch_tool_keys: Callable[[str], object] = fetch_keys
    post_notice: Callable[[str, dict[str, object]], int] = post_notice
    secret_key: str = ""
    featured: dict[str, str] = field(default_factory=dict)  # Role name to user id, for the big buttons.
