"""Sources as the rules read them: code without comments and texts, and the texts separately."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# One level of an interpolation that contains texts and parentheses.
INTERPOLATION = r'\\\((?:[^()"\n]|\([^()\n]*\)|"(?:\\.|[^"\\\n])*")*\)'
TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<long>#*"""(?:\\.|.)*?"""#*)'
    rf'|(?P<short>#*"(?:{INTERPOLATION}|\\.|[^"\\\n])*"#*)',
    re.DOTALL,
)


@dataclass(frozen=True)
class Literal:
    """One line of a text between quotes."""

    line: int
    text: str


@dataclass(frozen=True)
class Source:
    path: Path
    # The path relative to the root, with slashes.
    name: str

    @cached_property
    def whole(self) -> str:
        return self.path.read_text()

    @cached_property
    def lines(self) -> list[str]:
        return self.whole.splitlines()

    @cached_property
    def code(self) -> str:
        """Returns the code without comments and with empty texts. Each line keeps its number."""
        return TOKEN.sub(lambda token: '""' * (token.lastgroup != "comment") + "\n" * token[0].count("\n"), self.whole)

    @cached_property
    def without_comments(self) -> str:
        return TOKEN.sub(
            lambda token: "\n" * token[0].count("\n") if token.lastgroup == "comment" else token[0], self.whole
        )

    @cached_property
    def literals(self) -> list[Literal]:
        found = []
        for token in TOKEN.finditer(self.whole):
            if token.lastgroup == "comment":
                continue
            first = self.whole.count("\n", 0, token.start()) + 1
            text = token[0].strip("#").strip('"')
            found += [Literal(first + offset, line) for offset, line in enumerate(text.split("\n"))]
        return found

    def line_of(self, text: str, offset: int) -> int:
        return text.count("\n", 0, offset) + 1


@dataclass(frozen=True)
class Tree:
    root: Path

    @cached_property
    def swift(self) -> list[Source]:
        """Returns all Swift sources and tests."""
        return [file for file in self.all if file.name.endswith(".swift") and not file.name.startswith("scripts/")]

    @cached_property
    def all(self) -> list[Source]:
        """Returns all files in Swift, in Python and for a shell."""
        found = []
        for part in ("Sources", "Tests", "scripts"):
            for path in sorted((self.root / part).rglob("*")):
                hidden = any(name.startswith(".") for name in path.relative_to(self.root).parts)
                if not hidden and path.is_file() and is_source(path):
                    found.append(Source(path, path.relative_to(self.root).as_posix()))
        return found

    def below(self, folder: str) -> list[Source]:
        return [file for file in self.swift if file.name.startswith(folder + "/")]


def is_source(path: Path) -> bool:
    if path.suffix in (".swift", ".py", ".sh"):
        return True
    if path.suffix:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"
