"""Open a QTI 2.1 package, a zip with a manifest, without letting it do harm.

See https://www.imsglobal.org/question/qtiv2p1/imsqti_implv2p1.html.
"""

import posixpath
import zipfile
from io import BytesIO

from sca_lms.assessments.formats.bank import Bank, Collector
from sca_lms.assessments.formats.qti_items import Item, read_item
from sca_lms.assessments.formats.xml_lines import FaultyXml, Node, read_xml
from sca_lms.texts import reason_of, worded
from sca_lms.web.zip_faults import BROKEN_ZIP

FORMAT = "QTI 2.1"
MANIFEST = "imsmanifest.xml"
MOST_ENTRIES = 10_000
LARGEST_ENTRY_BYTES = 20 * 1024 * 1024
LARGEST_WHOLE_BYTES = 200 * 1024 * 1024


class _Refused(ValueError):
    """A package or an entry that is not read; says why."""


class _Package:
    """The entries of a zip by their plain paths; each is read only when asked for."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        except BROKEN_ZIP as error:
            raise _Refused(worded("is no zip that can be read")) from error
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_WHOLE_BYTES:
            raise _Refused(worded("unpacks to more than 200 MB or 10,000 files"))
        for entry in entries:
            if _is_outside(entry.filename):
                raise _Refused(
                    worded(
                        "has the file %(name)r, which lies outside of the package", name=entry.filename[:80]
                    )
                )
        self._entries = {posixpath.normpath(entry.filename): entry for entry in entries}

    def read(self, path: str) -> bytes | None:
        """Return an entry's content, None where there is none; raise `_Refused` for a broken or huge one."""
        entry = self._entries.get(path)
        if entry is None:
            return None
        try:
            # What an entry says of its size may be a lie, so no more than the limit is unpacked.
            with self._zip.open(entry) as opened:
                content = opened.read(LARGEST_ENTRY_BYTES + 1)
        except BROKEN_ZIP as error:
            raise _Refused(worded("is damaged or encrypted")) from error
        if len(content) > LARGEST_ENTRY_BYTES:
            raise _Refused(worded("is larger than 20 MB"))
        return content


def read_qti_package(content: bytes) -> Bank:
    """Read a package whole; an item that cannot be read does not stop the others."""
    collector = Collector(FORMAT)
    try:
        package = _Package(content)
        manifest = package.read(MANIFEST)
    except _Refused as error:
        collector.fault(1, worded("file"), reason_of(error))
        return collector.bank()
    if manifest is None:
        collector.fault(1, MANIFEST, worded("is not in the package, so this is no QTI package"))
        return collector.bank()
    try:
        root = read_xml(manifest)
    except FaultyXml as error:
        collector.fault(error.line, MANIFEST, error.reason)
        return collector.bank()
    for resource in (node for node in root.walk() if node.tag == "resource"):
        _read_resource(resource, package, collector)
    return collector.bank()


def read_qti_item(content: bytes) -> Bank:
    """Read one item that comes without a package."""
    collector = Collector(FORMAT)
    try:
        root = read_xml(content)
    except FaultyXml as error:
        collector.fault(error.line, worded("file"), error.reason)
    else:
        read_item(Item("file", root, {}), collector)
    return collector.bank()


def _read_resource(resource: Node, package: _Package, collector: Collector) -> None:
    kind, path = resource.attributes.get("type", ""), resource.attributes.get("href", "")
    if "qti" not in kind.lower() and "assessment" not in kind.lower():
        return
    if kind.startswith("imsqti_test_xml"):
        collector.note(resource.line, path, worded("a test is left out; its items are read"))
        return
    if not kind.startswith("imsqti_item_xml"):
        collector.fault(resource.line, path or MANIFEST, worded("%(kind)s is not QTI 2.1", kind=kind[:60]))
        return
    place = posixpath.normpath(path)
    try:
        content = None if _is_outside(path) else package.read(place)
        if content is None:
            collector.fault(
                resource.line,
                path[:80] or MANIFEST,
                worded("is named in the manifest, but not in the package"),
            )
            return
        root = read_xml(content)
        read_item(Item(path, root, _pictures(root, place, package)), collector)
    except FaultyXml as error:
        collector.fault(error.line, path, error.reason)
    except _Refused as error:
        collector.fault(resource.line, path, reason_of(error))


def _pictures(root: Node, place: str, package: _Package) -> dict[str, bytes]:
    """Return the pictures of an item by the addresses it gives them."""
    found: dict[str, bytes] = {}
    for node in root.walk():
        source = node.attributes.get("src" if node.tag == "img" else "data", "") if _shows(node) else ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place), source))
        content = package.read(path) if source and not _is_outside(path) else None
        if content is not None:
            found[source] = content
    return found


def _shows(node: Node) -> bool:
    return node.tag == "img" or (
        node.tag == "object" and node.attributes.get("type", "").startswith("image/")
    )


def _is_outside(path: str) -> bool:
    plain = path.replace("\\", "/")
    return plain.startswith("/") or ":" in plain.split("/")[0] or ".." in plain.split("/")
