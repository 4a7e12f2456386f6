"""Damage that knows the format: JSON, XML, CSV; and of any text its numbers, its words, its encoding."""

import csv
import io
import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final
from xml.etree import ElementTree

from tests.hostile.mutators import MOST, Mutator

NUMBERS: Final = (
    "0", "-1", "1", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "1e308", "1e-320", "0.5", "-0.0", "2147483648",
    "9223372036854775808", "9" * 400, "9" * 5000, "1" + "0" * 30, "00012", "0x10", "1_000", "٣", "1.5.5", "", "true",
)  # fmt: skip
WORDS: Final = (
    "", " ", "\0", "a\nb", "\r\n", "../../etc/passwd", "/etc/passwd", "C:\\clip.mp4", "a/../a.mp4", "A.MP4", "a.mp4 ",
    "x" * 300, "y" * 70_000, "ü" * 200, "e\u0301.mp4", "\ud800", "\udcff.mp4", "\u202egnp.4pm", "=1+1", "'; --", "<b>",
    "&amp;", "%00", "%2e%2e%2f", "{}", "[]", "null", "None", "\ufeffa.mp4", "🫱", "a.mp4\0.jpg", "//b.mp4", ".", "..",
    "left_cheek", "poke-nose", "b.mp4", "sub/c.mp4", "nan", "1", "-", "CON", "file_name",
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1e308, -1e308, float("nan"), float("inf"), 0.5, -0.0,
    "", "x", [], {}, [[]], [None], {"": None}, [1] * 3, "1", *WORDS,
)  # fmt: skip
NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
QUOTED: Final = re.compile(r'"[^"\n]*"')
CODINGS: Final = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-7")
BOMB: Final = (
    '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;"><!ENTITY d "&c;&c;&c;">]>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
)


def of(name: str) -> tuple[Mutator, ...]:
    """What can be done to a file of that name besides damaging its bytes."""
    suffix = name.rpartition(".")[2]
    return {"json": JSON, "jsonl": LINES, "xml": XML, "csv": TABLE}.get(suffix, ())


def text_of(data: bytes) -> str:
    """Bytes as text, whatever they are."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The other way."""
    return text.encode("utf-8", "surrogatepass" if "\ud800" in text else "surrogateescape")[:MOST]


def other_numbers(rng: Random, data: bytes, _other: bytes) -> bytes | None:
    """Numbers have hostile values."""
    text = text_of(data)
    found = list(NUMBER.finditer(text))
    if not found:
        return None
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 2, 8)))), key=lambda m: -m.start()):
        text = text[: match.start()] + rng.choice(NUMBERS) + text[match.end() :]
    return bytes_of(text)


