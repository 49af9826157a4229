"""The rules. Each is a function that yields the violations of the rule in a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .imports import FOLDER_MODULES, FOLDERS_OF, MENTIONS, TARGETS, TESTED_FROM
from .swift_source import Source, Tree
from .words import wrong_words


@dataclass(frozen=True)
class Violation:
    rule: str
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


SERVER = "Sources/HooksimServer"
MAX_LINES = 300

# The folders in which statements are written, and those of tests that read the stored rows.
SQL_FOLDERS = (f"{SERVER}/Store/", "Sources/SQLite/", "Tests/HooksimServerTests/Store/", "Tests/SQLiteTests/")
STATEMENT = re.compile(
    r"\s*(?:SELECT\s|INSERT (?:INTO|OR)\b|REPLACE INTO\b|UPDATE \w|DELETE FROM\b|WITH \w+\b.* AS\b|PRAGMA \w"
    r"|(?:CREATE|DROP|ALTER) (?:TABLE|INDEX|UNIQUE|TRIGGER|VIEW|TEMP)|(?:VALUES|FROM|WHERE|ORDER BY|GROUP BY|RETURNING)\b"
    r"|BEGIN(?: IMMEDIATE)?$|COMMIT$|ROLLBACK\b|SAVEPOINT\b|RELEASE\b|VACUUM\b|ATTACH\b)"
)
STATEMENT_CALL = re.compile(r"\b(?:connection|session|store)\.(?:run|first|all|prepare|execute)\(\s*(?:\"\"|sql\b)")
SQL_WORD = re.compile(r"\b(?:SELECT|UPDATE|WHERE|AND|OR|SET|CHECK|CASE|INDEX)\b")
STATUS_NUMBER = re.compile(r"\bstatus\s*(?:=|==|<>|!=|<|>|<=|>=|IN\s*\()\s*\d")

SENTENCE = r"(?i:\b\w*(?:description|message|reason|reasonPhrase|problem)\b)"
SHOWN_ERROR = r'"\\\(\w*(?:[eE]rror|[pP]roblem|[fF]ailure)\)"|String\((?:describing|reflecting): *\w+\)'
STEP = r"\.(?:lowercased|uppercased|utf8|unicodeScalars|prefix|suffix|dropFirst|dropLast)\b(?:\([^()]*\))?"
CUT = r"\.(?:hasPrefix|hasSuffix|contains|starts|range|firstRange|ranges|split|components|replacing|wholeMatch|firstMatch)\("
BRANCH_ON_TEXT = re.compile(
    rf"(?:{SENTENCE}|{SHOWN_ERROR})[?!]?(?:{STEP})*(?:{CUT}|\.(?:dropFirst|dropLast|prefix|suffix)\()"
    rf'|\.(?:description|message|reason) *[!=]= *"|\bswitch \S*\.(?:description|message|reason) \{{'
)
IMPORT = re.compile(
    r"^(?:@\w+ +)*(?:(?:public|package|internal|fileprivate|private) +)?import +(?:(?:struct|class|enum|func|protocol) +)?(\w+)",
    re.MULTILINE,
)
DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))? +)*(?:(?:public|package|internal|final|indirect|nonisolated) +)*"
    r"(?:struct|class|enum|actor|protocol|typealias) +(\w+)",
    re.MULTILINE,
)


def sql(tree: Tree) -> Iterator[Violation]:
    """SQL statements are only in Store and SQLite."""
    for file in tree.swift:
        if file.name.startswith(SQL_FOLDERS):
            continue
        for literal in file.literals:
            if STATEMENT.match(literal.text):
                yield Violation("sql", file.name, literal.line, f"a statement outside of Store: {literal.text.strip()}")
        for call in STATEMENT_CALL.finditer(file.code):
            line = file.line_of(file.code, call.start())
            yield Violation(
                "sql", file.name, line, f"a statement is run outside of Store: {file.lines[line - 1].strip()}"
            )


def imports(tree: Tree) -> Iterator[Violation]:
    """Targets and folders import only what the tables allow."""
    for file in tree.swift:
        for found in IMPORT.finditer(file.code):
            module = found[1]
            reason = refusal(file.name, module)
            if reason:
                yield Violation(
                    "import", file.name, file.line_of(file.code, found.start()), f"import {module}: {reason}"
                )


def refusal(name: str, module: str) -> str | None:
    """Returns why a file may not import a module; `None` if it may."""
    part, target, *rest = name.split("/")
    if part == "Tests":
        allowed = TESTED_FROM.get(target, ())
        return None if module not in TARGETS or module in allowed else f"{target} may not import it"
    if target not in TARGETS:
        return f"scripts/hooksim_tools/layout/imports.py has no target {target}"
    if module not in TARGETS[target].targets + TARGETS[target].modules:
        return f"{target} may not import it"
    folder = rest[0] if len(rest) > 1 else "."
    return refusal_in_server(folder, module) if target == "HooksimServer" else None


def refusal_in_server(folder: str, module: str) -> str | None:
    if folder in FOLDER_MODULES and module not in FOLDER_MODULES[folder]:
        return f"{folder} may import only {', '.join(sorted(FOLDER_MODULES[folder]))}"
    if module in FOLDERS_OF and folder not in FOLDERS_OF[module]:
        return f"only {', '.join(FOLDERS_OF[module])} may import it"
    return None


def mentions(tree: Tree) -> Iterator[Violation]:
    """Folders of the server mention only types of the folders that the table allows."""
    files = tree.below(SERVER)
    declared: dict[str, set[str]] = {}
    for file in files:
        for found in DECLARATION.finditer(file.code):
            declared.setdefault(found[1], set()).add(folder_of(file))
    for file in files:
        folder = folder_of(file)
        if folder not in MENTIONS:
            continue
        reported = set()
        for found in re.finditer(r"(?<![.\w])[A-Z]\w*", file.code):
            owners = declared.get(found[0], set())
            if found[0] in reported or not owners or folder in owners or owners & set(MENTIONS[folder]):
                continue
            reported.add(found[0])
            text = f"{found[0]} is of {min(owners)}, which {folder} may not know"
            yield Violation("mention", file.name, file.line_of(file.code, found.start()), text)


def folder_of(file: Source) -> str:
    parts = file.name.removeprefix(SERVER + "/").split("/")
    return parts[0] if len(parts) > 1 else "."


def texts(tree: Tree) -> Iterator[Violation]:
    """No code branches on texts that are written for people, or cuts them."""
    for file in tree.below("Sources"):
        for found in BRANCH_ON_TEXT.finditer(file.without_comments):
            line = file.line_of(file.without_comments, found.start())
            yield Violation("text", file.name, line, f"code goes by a text for people: {file.lines[line - 1].strip()}")


def status_numbers(tree: Tree) -> Iterator[Violation]:
    """Statements have no bare numbers for statuses."""
    for file in tree.swift:
        in_store = file.name.startswith(SQL_FOLDERS)
        for literal in file.literals:
            if STATUS_NUMBER.search(literal.text) and (in_store or SQL_WORD.search(literal.text)):
                yield Violation("status-number", file.name, literal.line, f"a bare number: {literal.text.strip()}")


def long_files(tree: Tree) -> Iterator[Violation]:
    """No file has more lines than the limit."""
    for file in tree.all:
        if len(file.lines) > MAX_LINES:
            yield Violation("long-file", file.name, MAX_LINES + 1, f"{len(file.lines)} lines; at most {MAX_LINES}")


def words(tree: Tree) -> Iterator[Violation]:
    """Names, statements, help and messages use the glossary's words."""
    for name, line, text in wrong_words(tree):
        yield Violation("word", name, line, text)


RULES: list[Callable[[Tree], Iterator[Violation]]] = [sql, imports, mentions, texts, status_numbers, long_files, words]
NAMES = ("sql", "import", "mention", "text", "status-number", "long-file", "word")
