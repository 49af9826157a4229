"""Runs the examples of a page against a simulator."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..process import free_port
from ..project import ROOT, environment
from ..simulator import Simulator
from .comparison import json_differences, text_differences
from .pages import Block, Page

_SECONDS = 120
# Patterns of a response that shows a failure.
_FAILURES = (re.compile(r'"met": ?false'), re.compile(r'"code": ?"'))
_MARK = "--end-of-block--"
_FOLDERS = ("docs", "fixtures", "scripts")
# The parts of a scenario that a block with only its steps, or without steps, needs to be a scenario.
_RECEIVERS = "receivers: { shop: { respond: 200 }, books: { respond: 200 } }\n"
_STEPS = "steps:\n  - clear_faults: {}\n"


# A script that replaces the program, so that the shell can wait until `listen` reports that it listens.
_STAND_IN = """#!/usr/bin/env bash
if [ "${{1-}}" = listen ]; then exec {program} "$@" 2> >(exec tee "$TMPDIR/.listening" >&2); fi
exec {program} "$@"
"""
_WAIT = """
wait_until_listening() {
  for _ in $(seq 600); do
    if grep -qs '^listening' "$TMPDIR/.listening"; then rm "$TMPDIR/.listening"; return; fi
    sleep 0.1
  done
  echo "hooksim listen did not say that it listens"
  return 1
}
"""


class Runner:
    """Runs the examples of pages with one program."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.count = 0

    def problems(self, page: Page) -> Iterator[str]:
        """Yields a line for each example that is not correct."""
        yield from self._commands(page)
        yield from self._rules(page)
        for block in page.blocks:
            if block.kind == "json":
                yield from self._json(block)
            elif block.kind == "yaml":
                yield from self._scenario(block)
            elif block.kind == "swift":
                yield from self._excerpt(block, page)

    def _json(self, block: Block) -> Iterator[str]:
        self.count += 1
        try:
            json.loads(block.text)
        except ValueError as error:
            yield f"{block}: this is not JSON: {error}"

    def _excerpt(self, block: Block, page: Page) -> Iterator[str]:
        """Compares code with the file that the paragraph before it links."""
        self.count += 1
        links = [
            link for number, link in page.links() if block.line - 5 <= number < block.line and link.endswith(".swift")
        ]
        if not links:
            yield f"{block}: the text before this code names no file that has it"
        elif block.text.strip() not in (page.path.parent / links[-1]).read_text():
            yield f"{block}: {links[-1]} does not have this code"

    def _scenario(self, block: Block) -> Iterator[str]:
        """Replays a scenario. A block that is only a part of one is completed first."""
        self.count += 1
        text = block.text
        if text.lstrip().startswith("- "):
            text = _RECEIVERS + "steps:\n" + "".join(f"  {line}\n" for line in text.splitlines())
        elif "steps:" not in text:
            text += _STEPS
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"{block.page.stem}-{block.line}.yaml")
            file.write_text(text)
            command = [self.program, "replay", str(file)]
            run = subprocess.run(
                command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        if run.returncode:
            yield f"{block}: the scenario does not hold:\n{run.stdout}{run.stderr}"

    def _rules(self, page: Page) -> Iterator[str]:
        """Adds each fault rule that is code in the text; on the page of faults, an effect alone is completed to a
        rule."""
        code = [(number, text) for number, line in page.prose for text in re.findall(r"`(\{\"[^`]*\})`", line)]
        bodies = [(number, text, self._possible_rules(text, page)) for number, text in code if "…" not in text]
        rules = [(number, text, possible) for number, text, possible in bodies if possible]
        if not rules:
            return
        with Simulator(binary=self.program) as simulator:
            for number, text, possible in rules:
                self.count += 1
                sent = [simulator.client.send("POST", "/__admin/faults", rule) for rule in possible]
                if not any(response.status == 201 for response in sent):
                    yield f"{page.path.name}:{number}: the rule {text} is refused: {sent[0]}"

    def _possible_rules(self, text: str, page: Page) -> list[dict[str, object]]:
        """Returns the rules that a piece of code can mean, or none if it is something else."""
        try:
            value = json.loads(text)
        except ValueError:
            return []
        if "target" in value:
            return [value]
        if page.path.stem != "faults":
            return []
        return [{"target": target, "effect": value} for target in ("api", "delivery")]

    def _commands(self, page: Page) -> Iterator[str]:
        """Runs all blocks of commands in one shell, and compares the example of output that follows one."""
        commands = [block for block in page.blocks if block.kind == "sh"]
        if not commands:
            return
        script = "".join(f"{block.text}\nprintf '\\n{_MARK}\\n'\n" for block in commands)
        outputs = self._shell(script, page.files())
        self.count += len(commands)
        for block, output in zip(commands, outputs, strict=False):
            following = page.blocks[page.blocks.index(block) + 1 :][:1]
            yield from (f"{block}: {problem}" for problem in self._differences(following, output.strip()))
        if len(outputs) <= len(commands):
            yield f"{commands[len(outputs) - 1]}: these commands failed:\n{outputs[-1]}"

    def _differences(self, following: list[Block], output: str) -> Iterator[str]:
        example = following[0] if following else None
        shown = example.text if example else ""
        # curl succeeds even if the response is an error.
        for failure in _FAILURES:
            if failure.search(output) and not failure.search(shown):
                yield f"something failed here: {output}"
        if not example:
            return
        if example.kind == "text":
            self.count += 1
            yield from text_differences(example.text, output)
        elif example.kind == "json":
            found = last_json(output)
            if found is None:
                yield f"the output has no line of JSON: {output!r}"
                return
            yield from json_differences(json.loads(example.text), found)

    def _shell(self, script: str, files: dict[str, str]) -> list[str]:
        """Returns the output of each block, and the output after the last block that ended."""
        with tempfile.TemporaryDirectory() as work, Simulator(binary=self.program) as simulator:
            programs = Path(work, "bin")
            programs.mkdir()
            stand_in = programs / "hooksim"
            stand_in.write_text(_STAND_IN.format(program=shlex.quote(self.program)))
            stand_in.chmod(0o755)
            # Relative paths lead to the project, and files that the commands write are removed with the folder.
            for name in _FOLDERS:
                Path(work, name).symlink_to(ROOT / name)
            for name, text in files.items():
                Path(work, name).write_text(text)
            # A page lets a receiver start within a second; a busy machine may need longer.
            port = free_port()
            for old, new in (
                ("http://127.0.0.1:8080", simulator.url),
                (".build/release/hooksim", "hooksim"),
                ("sleep 1", "wait_until_listening"),
                ("127.0.0.1:3000", f"127.0.0.1:{port}"),
                ("--port 3000", f"--port {port}"),
            ):
                script = script.replace(old, new)
            path = f"{programs}{os.pathsep}{os.environ['PATH']}"
            variables = environment(HOOKSIM_URL=simulator.url, TMPDIR=work, PATH=path)
            output = Path(work, ".output")
            with output.open("w") as file:
                shell = subprocess.Popen(
                    ["bash", "-euo", "pipefail", "-c", _WAIT + script],
                    cwd=work,
                    env=variables,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    start_new_session=True,
                )
                try:
                    shell.wait(_SECONDS)
                finally:
                    # If the shell has ended early, the programs that it started in the background are ended too.
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(shell.pid, signal.SIGKILL)
                    shell.wait()
            return output.read_text().split(f"\n{_MARK}\n")


def last_json(output: str) -> object:
    """Returns the last line of an output that begins with an object or array, or `None`. A program in the background
    may print a line of its own after it, or at its end."""
    for line in reversed(output.splitlines()):
        if line[:1] in ("{", "["):
            with contextlib.suppress(ValueError):
                value: object = json.JSONDecoder().raw_decode(line)[0]
                return value
    return None
