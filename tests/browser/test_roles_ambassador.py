"""An ambassador's day in the host's activity: on a phone, in Thai, from Today to the data kept about them."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.stories import NARROW, THAI, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

LATE_LEARNER = "102"
"""Came late to some sessions, and has one module to complete: its task and its quiz."""
PICTURE = (Path(__file__).parents[2] / "sca_lms" / "web" / "static" / "lti" / "icon-128.png").read_bytes()


def test_an_ambassador_s_day_from_today_to_their_own_data(tell: Tell, story_sites: TwoSites) -> None:
    story = tell(NARROW, THAI)
    story.come_in(LATE_LEARNER)
    story.look("Today")
    does_what_needs_them(story)
    takes_the_quiz(story)
    asks_for_a_make_up(story)
    sees_the_way_and_the_grades(story, story_sites)
    reads_notices(story)
    asks_about_their_data(story)


def does_what_needs_them(story: Story) -> None:
    """Follow the first thing that needs them into its module and say that the task is done."""
    expect(story.frame.get_by_role("heading", name="รอคุณ 3 เรื่อง")).to_be_visible()
    story.follow(story.link("เรียนต่อ การทำงานด้วยแนวคิด Co-creation"))
    story.follow(story.link("ออกแบบเวทีร่วมคิดกับประชาชน 90 นาที"))
    story.follow(story.button("ฉันทำเสร็จแล้ว"))
    expect(story.frame.get_by_text("เสร็จแล้ว").first).to_be_visible()


def takes_the_quiz(story: Story) -> None:
    """Answer every question of the module's quiz somehow, and read what came of it."""
    story.follow(story.frame.locator(".onward a[rel=next]"))
    story.follow(story.link("ไปทำแบบทดสอบ"))
    story.follow(story.frame.locator("form[action$='/attempts'] button"))
    for question in story.frame.locator("[data-question]").all():
        choices = question.locator("input[type=radio], input[type=checkbox]")
        if choices.count():
            choices.first.check()
        else:
            question.locator("input").first.fill("1")
    story.frame.wait_for_selector('[data-save-state][data-state="saved"]', state="attached")
    story.follow(story.frame.locator("button[name=action][value=submit]"))
    expect(story.frame.locator(".tiles")).to_be_visible()


def asks_for_a_make_up(story: Story) -> None:
    story.go("ชั่วโมงของฉัน")
    story.follow(story.link("ไม่เต็มคาบ"))
    why = story.frame.locator("main details", has_text="มาช้า").first
    why.locator("summary").click()
    story.follow(why.get_by_role("link", name="ขอชดเชย"))
    story.frame.get_by_label("สิ่งที่ทำชดเชย").fill("อ่านสไลด์และสรุปบทเรียนหนึ่งหน้า")
    evidence = FilePayload(name="summary.png", mimeType="image/png", buffer=PICTURE)
    story.frame.locator("input[type=file]").set_input_files(evidence)
    story.follow(story.button("ส่งคำขอ"))
    expect(story.heading()).to_have_text("คำขอของฉัน")
    expect(story.frame.locator("main")).to_contain_text("อ่านสไลด์และสรุปบทเรียนหนึ่งหน้า")


def sees_the_way_and_the_grades(story: Story, sites: TwoSites) -> None:
    story.go("เส้นทาง")
    expect(story.frame.get_by_role("heading", level=3)).to_have_count(5)
    sites.work()
    story.go("วันนี้")
    story.follow(story.link("ใบรับของ ผลการเรียนก่อนเข้าค่าย"))
    expect(story.frame.locator("#receipt-PRE")).to_contain_text("ส่งแล้ว")


def reads_notices(story: Story) -> None:
    story.follow(story.frame.locator("a.bell"))
    story.follow(story.link("การรับอีเมล"))
    story.frame.get_by_role("group", name="คำขอนัดหมาย").get_by_label("วันละครั้ง").check()
    story.follow(story.button("บันทึก"))
    story.follow(story.frame.locator("a.bell"))
    story.follow(story.button("ทำเครื่องหมายว่าอ่านแล้วทั้งหมด"))
    expect(story.frame.locator(".bell-count")).to_have_count(0)


def asks_about_their_data(story: Story) -> None:
    """Open the menu under their name, ask for an archive and for a correction, and take the latter back."""
    story.frame.locator("header .who summary").first.click()
    story.follow(story.frame.locator("header").get_by_role("link", name="ข้อมูลของฉัน"))
    story.follow(story.link("ขอแก้ไขข้อมูล"))
    story.frame.get_by_role("textbox", name="ข้อมูลที่ถูกต้องคืออะไร").fill("ชื่อเล่นของฉันสะกดผิด")
    story.follow(story.button("ส่งคำขอ"))
    expect(story.heading()).to_have_text("ข้อมูลของฉัน")
    expect(story.frame.locator("form[action$='/withdraw']")).to_be_visible()
