"""One marker in two windows: both texts are shown, and nothing that was typed is lost."""

from sca_lms.marking.models import Mark, MarkDraft
from tests.marking.desk import Desk, count


def test_a_later_window_of_the_same_marker_shows_both_and_overwrites_nothing(desk: Desk) -> None:
    typed = {"row_version": "0", "draft_version": "0"}
    first = desk.post(desk.one, f"{desk.work}/draft", **typed, comment="ครึ่งทาง", **{"level-C1": "3"})
    version = first.get_json()["draft_version"]
    later = desk.post(desk.one, f"{desk.work}/draft", **typed, comment="อีกหน้าต่าง", **{"level-C1": "1"})
    assert later.status_code == 409
    assert later.get_json()["moved"] is True
    assert "ครึ่งทาง" in desk.one.get(desk.work).text
    compared = desk.post(
        desk.one, f"{desk.work}/draft/compare", **typed, comment="อีกหน้าต่าง", **{"level-C1": "1"}
    )
    assert compared.status_code == 409
    assert "ครึ่งทาง" in compared.text
    assert "อีกหน้าต่าง" in compared.text
    assert 'name="level-C1" value="1" checked' in compared.text
    assert f'name="draft_version" value="{version}"' in compared.text


def test_saving_from_a_window_that_knows_an_older_draft_shows_both(desk: Desk) -> None:
    kept = desk.post(desk.one, f"{desk.work}/draft", row_version="0", draft_version="0", comment="ครึ่งทาง")
    stale = desk.mark(desk.one, draft_version="0")
    assert stale.status_code == 409
    assert "ครึ่งทาง" in stale.text
    assert count(desk.app, Mark) == 0
    assert desk.mark(desk.one, draft_version=kept.get_json()["draft_version"]).status_code == 302
    assert (count(desk.app, Mark), count(desk.app, MarkDraft)) == (1, 0)


def test_the_same_text_from_two_windows_is_no_conflict(desk: Desk) -> None:
    first, second = (
        desk.post(desk.one, f"{desk.work}/draft", row_version="0", draft_version="0", comment="ครึ่งทาง")
        for _window in range(2)
    )
    assert first.get_json()["draft_version"] == second.get_json()["draft_version"]


def test_a_window_that_knows_a_discarded_draft_does_not_overwrite_the_one_begun_since(desk: Desk) -> None:
    address, typed = f"{desk.work}/draft", {"row_version": "0"}
    discarded = desk.post(desk.one, address, **typed, draft_version="0", comment="ครึ่งทาง").get_json()
    desk.post(desk.one, f"{address}/discard")
    desk.post(desk.one, address, **typed, draft_version="0", comment="เริ่มใหม่")
    stale = desk.post(
        desk.one, address, **typed, draft_version=str(discarded["draft_version"]), comment="หน้าต่างเก่า"
    )
    assert (stale.status_code, stale.get_json()["moved"]) == (409, True)
    assert "เริ่มใหม่" in desk.one.get(desk.work).text


def test_comparing_with_a_draft_that_is_gone_keeps_what_this_window_holds(desk: Desk) -> None:
    answer = desk.post(desk.one, f"{desk.work}/draft/compare", row_version="0", comment="ของหน้าต่างนี้")
    assert answer.status_code == 303
    assert "ของหน้าต่างนี้" in desk.one.get(desk.work).text


def test_a_fault_in_one_window_does_not_overwrite_what_the_other_one_typed(desk: Desk) -> None:
    desk.post(desk.one, f"{desk.work}/draft", row_version="0", draft_version="0", comment="ครึ่งทาง")
    stale = desk.mark(desk.one, draft_version="0", comment="ย" * 20_001)
    assert stale.status_code == 409
    assert "ครึ่งทาง" in stale.text
    assert "ครึ่งทาง" in desk.one.get(desk.work).text
