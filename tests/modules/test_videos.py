"""How a video is shown hangs on where it is."""

import pytest

from sca_lms.modules.plan import Playback
from sca_lms.modules.videos import embed_address, origin_of, playback_of


@pytest.mark.parametrize(
    ("url", "playback"),
    [
        ("", Playback.NONE),
        ("/static/samples/day.webm", Playback.FILE),
        ("https://media.example.org/day.MP4?token=1", Playback.FILE),
        ("https://youtu.be/abc", Playback.EMBED),
        ("https://vimeo.com/123", Playback.EMBED),
        ("https://example.org/watch", Playback.NONE),
    ],
)
def test_files_play_here_hosted_videos_in_a_frame_and_others_not_at_all(url: str, playback: Playback) -> None:
    assert playback_of(url) is playback


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://youtu.be/abc", "https://www.youtube-nocookie.com/embed/abc"),
        ("https://www.youtube.com/watch?v=abc&t=3", "https://www.youtube-nocookie.com/embed/abc"),
        ("https://www.youtube.com/shorts/abc", "https://www.youtube-nocookie.com/embed/abc"),
        ("https://www.youtube-nocookie.com/embed/abc", "https://www.youtube-nocookie.com/embed/abc"),
        ("https://vimeo.com/123", "https://player.vimeo.com/video/123?dnt=1"),
        ("https://player.vimeo.com/video/123", "https://player.vimeo.com/video/123?dnt=1"),
    ],
)
def test_a_hosted_video_gets_the_address_for_a_frame(url: str, address: str) -> None:
    assert embed_address(url) == address


def test_only_other_sites_have_an_origin_to_name() -> None:
    assert origin_of("https://media.example.org:8443/a/b.webm") == "https://media.example.org:8443"
    assert origin_of("/static/samples/day.webm") is None
