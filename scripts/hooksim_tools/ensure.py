"""Installs the missing packages of Debian and virtual environments that a tool needs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from .project import TOOLS

APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300")


class Missing(Exception):
    """An error for something that a tool needs and that can't be installed here."""


def as_root(*command: str) -> None:
    """Runs a command as root; its output is shown only if it fails. Throws `CalledProcessError` then."""
    prefix = () if os.geteuid() == 0 else ("sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run([*prefix, *command], check=True, capture_output=True, text=True, env=environment)
    except subprocess.CalledProcessError as error:
        print(error.stdout[-2000:], error.stderr[-2000:], sep="", file=sys.stderr)
        raise


def packages(*names: str) -> None:
    """Installs those of Debian's packages that are missing. Throws `Missing` if they can't be installed."""
    missing = [name for name in names if not is_installed(name)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Missing(f"{' '.join(missing)} must be installed by hand, since there is no apt-get here")
    print(f"installing {' '.join(missing)}", file=sys.stderr, flush=True)
    try:
        # A package may be in the list that is already on the machine.
        with contextlib.suppress(subprocess.CalledProcessError):
            as_root(*APT, "update", "-qq")
        as_root(*APT, "install", "-y", "-qq", "--no-install-recommends", *missing)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"{' '.join(missing)} can't be installed: {error}") from error


def command(name: str, package: str) -> None:
    """Installs a package if its command is missing. Throws `Missing` if it can't be installed."""
    if not shutil.which(name):
        packages(package)


def is_installed(package: str) -> bool:
    """Returns whether one of Debian's packages is installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"
    except OSError:
        return False


def virtual_environment(name: str, requirements: Iterable[str]) -> Path:
    """Returns the folder of programs of a virtual environment that has exactly these requirements.

    It is created again when they change. Throws `Missing` if they can't be installed.
    """
    wanted = "\n".join(requirements) + "\n"
    folder = TOOLS / "environments" / name
    stamp = folder / "requirements.txt"
    programs = folder / "bin"
    if stamp.exists() and stamp.read_text() == wanted and (programs / "python").exists():
        return programs
    try:
        import ensurepip  # noqa: F401  Debian has it in a package of its own.
    except ImportError:
        packages("python3-venv")
    unfinished = folder / "unfinished.txt"
    print(f"installing {', '.join(wanted.split())}", file=sys.stderr, flush=True)
    try:
        run(sys.executable, "-m", "venv", "--clear", str(folder))
        unfinished.write_text(wanted)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "-r", str(unfinished))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"the virtual environment {name} can't be installed: {error}") from error
    # The environment is complete only now.
    unfinished.rename(stamp)
    return programs


def requirements_of(file: Path) -> list[str]:
    """Returns the requirements that a file lists, one a line, without its comments."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def run(*command: str, timeout: float | None = None) -> None:
    """Runs a command whose output goes to standard error. Throws `CalledProcessError` if it fails."""
    subprocess.run(command, check=True, stdout=sys.stderr, timeout=timeout)


def succeed(*command: str) -> None:
    """Runs a command whose output goes to standard error; the process ends with its status if it fails."""
    status = subprocess.run(command, check=False, stdout=sys.stderr).returncode
    if status:
        print(f"{' '.join(command)} failed", file=sys.stderr)
        sys.exit(status if status > 0 else 1)


def exec_module(python: Path, module: str, arguments: Sequence[str]) -> None:
    """Replaces this process by another module of this package, run with the Python of a virtual environment."""
    path = str(Path(__file__).resolve().parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH", "")]))
    os.execv(python, [str(python), "-B", "-m", module, *arguments])
