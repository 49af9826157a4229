"""Whether a program's output has the form of an example."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# A value that no reader takes literally: it has digits, or it is cut.
_VARIES = re.compile(r"[0-9…]")


def json_differences(example: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yields the differences between a JSON value and the form of an example: other names, other types, other words."""
    place = path or "the response"
    if isinstance(example, dict) and isinstance(found, dict):
        for name in sorted(example.keys() ^ found.keys()):
            yield f"{place}: {name} is only in {'the example' if name in example else 'the response'}"
        for name in example.keys() & found.keys():
            yield from json_differences(example[name], found[name], f"{path}.{name}".lstrip("."))
    elif isinstance(example, list) and isinstance(found, list):
        if bool(example) != bool(found):
            yield f"{place} has {len(found)} elements, and {len(example)} in the example"
        for index, (left, right) in enumerate(zip(example, found, strict=False)):
            yield from json_differences(left, right, f"{path}[{index}]")
    elif _kind(example) is not _kind(found) or (
        isinstance(example, str | bool) and example != found and not _VARIES.search(str(example))
    ):
        yield f"{place} is {json.dumps(found)}, and {json.dumps(example)} in the example"


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def text_differences(example: str, found: str) -> Iterator[str]:
    """Yields the lines of an example that the output does not have in this order.

    Numbers, ids and the width of gaps don't count. A line of `…` stands for any lines.
    """
    lines = iter(found.splitlines())
    for wanted in example.splitlines():
        if wanted.strip() == "…":
            continue
        if not any(_form(line) == _form(wanted) for line in lines):
            yield f"no line has the form of: {wanted}\nin:\n{found}"
            return


def _form(line: str) -> str:
    line = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{56}", "0", line)
    return re.sub(r"\s+", " ", re.sub(r"[0-9]+", "0", line)).strip()
