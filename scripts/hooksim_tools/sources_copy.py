"""Updates a copy of the project, for tools that build a changed one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .project import ROOT


def copy(folder: Path) -> None:
    """Updates the copy. An unchanged file is not written, so that it need not be built again; a file that no longer
    exists is removed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    wanted = {name for name in listed if (ROOT / name).is_file()}
    for name in wanted:
        target = folder / name
        content = (ROOT / name).read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod((ROOT / name).stat().st_mode)
    for part in ("Sources", "Tests"):
        for file in (folder / part).rglob("*"):
            if file.is_file() and str(file.relative_to(folder)) not in wanted:
                file.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 -m hooksim_tools.sources_copy FOLDER")
    copy(Path(sys.argv[1]))
