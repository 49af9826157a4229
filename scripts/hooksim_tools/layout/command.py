"""Checks that code is where the design puts it: SQL, imports, mentions of types, texts, numbers of statuses, long files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..project import ROOT
from .allowed import AllowedCases
from .rules import RULES, Violation
from .swift_source import Tree


def violations(root: Path) -> list[Violation]:
    """Returns the violations of the rules below `root`, allowed or not."""
    tree = Tree(root)
    return [violation for rule in RULES for violation in rule(tree)]


def check(root: Path, allowed: Path) -> list[str]:
    """Returns a line for each violation that is not allowed, and for each line of `allowed` that nothing needs."""
    cases = AllowedCases(allowed)
    found = [violation for violation in violations(root) if not cases.covers(violation)]
    return [str(violation) for violation in found] + cases.problems()


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/check-layout", description=__doc__)
    parser.add_argument(
        "--self-test", action="store_true", help="plant a violation of each rule, and expect it to be found"
    )
    options = parser.parse_args()
    if options.self_test:
        # Imported here, as the check itself needs no test framework.
        from . import self_test

        sys.exit(self_test.run())
    lines = check(ROOT, Path(__file__).with_name("allowed.txt"))
    for line in lines:
        print(line)
    if lines:
        print(
            f"{len(lines)} problems; scripts/hooksim_tools/layout/allowed.txt holds the exceptions, each with its reason"
        )
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
