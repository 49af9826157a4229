"""Checks that names exist: options of commands and names of code on the pages, and pages that files cite."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .pages import Page

# Options that the page describes once for all commands.
_COMMON = {"--url", "--admin-token", "--ca-file", "--output", "--version", "--help"}
# The commands that have the options that a section describes.
_COMMANDS = {"events": ("list",), "faults": ("list",)}
# The folder whose code contains the names in a table's last column, by the heading of that column.
_FOLDERS = {"where": "Sources", "proof": "Tests"}
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
# A citation of a page, with the heading that may follow it.
_CITATION = re.compile(r"(?<![\w*])((?:[\w.-]+/)*[\w-]+\.md)(?:, ([^();:.]+))?")


def wrong_options(page: Page, program: str) -> Iterator[str]:
    """Yields a line for each option of a command that its section omits, and for each option in it that the command
    does not have."""
    for number, title, lines in page.sections():
        name = title.removeprefix("hooksim ")
        if name == title:
            continue
        command = [program, name, *_COMMANDS.get(name, ()), "--help"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = set(re.findall(r"^ +(?:-\w, )?(--[a-z][a-z-]*)", output, re.MULTILINE))
        links = [link for line in lines for link in re.findall(r"\]\((\w+\.md)#", line)]
        described = [*lines, *(line for link in links for line in Page(page.path.with_name(link)).text.splitlines())]
        text = "\n".join(described)
        for option in sorted(found - _COMMON - set(_OPTION.findall(text))):
            yield f"{page.path.name}:{number}: the section {title} leaves out {option}"
        rows = [line.split("|")[1] for line in lines if line.startswith("| `-")]
        for option in sorted(set(_OPTION.findall(" ".join(rows))) - found):
            yield f"{page.path.name}:{number}: {title} has no option {option}"


def unknown_names(page: Page, root: Path) -> Iterator[str]:
    """Yields a line for each name in the last column of a table, if that is `where` or `proof`, that the code does not
    contain."""
    folder = None
    for number, line in page.prose:
        if not line.startswith("|"):
            folder = None
            continue
        last = line.rstrip().removesuffix("|").rsplit("|", 1)[-1].strip()
        if last in _FOLDERS:
            folder = root / _FOLDERS[last]
        elif folder:
            for name in re.findall(r"`(\w+)`", last):
                if not re.search(rf"\b{name}\b", _swift(folder)):
                    yield f"{page.path.name}:{number}: no file of {folder.name} has the name {name}"


@cache
def _swift(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*.swift")))


def broken_citations(root: Path) -> Iterator[str]:
    """Yields a line for each page that a file of code cites although the page, or the cited heading in it, does not
    exist."""
    command = ["git", "ls-files", "-z", "Sources", "Tests", "scripts", "fixtures", ".ci", "Package.swift"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        path = root / name
        # This package contains patterns of names, and a submodule or a picture has no lines of text.
        if "documentation" in path.parts or path.suffix in {".md", ".png", ".store"} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for citation in _CITATION.finditer(line):
                yield from (f"{name}:{number}: {problem}" for problem in _citation_problems(citation, root))


def _citation_problems(citation: re.Match[str], root: Path) -> Iterator[str]:
    page, heading = citation.groups()
    if not (root / page).is_file():
        yield f"the project has no page {page}"
    elif heading and page.startswith("docs/"):
        titles = {title for _, title, _ in Page(root / page).sections()}
        if not any(heading.startswith(title) for title in titles):
            yield f"{page} has no heading {heading}"
