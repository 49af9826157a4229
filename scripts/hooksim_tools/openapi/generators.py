"""How each client is generated from the document, built and run; the clients themselves are in scripts/openapi."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import ensure
from ..project import SCRIPTS

FOLDER = SCRIPTS / "openapi"
# A limit in seconds for each command, which only ends commands that hang.
TIMEOUT = 300.0


class Failed(Exception):
    """An error for a command that failed, with its output."""


@dataclass(frozen=True)
class Workplace:
    """The folder of one client, with the documents next to it, and the environment that names the simulator and the
    receiver."""

    folder: Path
    documents: Path
    # The folder of programs of the generators' virtual environment.
    programs: Path
    environment: dict[str, str]

    def run(self, *command: str | Path, folder: Path | None = None, **variables: str) -> str:
        """Returns the output of a command. Throws `Failed` unless it succeeds."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **self.environment, **variables}
        done = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def document(self, name: str) -> Path:
        return self.documents / f"{name}.json"

    def generate(self, generator: str, document: str, folder: Path, *options: str) -> None:
        """Lets openapi-generator write a client. Throws `Failed` if it reports an error."""
        ensure.command("java", "default-jre-headless")
        command: Sequence[str | Path] = [
            self.programs / "openapi-generator-cli", "generate", "--generator-name", generator,
            "--input-spec", self.document(document), "--output", folder,
            "--global-property", "apiDocs=false,modelDocs=false,apiTests=false,modelTests=false", *options,
        ]  # fmt: skip
        output = self.run(*command)
        errors = [line for line in output.splitlines() if "ERROR" in line]
        if errors:
            raise Failed("\n".join(errors[:20]))


def python(work: Workplace) -> None:
    """Checks the client that openapi-generator writes for Python, from OpenAPI 3.1."""
    work.generate("python", "both-3.1", work.folder, "--package-name", "generated")
    work.run(work.programs / "python", FOLDER / "python" / "client.py", PYTHONPATH=str(work.folder))


def openapi_python(work: Workplace) -> None:
    """Checks the client of openapi-python-client, from OpenAPI 3.1. A part of the document that it leaves out is a
    failure."""
    config = work.folder / "config.yaml"
    # The generator does not know this media type, so it is read as a file.
    config.write_text("post_hooks: []\ncontent_type_overrides: { application/vnd.sqlite3: application/octet-stream }\n")
    work.run(
        work.programs / "openapi-python-client", "generate", "--path", work.document("both-3.1"),
        "--output-path", work.folder / "generated", "--meta", "none", "--config", config, "--fail-on-warning",
    )  # fmt: skip
    work.run(work.programs / "python", FOLDER / "openapi-python" / "client.py", PYTHONPATH=str(work.folder))


def datamodel(work: Workplace) -> None:
    """Checks the models of datamodel-code-generator, from both versions of the simulated API alone."""
    for version in ("3.1", "3.0"):
        folder = work.folder / version
        folder.mkdir()
        work.run(
            work.programs / "datamodel-codegen", "--input", work.document(f"webhooks-{version}"),
            "--input-file-type", "openapi", "--output", folder / "generated.py",
            "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin",
        )  # fmt: skip
        client = FOLDER / "datamodel" / "client.py"
        work.run(work.programs / "python", client, version, PYTHONPATH=str(folder))


def typescript(work: Workplace) -> None:
    """Checks the client that openapi-generator writes for TypeScript, from OpenAPI 3.0, built by esbuild and run by
    Node."""
    ensure.command("node", "nodejs")
    ensure.command("esbuild", "esbuild")
    work.generate("typescript-fetch", "both-3.0", work.folder / "generated")
    source = Path(shutil.copy(FOLDER / "typescript" / "client.ts", work.folder))
    built = work.folder / "client.mjs"
    options = ["--log-level=warning", "--bundle", "--platform=node", "--format=esm", f"--outfile={built}"]
    work.run("esbuild", *options, source)
    work.run("node", built)


def go(work: Workplace) -> None:
    """Checks the client that openapi-generator writes for Go, from OpenAPI 3.0, with Debian's libraries instead of
    modules."""
    ensure.packages("golang-go", "golang-golang-x-oauth2-dev", "golang-gopkg-validator.v2-dev")
    work.generate(
        "go", "both-3.0", work.folder / "src" / "generated", "--additional-properties", "packageName=generated"
    )
    client = work.folder / "src" / "client"
    client.mkdir()
    shutil.copy(FOLDER / "go" / "client.go", client)
    for command in ("vet", "run"):
        work.run(
            "go", command, ".", folder=client, GOPATH=f"{work.folder}:/usr/share/gocode", GO111MODULE="off", GOFLAGS=""
        )


def php(work: Workplace) -> None:
    """Checks the client that openapi-generator writes for PHP, from OpenAPI 3.0, with Debian's libraries instead of
    Composer."""
    ensure.packages("php-cli", "php-curl", "php-mbstring", "php-guzzlehttp-guzzle", "php-guzzlehttp-psr7")
    generated = work.folder / "generated"
    work.generate("php", "both-3.0", generated, "--additional-properties", "invokerPackage=Generated")
    check = 'for file; do php -l "$file" >/dev/null || exit 255; done'
    files = sorted(str(file) for file in generated.rglob("*.php"))
    work.run("sh", "-c", check, "sh", *files)
    options = ["-d", "zend.assertions=1", "-d", "assert.exception=1"]
    work.run("php", *options, FOLDER / "php" / "client.php", GENERATED=str(generated / "lib"))


def ruby(work: Workplace) -> None:
    """Checks the client that openapi-generator writes for Ruby, from OpenAPI 3.1, with Debian's libraries instead of
    gems."""
    ensure.packages("ruby", "ruby-typhoeus")
    generated = work.folder / "generated"
    work.generate("ruby", "both-3.1", generated, "--additional-properties", "gemName=generated,moduleName=Generated")
    work.run("ruby", "-I", generated / "lib", FOLDER / "ruby" / "client.rb")


GENERATORS: dict[str, Callable[[Workplace], None]] = {
    "python": python,
    "openapi-python": openapi_python,
    "datamodel": datamodel,
    "typescript": typescript,
    "go": go,
    "php": php,
    "ruby": ruby,
}
