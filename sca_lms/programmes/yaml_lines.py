"""Read YAML of untrusted origin into plain values, and remember on which line each one stands.

The reader takes the part of YAML that data needs. It never builds Python objects, and it follows YAML 1.2
where YAML 1.1 surprises people: `no`, `on` and `10:30` are texts, and so are dates, read later by the schema.
"""

import math
import re
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from sca_lms.programmes.faults import Fault, Path, Place, field_name, shown
from sca_lms.programmes.yaml_faults import not_utf8, syntax_fault, unprintable
from sca_lms.texts import worded

LARGEST_FILE_BYTES = 5 * 1024 * 1024
DEEPEST_NESTING = 40
MOST_VALUES = 200_000

# libyaml's parser is some ten times faster; the pure one reads the same language where libyaml is missing.
FAST_PARSER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# A double-quoted scalar can name any character by number, also those that a database or JSON cannot keep.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CHARACTERS_A_VALUE = 200
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
_FRACTION = re.compile(r"[-+]?([0-9]{1,15}\.[0-9]{0,15}|\.[0-9]{1,15}|[0-9]{1,15})([eE][-+]?[0-9]{1,3})?")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(slots=True)
class Node:
    """A value of the file with the place where it starts; a list or group holds nodes."""

    line: int
    column: int
    value: object = None
    members: dict[str, "Node"] | None = None
    elements: list["Node"] | None = None
    key_places: dict[str, tuple[int, int]] = field(default_factory=dict)
    size: int = 1
    depth: int = 0

    def plain(self) -> object:
        """Return the value as dictionaries, lists, texts, numbers, booleans and None."""
        if self.members is not None:
            return {key: node.plain() for key, node in self.members.items()}
        if self.elements is not None:
            return [node.plain() for node in self.elements]
        return self.value


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a file: its values (none after a syntax fault) and the faults of its YAML."""

    root: Node | None
    faults: list[Fault]

    def locate(self, *path: str | int) -> Place:
        """Find the place of a field, or of its nearest holder when the file lacks the field."""
        node, place = self.root, (1, 1)
        for step in path:
            if node is None:
                break
            if isinstance(step, str):
                place = node.key_places.get(step, place)
                node = (node.members or {}).get(step)
            else:
                elements = node.elements or []
                node = elements[step] if 0 <= step < len(elements) else None
                place = (node.line, node.column) if node else place
        return Place(*place, path)


@dataclass(frozen=True, slots=True)
class _Key:
    """The name of a field whose value comes next; a merge key (<<) is no name."""

    name: str
    line: int
    column: int
    merges: bool


@dataclass(slots=True)
class _Open:
    """A list or group whose end has not been read yet."""

    node: Node
    path: Path
    anchor: str | None
    key: "_Key | None" = None
    merges: list[Node] = field(default_factory=list)


class _UnreadableError(Exception):
    """Reading cannot go on; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def read(text: bytes, *, parser: type = FAST_PARSER) -> Reading:
    """Read a whole file; whatever the bytes are, the answer is a `Reading`, never an exception."""
    if len(text) > LARGEST_FILE_BYTES:
        return Reading(
            None,
            [
                Fault(
                    1,
                    1,
                    worded("file"),
                    worded("is larger than %(most)s MiB", most=LARGEST_FILE_BYTES // 1024 // 1024),
                )
            ],
        )
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Reading(None, [not_utf8(text, error.start)])
    faults = list(unprintable(decoded))
    if faults:
        return Reading(None, faults)
    builder = _Builder(decoded)
    try:
        for event in yaml.parse(decoded, Loader=parser):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        builder.faults.append(syntax_fault(error, decoded))
        return Reading(None, builder.faults)
    except yaml.YAMLError:
        # The parser names no place; its words are English.
        builder.faults.append(
            Fault(
                builder.line,
                1,
                worded("file"),
                worded("has a character after this line that YAML does not allow"),
            )
        )
        return Reading(None, builder.faults)
    except _UnreadableError as stop:
        builder.faults.append(stop.fault)
        return Reading(None, builder.faults)
    except (ValueError, OverflowError):
        # A numeric escape beyond Unicode ("\U00110000") reaches chr() in the pure parser.
        builder.faults.append(
            Fault(
                builder.line,
                1,
                worded("file"),
                worded("has an escape that names no character after this line"),
            )
        )
        return Reading(None, builder.faults)
    if builder.root is None and not builder.faults:
        builder.faults.append(
            Fault(1, 1, worded("file"), worded("is empty; a programme file starts with schema_version: 1"))
        )
    return Reading(builder.root, builder.faults)


class _Builder:
    """Turn the parser's events into nodes without recursion: deep nesting cannot exhaust the stack."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.line = 1
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._count = 0

    def take(self, event: Event) -> None:
        """Take the next event; raises _UnreadableError when the file is not worth reading on."""
        self.line = _start(event)[0]
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _UnreadableError(
                    self._fault(
                        event, worded("a second document starts here (---); a programme is one document")
                    )
                )
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._close()
        elif isinstance(event, NodeEvent):
            self._take_node(event)
        elif isinstance(event, DocumentEndEvent):
            self._anchors.clear()

    def _take_node(self, event: NodeEvent) -> None:
        holder = self._open[-1] if self._open else None
        if holder and holder.node.members is not None and holder.key is None:
            holder.key = self._key(event)
            return
        node = self._aliased(event) if isinstance(event, AliasEvent) else Node(*_start(event))
        if isinstance(event, ScalarEvent):
            self._refuse_unstorable(event)
            node.value = self._scalar(event)
            node.size = 1 + len(event.value) // _CHARACTERS_A_VALUE
        self._count += node.size
        if self._count > MOST_VALUES:
            raise _UnreadableError(
                self._fault(
                    event,
                    worded(
                        "the file has more than %(most_values)s values here, aliases counted",
                        most_values=MOST_VALUES,
                    ),
                )
            )
        if isinstance(event, CollectionStartEvent):
            self._begin(event, node)
        else:
            if isinstance(event, ScalarEvent):
                self._remember(event.anchor, node)
            self._place(node)

    def _begin(self, event: CollectionStartEvent, node: Node) -> None:
        if len(self._open) >= DEEPEST_NESTING:
            raise _UnreadableError(
                self._fault(
                    event,
                    worded(
                        "is nested more than %(deepest_nesting)s levels deep", deepest_nesting=DEEPEST_NESTING
                    ),
                )
            )
        if event.tag not in {None, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}:
            self.faults.append(
                self._fault(
                    event, worded("the tag %(tag)s is not allowed; leave it out", tag=shown(event.tag))
                )
            )
        if isinstance(event, MappingStartEvent):
            node.members = {}
        else:
            node.elements = []
        self._open.append(_Open(node, self._path(), event.anchor))

    def _close(self) -> None:
        done = self._open.pop()
        if done.node.members is not None:
            for merged in done.merges:
                for key, member in (merged.members or {}).items():
                    done.node.members.setdefault(key, member)
                    done.node.key_places.setdefault(key, merged.key_places[key])
        below = [*(done.node.members or {}).values(), *(done.node.elements or [])]
        done.node.size = 1 + sum(node.size for node in below)
        done.node.depth = 1 + max((node.depth for node in below), default=0)
        self._remember(done.anchor, done.node)
        self._place(done.node)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        if holder.node.elements is not None:
            holder.node.elements.append(node)
            return
        members = holder.node.members
        if members is None or holder.key is None:
            return
        key, holder.key = holder.key, None
        if key.merges:
            self._merge(holder, key, node)
        elif key.name in members:
            first = holder.node.key_places[key.name][0]
            reason = worded("is given twice: first on line %(first)s, again here; keep one", first=first)
            self.faults.append(Fault(key.line, key.column, field_name((*holder.path, key.name)), reason))
        else:
            members[key.name] = node
            holder.node.key_places[key.name] = (key.line, key.column)

    def _merge(self, holder: _Open, key: _Key, node: Node) -> None:
        sources = [node] if node.elements is None else node.elements
        if all(source.members is not None for source in sources):
            holder.merges.extend(sources)
        else:
            reason = worded("'<<' must name a group of fields")
            self.faults.append(Fault(key.line, key.column, field_name(holder.path), reason))

    def _key(self, event: NodeEvent) -> _Key:
        if not isinstance(event, ScalarEvent):
            raise _UnreadableError(
                self._fault(event, worded("a field's name must be a word, not a list, a group or an alias"))
            )
        if not event.value:
            self.faults.append(self._fault(event, worded("a field's name is missing before the colon")))
        self._refuse_unstorable(event)
        line, column = _start(event)
        self._remember(event.anchor, Node(line, column, event.value))
        return _Key(event.value, line, column, merges=event.value == "<<" and event.implicit[0])

    def _refuse_unstorable(self, event: ScalarEvent) -> None:
        unstorable = _UNSTORABLE.search(event.value)
        if unstorable:
            reason = worded(
                "holds the character U+%(code)s, which no text may hold", code=f"{ord(unstorable[0]):04X}"
            )
            self.faults.append(self._fault(event, reason))

    def _scalar(self, event: ScalarEvent) -> object:
        if event.tag is not None:
            if event.tag not in _TEXT_TAGS:
                self.faults.append(
                    self._fault(
                        event, worded("the tag %(tag)s is not allowed; leave it out", tag=shown(event.tag))
                    )
                )
            return event.value
        return resolve(event.value) if event.implicit[0] else event.value

    def _aliased(self, event: AliasEvent) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise _UnreadableError(
                self._fault(
                    event,
                    worded("there is no finished anchor &%(anchor)s before this alias", anchor=event.anchor),
                )
            )
        if node.depth + len(self._open) > DEEPEST_NESTING:
            raise _UnreadableError(
                self._fault(
                    event,
                    worded(
                        "is nested more than %(deepest_nesting)s levels deep", deepest_nesting=DEEPEST_NESTING
                    ),
                )
            )
        return node

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _path(self) -> Path:
        if not self._open:
            return ()
        holder = self._open[-1]
        if holder.node.elements is not None:
            return (*holder.path, len(holder.node.elements))
        return (*holder.path, holder.key.name) if holder.key else holder.path

    def _fault(self, event: Event, reason: str) -> Fault:
        return Fault(*_start(event), field_name(self._path()), reason)


def _start(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def resolve(text: str) -> object:
    """Tell what a plain (unquoted) scalar means: nothing, true or false, a number, otherwise its text."""
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text) and ("." in text or "e" in text.lower()):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
