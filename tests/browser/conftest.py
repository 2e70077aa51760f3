"""Two sites for each module of stories, and a teller who opens windows for those they are about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import stories, two_sites
from tests.browser.stories import Tell
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import TwoSites


@pytest.fixture(scope="module")
def story_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--mute-audio"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def story_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    """The sample in the middle of its bootcamp, with everything worked out and sent."""
    with two_sites.running(tmp_path_factory.mktemp("story")) as found:
        found.work()
        yield found


@pytest.fixture
def tell(story_chromium: Browser, story_sites: TwoSites) -> Iterator[Tell]:
    """Open windows; what is wrong on any page that is looked at fails the test."""
    with stories.told_in(story_chromium, story_sites) as found:
        yield found
