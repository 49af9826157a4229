"""Words that docs/glossary.md replaces by another one, in names, statements, help and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .swift_source import Tree

# Each word with its replacement. Words that are correct in another sense, such as store, look and limit, are left to
# the reader.
WORDS = {
    r"acts?": "action",
    r"answer(?:s|ed|ing)?": "response",
    r"calls?": "request",
    r"dice": "seed, generator or sample",
    r"evil": "fault",
    r"exchanges?": "attempt",
    r"farewell": "closing",
    r"journals?": "attempt log or request log",
    r"made": "created",
    r"nobody|somebody|whoever": "client, receiver, subscriber or user",
    r"repl(?:y|ies|ied)": "response",
    r"settle[sd]?|settling": "idle, finished or final",
    r"stands?_still": "is frozen",
    r"tells?|told": "says",
    r"watch(?:er|ers|es|ed|ing)": "subscriber",
}
# A capital letter begins a word, as in `isSettled` and `HTTPAnswer`.
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_WORD = re.compile(
    r"(?<![a-z0-9])(?:" + "|".join(f"(?P<w{number}>{word})" for number, word in enumerate(WORDS)) + r")(?![a-z0-9])"
)
# Files that are neither Swift nor Python: pages of the inspector, and descriptions of the JSON on the wire.
_TEXTS = ("Sources/**/*.mustache", "Sources/**/*.json", "Sources/**/*.yaml", "fixtures/*.schema.json")


def wrong_words(tree: Tree) -> Iterator[tuple[str, int, str]]:
    """Yields the file, the line, and what to write instead, for each line with such a word."""
    for file in tree.swift:
        for number, line in enumerate(file.code.split("\n"), 1):
            yield from ((file.name, number, text) for text in _found(line))
        if file.name.startswith("Sources/"):
            for literal in file.literals:
                yield from ((file.name, literal.line, text) for text in _found(literal.text))
    for pattern in _TEXTS:
        for path in sorted(tree.root.glob(pattern)):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield from ((path.relative_to(tree.root).as_posix(), number, text) for text in _found(line))


def _found(line: str) -> Iterator[str]:
    words = _BOUNDARY.sub("_", line).lower()
    for found in _WORD.finditer(words):
        instead = list(WORDS.values())[int((found.lastgroup or "w0")[1:])]
        yield f"the word {found[0].replace('_', ' ')}; the glossary has {instead}: {line.strip()[:120]}"