def other_words(rng: Random, data: bytes, _other: bytes) -> bytes | None:
    """A text in quotes is another, raw."""
    text = text_of(data)
    found = list(QUOTED.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    return bytes_of(text[: match.start() + 1] + rng.choice(WORDS) + text[match.end() - 1 :])


def other_coding(rng: Random, data: bytes, _other: bytes) -> bytes:
    """The encoding, the ends of lines, or what comes before the text are another's."""
    text = data.decode("utf-8", "replace")
    if rng.random() < 0.5:
        return rng.choice((data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"), data + b"\x1a", b"\n\n" + data))
    return text.encode(rng.choice(CODINGS), "replace")


def repeat_lines(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Lines come again, or in another order."""
    rows = data.splitlines(keepends=True) or [data]
    if rng.random() < 0.3:
        rng.shuffle(rows)
    else:
        at = rng.randrange(len(rows))
        rows[at:at] = [rows[rng.randrange(len(rows))]] * rng.choice((1, 2, 20))
    return b"".join(row if row.endswith(b"\n") else row + b"\n" for row in rows)[:MOST]


def blank_lines(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Lines with nothing, or nothing but blanks, are between the others."""
    rows = data.splitlines(keepends=True)
    rows.insert(rng.randrange(len(rows) + 1), rng.choice((b"\n", b"  \n", b"\t\n", b",,,\n", b"{}\n", b"\0\n")))
    return b"".join(rows)


def change_json(rng: Random, data: bytes, _other: bytes) -> bytes | None:
    """Somewhere in a JSON document a value is dropped, another, of another type, repeated, nested or renamed."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _ in range(rng.choice((1, 1, 2, 4))):
        whole = _changed(rng, whole)
        if len(repr(whole)) > MOST:
            return None
    try:
        return json.dumps(whole).encode()[:MOST]
    except (ValueError, RecursionError):
        return None


def change_line(rng: Random, data: bytes, other: bytes) -> bytes | None:
    """The same in a line of JSONL."""
    rows = data.split(b"\n")
    at = rng.randrange(len(rows))
    made = change_json(rng, rows[at], other)
    if made is None:
        return None
    rows[at] = made
    return b"\n".join(rows)


def nest_json(rng: Random, data: bytes, _other: bytes) -> bytes:
    """A value is nested as no program nests it."""
    depth, (left, right) = rng.choice((50, 2_000, 200_000)), rng.choice((("[", "]"), ('{"a":', "}")))
    deep = left * depth + "1" + right * depth
    text = text_of(data)
    found = list(NUMBER.finditer(text))
    if not found:
        return deep.encode()
    match = rng.choice(found)
    return bytes_of(text[: match.start()] + deep + text[match.end() :])


def _changed(rng: Random, node: Any) -> Any:
    """A node, something in which is changed."""
    if isinstance(node, dict | list) and node and rng.random() < 0.85:
        key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
        roll = rng.random()
        if roll < 0.7:
            node[key] = _changed(rng, node[key])
        elif roll < 0.85:
            del node[key]
        elif isinstance(node, list):
            node[key:key] = [node[key]] * rng.choice((1, 3, 30))
        else:
            node[rng.choice([str(key).upper(), "x", "names", "times", *map(str, node)])] = node.pop(key)
        return node
    return rng.choice((rng.choice(VALUES), [node], {"a": node}, str(node), node))


def change_xml(rng: Random, data: bytes, _other: bytes) -> bytes | None:
    """Somewhere in an XML document an element or an attribute is dropped, another, repeated, renamed or moved."""
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    for _ in range(rng.choice((1, 1, 2, 4))):
        _change_element(rng, root)
    try:
        return ElementTree.tostring(root, encoding="unicode").encode("utf-8", "surrogatepass")[:MOST]
    except (TypeError, ValueError):
        return None


def _change_element(rng: Random, root: ElementTree.Element) -> None:
    parents = [element for element in root.iter() if len(element)]
    if not parents:
        return
    parent = rng.choice(parents)
    child = rng.choice(list(parent))
    names = [element.tag for element in root.iter()]
    steps: tuple[Callable[[], Any], ...] = (
        lambda: parent.remove(child),
        lambda: parent.extend([deepcopy(child) for _ in range(rng.choice((1, 3, 30)))]),
        lambda: child.attrib.pop(rng.choice(list(child.attrib)), None) if child.attrib else None,
        lambda: child.set(rng.choice([*child.attrib, "frame", "task_id"]), rng.choice((*WORDS, *NUMBERS))),
        lambda: child.set(rng.choice([*child.attrib, "frame", "outside"]), rng.choice(NUMBERS)),
        lambda: setattr(child, "text", rng.choice((*WORDS, *NUMBERS))),
        lambda: setattr(child, "tag", rng.choice([*names, "skeleton", "points", "polyline", "tag"])),
        lambda: rng.choice(parents).append(deepcopy(child)),  # itself might hold itself
        lambda: child.clear(),
    )
    rng.choice(steps)()


def bomb_xml(rng: Random, data: bytes, _other: bytes) -> bytes:
    """Entities that grow or that read files."""
    text = text_of(data)
    at = text.find("?>") + 2 if "?>" in text else 0
    rest = text[at:].replace("index", rng.choice(("&d;", "&b;")), 1)
    return bytes_of(text[:at] + rng.choice(BOMB) + rest)


def change_table(rng: Random, data: bytes, _other: bytes) -> bytes:
    """In a table a cell, a row or a column is another, repeated or missing."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))
    full = [row for row in rows if row]
    for _ in range(rng.choice((1, 1, 3)) if full else 0):
        row = rng.choice(full)
        at = rng.randrange(len(row)) if row else 0
        roll = rng.random()
        if roll < 0.5 and row:
            row[at] = rng.choice((*WORDS, *NUMBERS))
        elif roll < 0.65:
            row[at:at] = [rng.choice(WORDS)]
        elif roll < 0.8:
            del row[at : at + 1]
        else:
            rows.insert(rng.randrange(len(rows) + 1), list(rng.choice(full)))
    made = io.StringIO()
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    csv.writer(made, lineterminator=rng.choice(("\n", "\r\n")), quoting=quoting).writerows(rows)
    return bytes_of(made.getvalue())


TEXT: Final[tuple[Mutator, ...]] = (other_numbers, other_words, other_coding, repeat_lines, blank_lines)
JSON: Final = (change_json, change_json, change_json, nest_json, *TEXT)
LINES: Final = (change_line, change_line, change_line, nest_json, *TEXT)
XML: Final = (change_xml, change_xml, change_xml, bomb_xml, *TEXT)
TABLE: Final = (change_table, change_table, change_table, *TEXT)
