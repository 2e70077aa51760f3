"""A text without a Thai translation does not pass unnoticed."""

import io
import shutil
from pathlib import Path

from babel.messages.pofile import read_po
from click.testing import CliRunner

from sca_lms.web import translate
from sca_lms.web.i18n import packages

MODULE = '''"""Say hello."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

GREETING = _l("Good morning")


def hello(name: str, count: int) -> str:
    return _("Hello %(name)s", name=name) + ngettext("%(num)d letter", "%(num)d letters", count)
'''


def a_package(place: Path, name: str = "post", module: str = MODULE) -> Path:
    package = place / name
    (package / "templates" / name).mkdir(parents=True)
    (package / "__init__.py").write_text('"""A package."""\n', encoding="utf-8")
    (package / "views.py").write_text(module, encoding="utf-8")
    (package / "templates" / name / "page.html").write_text("{{ _('Letters') }}", encoding="utf-8")
    return package


def translated(package: Path, thai: dict[str, str]) -> None:
    path = translate.catalogue_path(package)
    text = path.read_text(encoding="utf-8")
    for english, words in thai.items():
        head, _, tail = text.partition(f'msgid "{english}"')
        text = f'{head}msgid "{english}"' + tail.replace('""', f'"{words}"', 1)
    path.write_text(text, encoding="utf-8")


THAI = {
    "Good morning": "สวัสดีตอนเช้า",
    "Hello %(name)s": "สวัสดี %(name)s",
    "%(num)d letter": "จดหมาย %(num)d ฉบับ",
    "Letters": "จดหมาย",
}


def test_texts_of_modules_and_templates_are_found_and_wait(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    assert translate.update(package) == len(THAI)
    missing = [fault for fault in translate.faults(package) if "no Thai" in fault]
    assert len(missing) == len(THAI)


def test_a_translated_package_has_no_faults_and_stays_as_it_is(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    translate.update(package)
    translated(package, THAI)
    assert translate.update(package) == 0
    assert list(translate.faults(package)) == []
    before = translate.catalogue_path(package).read_bytes()
    translate.update(package)
    assert translate.catalogue_path(package).read_bytes() == before


def test_a_compiled_catalogue_that_is_old_is_a_fault(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    translate.update(package)
    translated(package, THAI)
    assert [fault for fault in translate.faults(package) if "older" in fault]


def test_a_lost_placeholder_is_a_fault(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    translate.update(package)
    translated(package, {**THAI, "Hello %(name)s": "สวัสดี %(nam)s"})
    translate.update(package)
    assert [fault for fault in translate.faults(package) if "Hello" in fault]


def test_a_text_that_left_the_code_leaves_the_catalogue(tmp_path: Path) -> None:
    package = a_package(tmp_path)
    translate.update(package)
    (package / "views.py").write_text('"""Nothing to say."""\n', encoding="utf-8")
    translate.update(package)
    assert "Good morning" not in translate.catalogue_path(package).read_text(encoding="utf-8")


def test_two_packages_must_not_translate_one_text_differently(tmp_path: Path) -> None:
    packages = [a_package(tmp_path, "post"), a_package(tmp_path, "mail")]
    for package, word in zip(packages, ("จดหมาย", "ตัวอักษร"), strict=True):
        translate.update(package)
        translated(package, {**THAI, "Letters": word})
    assert list(translate.conflicts(packages)) == ["post and mail translate 'Letters' differently"]
    shutil.rmtree(packages[1])
    assert list(translate.conflicts(packages[:1])) == []


def test_what_every_page_shares_is_translated_completely() -> None:
    result = CliRunner().invoke(translate.main, ["--check", "web"])
    assert "web:" not in result.output


def test_who_teaches_is_called_by_one_word_everywhere() -> None:
    """วิทยากร is a guest speaker; whoever runs a course is ผู้สอน."""
    catalogues = [path for path in map(translate.catalogue_path, packages()) if path.exists()]
    faults = [
        f"{path}: {message.id}"
        for path in catalogues
        for message in read_po(io.BytesIO(path.read_bytes()), locale="th")
        if "nstructor" in str(message.id) and "วิทยากร" in str(message.string)
    ]
    assert faults == []


def test_an_unknown_package_is_a_usage_error() -> None:
    assert CliRunner().invoke(translate.main, ["nowhere"]).exit_code == 2
