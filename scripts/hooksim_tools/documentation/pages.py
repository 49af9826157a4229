"""Pages in Markdown: their code blocks, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    page: Path
    # The line of its fence, counted from 1.
    line: int
    # The info string of the fence, such as `sh`.
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


class Page:
    """One page."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()
        self.blocks: list[Block] = []
        # The lines that are not code, with their numbers.
        self.prose: list[tuple[int, str]] = []
        self._split()

    def _split(self) -> None:
        fence, kind, start, lines = "", "", 0, list[str]()
        for number, line in enumerate(self.text.splitlines(), 1):
            opening = re.match(r"(```+)(.*)", line)
            if fence and line.rstrip() == fence:
                self.blocks.append(Block(self.path, start, kind, "".join(f"{code}\n" for code in lines)))
                fence = ""
            elif fence:
                lines.append(line)
            elif opening:
                fence, kind, start, lines = opening[1], opening[2].strip(), number, []
            else:
                self.prose.append((number, line))

    def files(self) -> dict[str, str]:
        """Returns the blocks that a reader is told to save, by the names of their files."""
        found: dict[str, str] = {}
        for block in self.blocks:
            before = " ".join(line for number, line in self.prose if block.line - 4 <= number < block.line)
            if name := re.search(r"Save this as `([^`]+)`", before):
                found[name[1]] = block.text
        return found

    def sections(self) -> Iterator[tuple[int, str, list[str]]]:
        """Yields each heading with its line, and the lines below it up to the next heading."""
        headings = [(index, line) for index, (_, line) in enumerate(self.prose) if re.match(r"#+ ", line)]
        ends = [index for index, _ in headings[1:]] + [len(self.prose)]
        for (index, line), end in zip(headings, ends, strict=True):
            lines = [text for _, text in self.prose[index + 1 : end]]
            yield self.prose[index][0], line.lstrip("#").strip().replace("`", ""), lines

    def anchors(self) -> set[str]:
        """Returns the anchors of its headings, as GitHub makes them."""
        found: set[str] = set()
        for _, line in self.prose:
            heading = re.match(r"#+ +(.*)", line)
            if not heading:
                continue
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            number = 1
            while anchor in found:
                anchor = f"{anchor.removesuffix(f'-{number - 1}')}-{number}"
                number += 1
            found.add(anchor)
        return found

    def links(self) -> Iterator[tuple[int, str]]:
        """Yields each link with its line, but for those in code."""
        for number, line in self.prose:
            for link in re.finditer(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                yield number, link[1]


def broken_links(pages: list[Page], root: Path) -> Iterator[str]:
    """Yields a line for each link within the project that leads nowhere."""
    anchors = {page.path.resolve(): page.anchors() for page in pages}
    for page in pages:
        for number, link in page.links():
            if re.match(r"[a-z]+:", link):
                continue
            place = f"{page.path.relative_to(root)}:{number}"
            target, _, anchor = link.partition("#")
            path = (page.path.parent / target).resolve() if target else page.path.resolve()
            if not path.exists():
                yield f"{place}: {link} leads to no file"
            elif anchor and path.suffix == ".md":
                known = anchors.get(path) or Page(path).anchors()
                if anchor not in known:
                    yield f"{place}: {link} leads to no heading"
