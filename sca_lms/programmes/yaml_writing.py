"""Write a programme document as YAML that people can read and every YAML reader understands."""

import re
from collections.abc import Mapping

import yaml
from yaml.emitter import ScalarAnalysis

from sca_lms.programmes.yaml_lines import resolve

_ONE_LINE = 110
_UNFOLDED = 1_000_000
_DATE_LIKE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_LINE_ENDS_OF_OLD = re.compile("[\r\x85\u2028\u2029]")
_STR, _BOOL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"


def write(document: Mapping[str, object]) -> str:
    """Write the document in block style, small groups on one line; reading it gives the same document."""
    # A width beyond any line keeps the emitter from folding texts, which would break Thai between words.
    return yaml.dump(
        dict(document),
        Dumper=_Writer,
        allow_unicode=True,
        sort_keys=False,
        width=_UNFOLDED,
        default_flow_style=False,
    )


class _Writer(yaml.SafeDumper):
    """A safe dumper without aliases that knows which texts need quotes in YAML 1.1 and 1.2 alike."""

    def ignore_aliases(self, data: object) -> bool:
        """Write equal parts out in full each time."""
        return True

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        """Let dates and times stand unquoted on one line with others; the emitter fears their colons."""
        analysis = super().analyze_scalar(scalar)
        if _DATE_LIKE.fullmatch(scalar):
            analysis.allow_flow_plain = True
        return analysis


def _write_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    if _LINE_ENDS_OF_OLD.search(text):
        return yaml.ScalarNode(_STR, text, style='"')
    if "\n" in text:
        return yaml.ScalarNode(_STR, text, style="|")
    if _DATE_LIKE.fullmatch(text):
        # Named as what a YAML 1.1 reader takes it for, it is written without quotes, as people write dates.
        return yaml.ScalarNode(_tag_in_yaml_1_1(writer, text), text)
    return yaml.ScalarNode(_STR, text, style=None if resolve(text) == text else "'")


def _write_group(writer: _Writer, group: Mapping[str, object]) -> yaml.MappingNode:
    pairs = [(_key_node(writer, key), writer.represent_data(value)) for key, value in group.items()]
    node = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    members = [value for _, value in pairs]
    node.flow_style = bool(pairs) and all(map(_is_small, members)) and _width(node) <= _ONE_LINE
    return node


def _write_list(writer: _Writer, elements: list[object]) -> yaml.SequenceNode:
    nodes = [writer.represent_data(element) for element in elements]
    node = yaml.SequenceNode("tag:yaml.org,2002:seq", nodes, flow_style=False)
    node.flow_style = all(map(_is_small, nodes)) and _width(node) <= _ONE_LINE
    return node


def _key_node(writer: _Writer, key: str) -> yaml.ScalarNode:
    # `no` as a field's name is a word to this program's reader; quotes around it would only puzzle people.
    if _tag_in_yaml_1_1(writer, key) == _BOOL and resolve(key) == key:
        return yaml.ScalarNode(_BOOL, key)
    return yaml.ScalarNode(_STR, key)


def _tag_in_yaml_1_1(writer: _Writer, text: str) -> str:
    return str(writer.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]  # untyped stub


def _is_small(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style != "|"
    return isinstance(node, yaml.CollectionNode) and (bool(node.flow_style) or not node.value)


def _width(node: yaml.Node) -> int:
    if isinstance(node, yaml.MappingNode):
        return sum(_width(key) + _width(value) + 4 for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return sum(_width(element) + 2 for element in node.value)
    return len(node.value)


_Writer.add_representer(str, _write_text)
_Writer.add_representer(dict, _write_group)
_Writer.add_representer(list, _write_list)
