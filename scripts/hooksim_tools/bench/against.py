"""Compares the working tree with another commit: the same measurement of both in turn, pair after pair, and the median ratio of each row.

A ratio above 1 is better, of rates as of times and memory. Below the least ratio the comparison fails; a row near it is measured again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import NoReturn

from .. import ensure
from ..process import end_in_order
from ..project import ROOT
from .command import build_load_tools, output, setting
from .comparisons import COMPARISONS, Comparison
from .load import check_built
from .measurements import Plan, progress
from .table import markdown

# Both are built in one folder, one after the other, so that their dependencies are built only once.
FOLDER = ROOT / ".build-against"
LEAST = 0.95
# A row whose ratio is in this range is measured a second time.
DOUBTFUL = (0.93, 0.97)


@dataclass
class Result:
    row: Comparison
    # The figures of the base and of the working tree, for each time that the row was measured.
    runs: list[list[tuple[float, float]]] = field(default_factory=list)

    def ratios(self, run: int | None = None) -> list[float]:
        runs = self.runs if run is None else [self.runs[run]]
        return [self.row.ratio(*pair) for pairs in runs for pair in pairs]

    @property
    def ratio(self) -> float:
        """Returns the median ratio of all pairs, including those of a second measurement."""
        return median(self.ratios())

    @property
    def is_doubtful(self) -> bool:
        """Returns whether the ratio is near the least ratio, or below it in some pairs and above it in others."""
        ratios = self.ratios()
        return DOUBTFUL[0] <= self.ratio < DOUBTFUL[1] or self.ratio < LEAST <= max(ratios)

    @property
    def is_met(self) -> bool:
        return self.ratio >= LEAST

    def cells(self) -> tuple[str, ...]:
        pairs = [pair for run in self.runs for pair in run]
        figures = [f"{median(pair[side] for pair in pairs):,.4g} {self.row.unit}" for side in (0, 1)]
        shown = [
            f"{median(found):.3f} ({min(found):.2f}–{max(found):.2f})"
            for found in map(self.ratios, range(len(self.runs)))
        ]
        again = shown[1] if len(shown) > 1 else ""
        return (self.row.name, *figures, shown[0], again, f"{self.ratio:.3f}", "yes" if self.is_met else "**no**")


HEADINGS = ("row", "base", "this", "ratio (least–most)", "measured again", "median of all", f"at least {LEAST}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exits with 1 when a row is below. HOOKSIM_BIN and HOOKSIM_BASE_BIN name programs to compare instead of building them.",
    )
    parser.add_argument("--against", required=True, metavar="GIT_REF", help="the commit to compare with")
    parser.add_argument(
        "--row", action="append", choices=[row.name for row in COMPARISONS], help="only this row; may be repeated"
    )
    parser.add_argument("--pairs", type=int, default=5, help="pairs of each row (default 5)")
    parser.add_argument(
        "--quick", action="store_true", help="shorter loads and smaller stores, to try it out: its ratios vary more"
    )
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    return options


def build(name: str, files: dict[str, tuple[bytes | str, int]]) -> str:
    """Builds a release of some files, and returns the path of its program. A file whose content is a `str` is a link to
    that path."""
    tree, kept = FOLDER / "tree", FOLDER / name
    for path, (content, mode) in files.items():
        target = tree / path
        if isinstance(content, str):
            if not target.is_symlink():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(content)
            continue
        # An unchanged file is not written, so that it need not be built again.
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
    for part in tree.iterdir():
        found = [part] if part.is_file() else list(part.rglob("*")) if part.name != ".build" else []
        for file in found:
            # Package.resolved is kept, so that both use the same versions of the dependencies and only the project's
            # code is compared.
            if (
                (file.is_symlink() or file.is_file())
                and file.name != "Package.resolved"
                and file.relative_to(tree).as_posix() not in files
            ):
                file.unlink()
    subprocess.run([tree / "scripts" / "build-release"], check=True, stdout=sys.stderr)
    shutil.copy2(tree / ".build" / "release" / "hooksim", kept)
    return str(kept)


def base_program(reference: str) -> str:
    """Returns the program of a commit. It is built only once, since a commit does not change."""
    if os.environ.get("HOOKSIM_BASE_BIN"):
        return os.environ["HOOKSIM_BASE_BIN"]
    commit = output("git", "-C", str(ROOT), "rev-parse", "--verify", f"{reference}^{{commit}}")
    kept = FOLDER / f"hooksim-{commit}"
    if kept.exists():
        return str(kept)
    progress(f"building {reference}")
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        files: dict[str, tuple[bytes | str, int]] = {}
        for member in tar.getmembers():
            if member.issym():
                files[member.name] = (member.linkname, 0)
            elif member.isfile():
                files[member.name] = (content_of(tar, member), member.mode & 0o777)
        return build(kept.name, files)


def content_of(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


def this_program() -> str:
    if os.environ.get("HOOKSIM_BIN"):
        return os.environ["HOOKSIM_BIN"]
    progress("building the working tree")
    listed = output("git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    files: dict[str, tuple[bytes | str, int]] = {}
    for name in listed:
        file = ROOT / name
        if file.is_symlink():
            files[name] = (os.readlink(file), 0)
        elif file.is_file():
            files[name] = (file.read_bytes(), file.stat().st_mode & 0o777)
    return build("hooksim-this", files)


def measure(row: Comparison, plans: tuple[Plan, Plan], pairs: int) -> list[tuple[float, float]]:
    """Measures both in turn, each as often first as second, so that other load on the machine affects both alike."""
    found = []
    with ExitStack() as stack:
        opened = []
        for plan in plans:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=plan.folder))
            opened.append(row.open(stack, replace(plan, folder=Path(folder))))
        for number in range(pairs):
            measured: tuple[list[float], list[float]] = ([], [])
            for turn in range(row.repeats):
                for side in (0, 1) if (number + turn) % 2 == 0 else (1, 0):
                    measured[side].append(opened[side]())
            figures = (median(measured[0]), median(measured[1]))
            found.append(figures)
            progress(f"  {row.name}: {figures[0]:.4g} and {figures[1]:.4g} {row.unit}, ratio {row.ratio(*figures):.3f}")
    return found


def compare(chosen: list[Comparison], plans: tuple[Plan, Plan], pairs: int) -> list[Result]:
    results = [Result(row, [measure(row, plans, pairs)]) for row in chosen]
    for result in results:
        if result.is_doubtful:
            progress(f"{result.row.name} is at {result.ratio:.3f}, so it is measured again")
            result.runs.append(measure(result.row, plans, pairs))
    return results


def main() -> NoReturn:
    options = arguments()
    end_in_order()
    ensure.command("wrk", "wrk")
    build_load_tools()
    FOLDER.mkdir(exist_ok=True)
    base, this = base_program(options.against), this_program()
    with tempfile.TemporaryDirectory(prefix="hooksim-bench-") as folder:
        # Larger stores give the same ratios, and take minutes to fill.
        plan = Plan(this, Path(folder), rounds=options.pairs, seconds=4, starts=40, events=100_000)
        if options.quick:
            plan = replace(plan, seconds=1, starts=12, events=10_000, deliveries=2000, triggers=200)
        plans = (replace(plan, binary=base), plan)
        for each in plans:
            check_built(each.binary)
        header = setting(plan).partition(" Medians")[0]
        results = compare(
            [row for row in COMPARISONS if not options.row or row.name in options.row], plans, options.pairs
        )
    print(f"Against {options.against}, {options.pairs} pairs of each row; {header}\n")
    print(markdown([HEADINGS, *(result.cells() for result in results)]))
    below = [result.row.name for result in results if not result.is_met]
    if below:
        print(f"\nbelow {LEAST}: {', '.join(below)}")
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
