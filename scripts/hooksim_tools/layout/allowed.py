"""The exceptions to the rules, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .rules import NAMES, Violation


@dataclass
class Case:
    rule: str
    path: str
    pattern: str
    line: int
    used: bool = False


@dataclass
class AllowedCases:
    """Lines of a file: `rule | path | pattern | reason`. A pattern is text that the violation must have in it."""

    file: Path
    cases: list[Case] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, line in enumerate(self.file.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split(" | ", 3)]
            if len(parts) != 4 or not all(parts):
                self.malformed.append(f"{self.file.name}:{number}: expected rule | path | pattern | reason")
            elif parts[0] not in NAMES:
                self.malformed.append(
                    f"{self.file.name}:{number}: there is no rule {parts[0]}; there are {', '.join(NAMES)}"
                )
            else:
                rule, path, pattern, _ = parts
                self.cases.append(Case(rule, path, pattern, number))

    def covers(self, violation: Violation) -> bool:
        """Returns whether a line allows the violation. That line then counts as needed."""
        matching = [
            case
            for case in self.cases
            if (case.rule, case.path) == (violation.rule, violation.path) and case.pattern in violation.text
        ]
        for case in matching:
            case.used = True
        return bool(matching)

    def problems(self) -> list[str]:
        """Returns the problems of the file, once all violations have been looked up."""
        unused = [
            f"{self.file.name}:{case.line}: nothing in {case.path} needs this exception to {case.rule}; remove the line"
            for case in self.cases
            if not case.used
        ]
        return self.malformed + unused
