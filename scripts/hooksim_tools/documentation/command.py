"""Checks the README and the pages of docs/: commands, output, scenarios, fault rules, links, and names of code."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ..project import ROOT, program
from .examples import Runner
from .pages import Page, broken_links

_PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "DESIGN.md", "docs/*.md", "fixtures/*.md")


def unknown_names(page: Page, root: Path) -> Iterator[str]:
    """Yields a line for each name of code in a table whose last column is `where` that the sources don't have."""
    sources = "\n".join(path.read_text() for path in sorted((root / "Sources").rglob("*.swift")))
    is_table = False
    for number, line in page.prose:
        if not line.startswith("|"):
            is_table = False
            continue
        last = line.rstrip().removesuffix("|").rsplit("|", 1)[-1].strip()
        if last == "where":
            is_table = True
        elif is_table:
            for name in re.findall(r"`(\w+)`", last):
                if not re.search(rf"\b{name}\b", sources):
                    yield f"{page.path.name}:{number}: no source has the name {name}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/check-readme", description=__doc__)
    parser.add_argument("pages", nargs="*", help="the pages whose examples are run; by default all")
    options = parser.parse_args()
    pages = [Page(path) for pattern in _PAGES for path in sorted(ROOT.glob(pattern))]
    wanted = {Path(name).resolve() for name in options.pages}
    problems = list(broken_links(pages, ROOT))
    runner = Runner(program())
    for page in pages:
        problems += unknown_names(page, ROOT)
        if not wanted or page.path.resolve() in wanted:
            problems += runner.problems(page)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{runner.count} examples, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
