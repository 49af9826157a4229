"""The clients and receivers of scripts/clients, each with the packages that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..project import SCRIPTS, TOOLS

FOLDER = SCRIPTS / "clients"
ENVIRONMENT = "clients"
PYTHON = str(TOOLS / "environments" / ENVIRONMENT / "bin" / "python")
# Packages of Debian.
PACKAGES = (
    "curl", "golang-go", "libgoogle-gson-java", "libhttp-daemon-perl", "libwww-perl", "node-express", "nodejs",
    "openjdk-17-jdk-headless", "php-cli", "php-curl", "ruby", "ruby-webrick",
)  # fmt: skip
GSON = "/usr/share/java/gson.jar"


@dataclass(frozen=True)
class Need:
    """A package, and a command that succeeds if the package is installed."""

    package: str
    probe: Sequence[str]


@dataclass(frozen=True)
class Check:
    """A client, and for some clients the receiver that they use."""

    name: str
    command: Sequence[str]
    needs: Sequence[Need] = ()
    receiver: Sequence[str] | None = None
    # Whether the client does the steps of verification.py.
    is_verified: bool = False


def python(name: str, file: str, *packages: str, is_verified: bool = False) -> Check:
    """Returns the check of a client in Python."""
    return Check(name, [PYTHON, file], [python_package(package) for package in packages], is_verified=is_verified)


def python_package(package: str) -> Need:
    return Need(package, [PYTHON, "-c", f"import {package.replace('-', '_')}"])


def framework(name: str, *packages: str, command: Sequence[str] | None = None) -> Check:
    """Returns the check of a Python framework as the receiver, with the client that uses requests."""
    return Check(
        name,
        [PYTHON, "python_client.py"],
        [python_package(package) for package in ("requests", *packages)],
        receiver=command or [PYTHON, f"frameworks/{name.replace('.', '_')}_receiver.py"],
        is_verified=True,
    )


JAVA = [Need("openjdk-17-jdk-headless", ["javac", "--version"]), Need("libgoogle-gson-java", ["test", "-e", GSON])]
RUBY = [Need("ruby", ["ruby", "--version"]), Need("ruby-webrick", ["ruby", "-rwebrick", "-e", ""])]
PHP = [
    Need("php-cli", ["php", "--version"]),
    Need("php-curl", ["php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"]),
]
PERL = [
    Need("perl", ["perl", "-MJSON::PP", "-e", ""]),
    Need("libwww-perl", ["perl", "-MLWP::UserAgent", "-e", ""]),
    Need("libhttp-daemon-perl", ["perl", "-MHTTP::Daemon", "-e", ""]),
]
CHECKS = [
    Check("curl", ["bash", "curl.sh"], [Need("curl", ["curl", "--version"])]),
    python("authlib", "authlib_client.py", "authlib"),
    python("requests-oauthlib", "requests_oauthlib_client.py", "requests-oauthlib"),
    Check("node", ["node", "node_client.mjs"], [Need("nodejs", ["node", "--version"])]),
    Check("express", ["node", "express_receiver.mjs"], [Need("node-express", ["node", "-e", "require('express')"])]),
    Check("java", ["java", "-cp", GSON, "java_client.java"], JAVA, is_verified=True),
    Check("go", ["go", "run", "go_client.go"], [Need("golang-go", ["go", "version"])], is_verified=True),
    Check("ruby", ["ruby", "ruby_client.rb"], RUBY, is_verified=True),
    Check("php", ["php", "php_client.php"], PHP, is_verified=True),
    Check("perl", ["perl", "perl_client.pl"], PERL, is_verified=True),
    framework("flask", "flask"),
    framework("django", "django"),
    framework("fastapi", "fastapi", "uvicorn"),
    framework("aiohttp", "aiohttp"),
    framework("tornado", "tornado"),
    framework("bottle", "bottle"),
    framework(
        "gunicorn", "gunicorn", command=[PYTHON, "-m", "gunicorn", "--chdir", "frameworks", "gunicorn_receiver:app"]
    ),
    framework("http.server"),
    framework("serial.http.server"),
    python("docs/api.md", "receiver_from_api.py"),
]
