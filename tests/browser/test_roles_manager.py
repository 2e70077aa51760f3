"""A manager's week in the host's activity: at a desk, in Thai, from the control room to the privacy desk."""

import csv
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.stories import THAI, WIDE, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

MANAGER = "301"
NEWCOMER, LATE_LEARNER = "กานต์ธิดา ใจกล้า", "ธนวัฒน์ ศรีเมือง"
OVERVIEW, PEOPLE, PROGRAMME = "ภาพรวม", "ผู้คน", "หลักสูตร"


def test_a_manager_s_overview_and_reports(tell: Tell, story_sites: TwoSites, tmp_path: Path) -> None:
    story = tell(WIDE, THAI)
    story.come_in(MANAGER)
    story.go(OVERVIEW)
    expect(story.heading()).to_have_text("ภาพรวมรุ่น")
    drills_down(story)
    reads_the_pictures(story, tmp_path)
    changes_a_rule(story)
    fetches_reports(story, tmp_path)
    sets_a_schedule(story)


def drills_down(story: Story) -> None:
    """From the weeks of everybody to an area, its learners, and the story of one."""
    story.follow(story.link("ทุกคน"))
    story.follow(story.link("ดูตามพื้นที่"))
    story.follow(story.frame.locator("table.heat").get_by_role("link", name="น่าน"))
    expect(story.frame.locator("table.heat tbody tr")).to_have_count(1)
    story.follow(story.frame.locator("table.heat").get_by_role("link", name=NEWCOMER))
    expect(story.heading()).to_contain_text(NEWCOMER)


def reads_the_pictures(story: Story, directory: Path) -> None:
    story.go(OVERVIEW)
    for twin in story.frame.locator("main summary", has_text="ดูเป็นตาราง").all():
        twin.click()
    story.look("the pictures as tables")
    story.follow(story.frame.get_by_role("link", name="วัน", exact=True))
    funnel = story.fetch(story.frame.locator("a[href$='/control/funnel.csv']"), directory)
    with funnel.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 5, "five activities below a head"
    trend = story.fetch(story.frame.locator("a[href$='/control/trend.xlsx']"), directory)
    sheet = openpyxl.load_workbook(trend, read_only=True).worksheets[0]
    assert sum(1 for _row in sheet.iter_rows()) > 5


def changes_a_rule(story: Story) -> None:
    """Ask for two late modules instead of one: looked at first, then saved."""
    story.go(OVERVIEW, "ผู้ที่ควรดูแล")
    expect(story.frame.locator("main")).to_contain_text(LATE_LEARNER)
    story.frame.locator("[name=modules_late_threshold]").fill("2")
    story.button("ดูว่าใครจะอยู่ในรายชื่อ").click()
    expect(story.frame.locator("#risk-preview .preview-number")).to_contain_text("1")
    story.look("rules with a preview")
    story.follow(story.button("บันทึกเกณฑ์"))
    expect(story.frame.locator("main")).to_contain_text("รายชื่อจะปรับภายในหนึ่งนาที")
    story.sites.work()
    story.go(OVERVIEW, "ผู้ที่ควรดูแล")
    expect(story.frame.locator("main")).not_to_contain_text(LATE_LEARNER)


def fetches_reports(story: Story, directory: Path) -> None:
    story.go(OVERVIEW, "รายงาน")
    cohort = story.fetch(story.link("CSV ภาพรวมรุ่น"), directory)
    with cohort.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 4
    assert any(NEWCOMER in row for row in rows)
    noticed = story.fetch(story.link("XLSX ผู้ที่ควรดูแล"), directory)
    cells = [
        str(value)
        for row in openpyxl.load_workbook(noticed, read_only=True).worksheets[0].iter_rows(values_only=True)
        for value in row
    ]
    assert NEWCOMER in cells
    assert LATE_LEARNER not in cells, "the rule of today leaves them out"


def sets_a_schedule(story: Story) -> None:
    story.frame.locator("[name=kind]").select_option(label="ชั่วโมง")
    story.frame.get_by_role("radio", name="ทุกสัปดาห์").check()
    story.follow(story.button("ตั้งเวลา"))
    expect(story.frame.locator("main")).not_to_contain_text("ยังไม่ได้ตั้งเวลารายงาน")


def test_a_manager_looks_after_pairs_the_log_and_requests_about_data(
    tell: Tell, story_sites: TwoSites
) -> None:
    story = tell(WIDE, THAI)
    story.come_in(MANAGER)
    story.go(PEOPLE, "การรับคำปรึกษา")
    story.follow(story.link("รายงานที่ขาด"))
    story.go(PEOPLE, "การรับคำปรึกษา")
    story.follow(story.link(NEWCOMER))
    searches_the_log(story)
    answers_a_request(story)


def searches_the_log(story: Story) -> None:
    story.go(PROGRAMME, "บันทึกการเปลี่ยนแปลง")
    story.frame.locator("[name=verb]").select_option(label="จับคู่")
    story.follow(story.button("ค้นหา"))
    expect(story.frame.locator("main tbody tr")).to_have_count(4)
    story.frame.locator("[name=subject]").fill("ไม่มีเรื่องนี้")
    story.follow(story.button("ค้นหา"))
    expect(story.frame.locator("main tbody tr")).to_have_count(0)


def answers_a_request(story: Story) -> None:
    """Somebody telephones and wants something put right."""
    story.go(PROGRAMME, "โต๊ะข้อมูลส่วนบุคคล")
    story.follow(story.link("บันทึกคำขอ"))
    story.search(story.frame.get_by_role("searchbox"), "ธนวัฒน์")
    story.follow(story.link(LATE_LEARNER))
    story.frame.locator("[name=kind]").select_option("correction")
    story.frame.locator("[name=subject]").fill("ชื่อเล่น")
    story.frame.locator("[name=text]").fill("โทรมาจากหมายเลขที่ลงทะเบียนไว้ ขอแก้ชื่อเล่น")
    story.follow(story.frame.locator("main form button[type=submit]").last)
    story.frame.locator("[name=answer]").fill("แก้ชื่อเล่นให้แล้ว")
    story.follow(story.frame.locator("button[name=decision][value=grant]"))
    expect(story.frame.locator("main")).to_contain_text("แก้ชื่อเล่นให้แล้ว")
    story.go(PROGRAMME, "โต๊ะข้อมูลส่วนบุคคล")
    story.follow(story.link("ระยะเวลาเก็บ"))
