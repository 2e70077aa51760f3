"""The pieces of a page are complete, in both languages, and free of inline script and style."""

import re

import pytest
from flask.testing import FlaskClient

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize(
    "path", ["/gallery", "/gallery?faults=1&done=1", "/gallery?lang=en&theme=auto", "/message", "/wrong/500"]
)
def test_no_page_holds_inline_script_or_style(visitor: FlaskClient, path: str) -> None:
    assert not INLINE.findall(visitor.get(path).text)


@pytest.mark.parametrize("path", ["/gallery?faults=1", "/message", "/wrong/404"])
def test_ids_are_unique_and_whatever_is_described_exists(visitor: FlaskClient, path: str) -> None:
    page = visitor.get(path).text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    pointed = [
        i for names in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page) for i in names.split()
    ]
    assert set(pointed) | set(re.findall(r'<label[^>]* for="([^"]+)"', page)) <= set(ids)


def test_the_page_speaks_the_readers_language(visitor: FlaskClient) -> None:
    thai, english = visitor.get("/gallery").text, visitor.get("/gallery?lang=en&theme=dark").text
    assert '<html lang="th" data-bs-theme="light"' in thai
    assert '<html lang="en" data-bs-theme="dark"' in english
    assert "ข้ามไปเนื้อหา" in thai
    assert "Skip to the content" in english
    assert "คุณปวีณา" in thai
    assert '<span lang="en">Only in English</span>' in thai
    assert "แสดง 1–25 จาก 150 คน" in thai
    assert "151 <small>h</small> 30 <small>min</small>" in english


def test_the_title_is_the_heading_and_the_course(visitor: FlaskClient) -> None:
    page = visitor.get("/gallery").text
    assert "<title>ชิ้นส่วนของทุกหน้า · SCA รุ่นที่ 2</title>" in page
    assert page.count("<h1") == 1


def test_the_dock_has_five_places_and_the_last_holds_the_rest(visitor: FlaskClient) -> None:
    dock = visitor.get("/gallery").text.partition('<nav class="dock"')[2].partition("</nav>")[0]
    shown, _, rest = dock.partition("<details")
    assert shown.count("<a ") == 4
    assert rest.count("<a ") == 3
    assert "เพิ่มเติม" in rest


def test_a_refused_form_says_what_is_wrong_and_keeps_what_was_typed(visitor: FlaskClient) -> None:
    page = visitor.get("/gallery?faults=1").text
    assert 'data-error-code="too-late"' in page
    assert '<a href="#title">ชื่อผู้ใหญ่ที่ปรึกษา</a>' in page
    assert 'aria-describedby="title-hint title-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="2565-09-29"' in page
    assert "หมายถึง ค.ศ. 2022 ใช่หรือไม่" in page
    assert 'data-value="2022-09-29"' in page


def test_a_switch_of_language_works_without_script(visitor: FlaskClient) -> None:
    page = visitor.get("/gallery?page=2").text
    form = page.partition('<form class="lang"')[2].partition("</form>")[0]
    assert 'method="post" action="/preferences"' in form
    assert 'name="next" value="/gallery?page=2"' in form
    assert '<button type="submit" name="locale" value="en" lang="en">' in form


def test_a_notice_is_announced_and_can_be_closed(visitor: FlaskClient) -> None:
    page = visitor.get("/gallery?done=1").text
    assert 'class="toasts" role="status"' in page
    assert 'เช็กอินแล้ว 13:08 น. <a href="#undo">เลิกทำ</a>' in page


def test_a_bar_never_leaves_its_track(visitor: FlaskClient) -> None:
    widths = [float(width) for width in re.findall(r' width="([\d.]+)%"', visitor.get("/gallery").text)]
    assert widths
    assert max(widths) <= 100
