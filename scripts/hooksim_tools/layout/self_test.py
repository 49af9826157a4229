"""Plants violations of each rule in a temporary tree, and expects each to be found, and nothing else."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from . import command as check
from .rules import NAMES

SERVER = "Sources/HooksimServer"
LONG = "let a = 1\n" * 301

# The rule that is violated, a file, its content, and the number of violations if it is not one.
PLANTED: list[tuple[str, str, str] | tuple[str, str, str, int]] = [
    ("sql", f"{SERVER}/Control/A.swift", 'let sql = "SELECT id FROM events"'),
    ("sql", f"{SERVER}/Control/A.swift", 'let sql = """\n    UPDATE events\n    SET topic = 1\n    """'),
    ("sql", "Sources/hooksim/A.swift", 'let sql = #"PRAGMA user_version"#'),
    ("sql", "Sources/Webhooks/A.swift", 'let sql = "\\(verb("SELECT")) x" + "DELETE FROM events"'),
    ("sql", f"{SERVER}/Delivery/A.swift", 'try session.run("\\(changes) WHERE event = ?", number)'),
    ("sql", "Tests/HooksimServerTests/Control/A.swift", 'try connection.run("INSERT INTO events VALUES (1)")', 2),
    ("import", "Sources/Webhooks/A.swift", "import NIOCore"),
    ("import", "Sources/Webhooks/A.swift", "@testable import HooksimServer"),
    ("import", "Sources/SQLite/A.swift", "package import Webhooks"),
    ("import", "Sources/hooksim/A.swift", "import SQLite"),
    ("import", f"{SERVER}/A.swift", "import HooksimReplay"),
    ("import", f"{SERVER}/Store/A.swift", "import Hummingbird"),
    ("import", f"{SERVER}/Store/A.swift", "internal import struct HTTPTypes.HTTPField"),
    ("import", f"{SERVER}/Control/A.swift", "import NIOPosix"),
    ("import", f"{SERVER}/Control/A.swift", "import SQLite"),
    ("import", "Tests/WebhooksTests/A.swift", "import SQLite"),
    ("import", "Sources/Unknown/A.swift", "import Webhooks"),
    ("mention", f"{SERVER}/Store/A.swift", "let page: EventsPage? = nil"),
    ("text", f"{SERVER}/Control/A.swift", 'if error.description.hasPrefix("no such") {}'),
    ("text", f"{SERVER}/Control/A.swift", 'if response.message.lowercased().contains("busy") {}'),
    ("text", "Sources/Webhooks/A.swift", 'if "\\(error)".contains("refused") {}'),
    ("text", "Sources/hooksim/A.swift", 'if String(describing: error).hasSuffix("closed") {}'),
    ("text", "Sources/hooksim/A.swift", "let end = problem.reason.dropLast(12)"),
    ("text", "Sources/hooksim/A.swift", 'if error.message == "no such table" {}'),
    ("status-number", f"{SERVER}/Store/A.swift", 'let sql = "UPDATE events SET status = 1"'),
    (
        "status-number",
        f"{SERVER}/Store/A.swift",
        'let sql = """\n    SELECT id FROM events\n    WHERE status IN (0, 1)\n    """',
    ),
    ("status-number", f"{SERVER}/Store/A.swift", 'let condition = "row.status <> 2"'),
    ("word", "Sources/Webhooks/A.swift", "let cutAnswer = 1"),
    ("word", "Sources/Webhooks/A.swift", "func settle() {}"),
    ("word", "Tests/WebhooksTests/A.swift", "@Test func `each call is a row`() {}"),
    ("word", "Sources/hooksim/A.swift", '@Flag(help: "Never answers.")'),
    ("word", f"{SERVER}/Store/A.swift", 'let sql = "SELECT answer_body FROM attempts"'),
    ("word", f"{SERVER}/Control/OpenAPI/a.json", '{"properties": {"is_settled": {}}}'),
    ("word", f"{SERVER}/Inspector/a.mustache", "<p>Nobody is subscribed.</p>"),
    ("word", "fixtures/a.schema.json", '{"description": "Which calls."}'),
    ("long-file", "Sources/Webhooks/A.swift", LONG),
    ("long-file", "scripts/a.py", "a = 1\n" * 301),
    ("long-file", "scripts/a", "#!/bin/sh\n" + "true\n" * 300),
]

# Files that look like violations but are none.
INNOCENT = [
    (f"{SERVER}/Store/A.swift", 'let sql = "SELECT id FROM events WHERE status = ?"'),
    (
        f"{SERVER}/Control/A.swift",
        '// "SELECT id FROM events"\nlet method = "DELETE"\nlet text = "Select one; UPDATE it"',
    ),
    (f"{SERVER}/Control/A.swift", 'let value = form.first("token")\nlet query = "?status=200"'),
    (f"{SERVER}/HTTP/A.swift", "import NIOPosix\nimport Hummingbird"),
    (f"{SERVER}/Delivery/A.swift", "let page: EventsPage? = nil"),
    (
        "Sources/Webhooks/A.swift",
        'if problems.contains(where: { $0.kind == .missing }) {}\nlet text = problem.description + "."',
    ),
    ("Tests/WebhooksTests/A.swift", '#expect(error.description.contains("refused"))'),
    ("Sources/Webhooks/A.swift", "let a = 1\n" * 300),
    ("Sources/Webhooks/A.swift", 'let callback = exactly(factor) // answers the call\nlet text = "react to callbacks"'),
    (f"{SERVER}/Control/OpenAPI/a.json", '{"callbacks": {}, "description": "a fact"}'),
]


class LayoutTests(unittest.TestCase):
    def found(self, name: str, content: str, allowed: str = "") -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for path, text in [(f"{SERVER}/Inspector/EventsPage.swift", "struct EventsPage {}"), (name, content)]:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            (root / "allowed.txt").write_text(allowed)
            return check.check(root, root / "allowed.txt")

    def test_each_planted_violation_is_found(self) -> None:
        for planted in PLANTED:
            rule, name, content = planted[:3]
            count = planted[3] if len(planted) == 4 else 1
            with self.subTest(content[:60]):
                lines = self.found(name, content)
                self.assertEqual([line.split(": ")[1] for line in lines], [rule] * count, lines)
                self.assertTrue(all(line.startswith(f"{name}:") for line in lines), lines)

    def test_each_rule_is_planted(self) -> None:
        self.assertEqual(sorted({planted[0] for planted in PLANTED}), sorted(NAMES))

    def test_nothing_else_is_found(self) -> None:
        for name, content in INNOCENT:
            with self.subTest(content[:60]):
                self.assertEqual(self.found(name, content), [])

    def test_the_line_is_that_of_the_violation(self) -> None:
        lines = self.found("Sources/Webhooks/A.swift", "/* a\n b */\nlet x = 1\n\nimport NIOCore\n")
        self.assertEqual(lines, ["Sources/Webhooks/A.swift:5: import: import NIOCore: Webhooks may not import it"])

    def test_an_exception_allows_what_it_names_and_nothing_else(self) -> None:
        name, content = "Sources/Webhooks/A.swift", "import NIOCore\nimport NIOHTTP1"
        lines = self.found(name, content, f"# why\n\nimport | {name} | NIOCore | a reason\n")
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("NIOHTTP1", lines[0])

    def test_an_exception_that_nothing_needs_is_an_error(self) -> None:
        for case in (
            "import | Sources/Webhooks/A.swift | NIOSSL | a reason",
            "sql | Sources/Webhooks/A.swift | NIOCore | a reason",
        ):
            lines = self.found("Sources/Webhooks/A.swift", "import NIOCore", case)
            self.assertEqual(len(lines), 2, lines)
            self.assertIn("remove the line", lines[1])

    def test_an_exception_needs_a_rule_and_a_reason(self) -> None:
        for case in (
            "import | Sources/Webhooks/A.swift | NIOCore",
            "imports | Sources/Webhooks/A.swift | NIOCore | a reason",
        ):
            self.assertEqual(len(self.found("Sources/Webhooks/A.swift", "import NIOCore", case)), 2)


def run() -> int:
    """Runs the tests and returns the status to exit with."""
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(LayoutTests))
    return 0 if result.wasSuccessful() else 1
