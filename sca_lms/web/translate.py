"""Keep the Thai catalogues equal to the texts in the code.

Run it as `python -m sca_lms.web.translate [--check] [PACKAGE …]`. Each package has its own catalogue.
Without `--check` new texts are added to it, old ones leave it, and it is compiled; with it nothing is
written, and every text without a Thai translation is named.
"""

import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from sca_lms import __version__, clock
from sca_lms.web.i18n import PRETEND_LMS, packages

LOCALE = "th"
DOMAIN = "messages"

_METHODS: list[tuple[str, str]] = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
_OPTIONS: dict[str, dict[str, object]] = {
    "**/templates/**.html": {"silent": "false"},
    "**/templates/**.txt": {"silent": "false"},
}
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "worded": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
}

Key = tuple[str, str | None]


def extracted(package: Path) -> Catalog:
    """Return every text of a package's modules and templates."""
    catalog = Catalog(charset="utf-8")
    for filename, _line, texts, comments, context in extract_from_dir(
        package, _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=("Translators:",)
    ):
        where = f"{package.name}/{filename}"
        catalog.add(texts, None, [(where, 0)], auto_comments=comments, context=context)
    return catalog


def catalogue_path(package: Path, suffix: str = "po") -> Path:
    """Return where a package keeps its catalogue, and with `mo` the compiled one."""
    return package / "translations" / LOCALE / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def stored(package: Path) -> Catalog:
    """Return a package's catalogue as it stands, empty when there is none."""
    path = catalogue_path(package)
    if not path.exists():
        return _new()
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, abort_invalid=True)


def _new() -> Catalog:
    catalog = Catalog(
        locale=LOCALE,
        header_comment="# Thai texts of SCA LMS.",
        project="SCA LMS",
        version=__version__,
        msgid_bugs_address="SCA LMS",
        last_translator="SCA LMS",
        language_team="Thai",
        charset="utf-8",
        fuzzy=False,
        creation_date=clock.now(),
    )
    catalog.revision_date = catalog.creation_date
    return catalog


def update(package: Path) -> int:
    """Write and compile a package's catalogue; return how many texts still wait for a translation."""
    texts = extracted(package)
    catalog = stored(package)
    if not _texts(texts) and not catalogue_path(package).exists():
        return 0
    # The dates of the header stay, or every run would be a change.
    created, revised = catalog.creation_date, catalog.revision_date
    catalog.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalog.creation_date, catalog.revision_date = created, revised
    catalogue_path(package).parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, catalog, width=110, sort_output=True, ignore_obsolete=True, include_lineno=False)
    _write_changed(catalogue_path(package), written.getvalue())
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    _write_changed(catalogue_path(package, "mo"), compiled.getvalue())
    return sum(1 for message in _texts(catalog) if not _is_translated(message))


def faults(package: Path) -> Iterator[str]:
    """Name every text without a translation, every broken placeholder, and a compiled file that is old."""
    catalog = stored(package)
    translations = {_key(message): message for message in _texts(catalog)}
    for message in _texts(extracted(package)):
        found = translations.get(_key(message))
        if found is None or not _is_translated(found):
            yield f"{package.name}: no Thai for {_key(message)[0]!r}"
    for message, errors in catalog.check():
        for error in errors:
            yield f"{package.name}: {_key(message)[0]!r}: {error}"
    if _compiled(package) != {_key(m): _strings(m) for m in translations.values() if _is_translated(m)}:
        yield f"{package.name}: the compiled catalogue is older than {catalogue_path(package).name}"


def conflicts(found: Iterable[Path]) -> Iterator[str]:
    """Name texts that two packages translate differently: only one of them would ever be shown."""
    said: dict[Key, dict[tuple[str, ...], str]] = defaultdict(dict)
    for package in found:
        if package.name == PRETEND_LMS:
            continue
        for message in _texts(stored(package)):
            if _is_translated(message):
                said[_key(message)].setdefault(_strings(message), package.name)
    for (text, _context), versions in said.items():
        if len(versions) > 1:
            yield f"{' and '.join(versions.values())} translate {text!r} differently"


def _texts(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _key(message: Message) -> Key:
    first = message.id if isinstance(message.id, str) else message.id[0]
    # Babel reads the context of a compiled catalogue as bytes, against its own types.
    context: object = message.context
    return first, context.decode() if isinstance(context, bytes) else message.context


def _strings(message: Message) -> tuple[str, ...]:
    given = message.string
    return (given,) if isinstance(given, str) else tuple(given or ())


def _is_translated(message: Message) -> bool:
    strings = _strings(message)
    return bool(strings) and all(strings) and not message.fuzzy


def _compiled(package: Path) -> dict[Key, tuple[str, ...]]:
    path = catalogue_path(package, "mo")
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {_key(message): _strings(message) for message in _texts(read_mo(file))}


def _write_changed(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a Thai translation is missing or old.")
@click.argument("names", nargs=-1, metavar="[PACKAGE]...")
def main(check: bool, names: tuple[str, ...]) -> None:
    """Extract, update and compile the Thai translations of all packages, or of those named."""
    known = {package.name: package for package in packages()}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise click.UsageError(f"no such package: {', '.join(unknown)}")
    chosen = [known[name] for name in names] or list(known.values())
    if check:
        found = [fault for package in chosen for fault in faults(package)] + list(conflicts(known.values()))
        for fault in found:
            click.echo(fault, err=True)
        sys.exit(1 if found else 0)
    for package in chosen:
        waiting = update(package)
        if waiting:
            click.echo(f"{package.name}: {waiting} texts wait for a translation")


if __name__ == "__main__":
    main()
