"""Checks the Python of scripts/ and fixtures/ with ruff, the types of the tools with mypy, and their harness with its tests."""

from __future__ import annotations

import argparse
import subprocess
import sys
import unittest
from pathlib import Path

from . import ensure
from .project import ROOT, SCRIPTS, TOOLS

REQUIREMENTS = ("mypy==2.4.1", "ruff==0.17.6")
PACKAGE = Path(__file__).parent
SETTINGS = PACKAGE / "pyproject.toml"


def python_files() -> list[str]:
    """Returns all modules, and the commands whose first line names Python."""
    folders = (SCRIPTS, ROOT / "fixtures")
    modules = [file for folder in folders for file in folder.rglob("*.py") if ".build" not in file.parts]
    others = [file for file in SCRIPTS.iterdir() if file.is_file() and not file.suffix]
    commands = [file for file in others if "python3" in file.read_text().partition("\n")[0]]
    return [str(file) for file in sorted([*modules, *commands])]


def check(programs: Path, fixes: bool) -> list[str]:
    """Prints the findings of the checks, and returns the names of the checks with findings."""
    ruff = [str(programs / "ruff"), "--config", str(SETTINGS), "--cache-dir", str(TOOLS / "ruff")]
    files = python_files()
    commands = {
        "lint": [*ruff[:1], "check", *ruff[1:], "--quiet", *(["--fix"] if fixes else []), *files],
        "format": [*ruff[:1], "format", *ruff[1:], "--quiet", *([] if fixes else ["--diff"]), *files],
        "types": [
            str(programs / "mypy"), "--config-file", str(SETTINGS), "--cache-dir", str(TOOLS / "mypy"),
            "--no-error-summary", "-p", PACKAGE.name,
        ],
    }  # fmt: skip
    return [name for name, command in commands.items() if subprocess.run(command, cwd=SCRIPTS, check=False).returncode]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/check-tools", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="format, and correct what ruff can correct")
    options = parser.parse_args()
    try:
        programs = ensure.virtual_environment("lint", REQUIREMENTS)
    except ensure.Missing as error:
        sys.exit(str(error))
    failed = check(programs, options.fix)
    tests = unittest.defaultTestLoader.discover(str(PACKAGE / "tests"), top_level_dir=str(SCRIPTS))
    if not unittest.TextTestRunner().run(tests).wasSuccessful():
        failed.append("tests")
    if failed:
        print(f"failed: {', '.join(failed)}; scripts/check-tools --fix corrects format and some lint", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
