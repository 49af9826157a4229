"""Checks the README and the pages of docs/: commands, output, scenarios, fault rules, links, and names of code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..process import end_in_order
from ..project import ROOT, program
from .examples import Runner
from .names import broken_citations, unknown_names, wrong_options
from .pages import Page, broken_links

_PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/*.md",
    "fixtures/*.md",
    "scripts/*.md",
)


def main() -> None:
    end_in_order()
    parser = argparse.ArgumentParser(prog="scripts/check-readme", description=__doc__)
    parser.add_argument("pages", nargs="*", help="the pages whose examples are run; by default all")
    parser.add_argument("--self-test", action="store_true", help="plant mistakes, and expect them to be found")
    options = parser.parse_args()
    if options.self_test:
        # Imported here, as the check itself needs no test framework.
        from . import self_test

        sys.exit(self_test.run())
    pages = [Page(path) for pattern in _PAGES for path in sorted(ROOT.glob(pattern))]
    wanted = {Path(name).resolve() for name in options.pages}
    problems = [*broken_links(pages, ROOT), *broken_citations(ROOT)]
    runner = Runner(program())
    for page in pages:
        problems += unknown_names(page, ROOT)
        if page.path.name == "command-line.md":
            problems += wrong_options(page, runner.program)
        if not wanted or page.path.resolve() in wanted:
            problems += runner.problems(page)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{runner.count} examples, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
