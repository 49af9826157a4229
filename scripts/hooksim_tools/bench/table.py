"""Rows of figures, and their output as text."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    what: str
    floor: str
    measured: str
    figure: str
    must: str
    aim: str
    met: str


HEADINGS = Row("what", "floor", "measured", "ratio / figure", "must reach", "aim", "met")


@dataclass(frozen=True)
class Target:
    """The value that a figure must reach, and its aim. The aim is the lower one if a lower figure is better."""

    must: float
    aim: float

    def met(self, figure: float) -> str:
        sign = -1 if self.aim < self.must else 1
        if sign * figure >= sign * self.aim:
            return "aim"
        return "yes" if sign * figure >= sign * self.must else "**no**"


def worst(verdicts: set[str]) -> str:
    return next(verdict for verdict in ("**no**", "yes", "aim") if verdict in verdicts)


def ratio_row(what: str, floor: str, pairs: list[tuple[float, float]], must: float, aim: float) -> Row:
    """Returns the row of pairs of floor and measured, both in requests per second, each pair measured together."""
    ratios = [measured / floor for floor, measured in pairs]
    figure = median(ratios)
    return Row(
        what,
        f"{floor}: {per_second(median(pair[0] for pair in pairs))}",
        per_second(median(pair[1] for pair in pairs)),
        f"{figure:.2f}{spread(ratios, '.2f')}",
        f"{must:.2f}",
        f"{aim:.2f}",
        Target(must, aim).met(figure),
    )


def figure_row(
    what: str, values: list[float], unit: str, must: float, aim: float, digits: int = 1, floor: str = "–"
) -> Row:
    """Returns a row of figures that are compared with the target directly, without a floor."""
    figure = median(values)
    shown = f"{figure:.{digits}f} {unit}"
    return Row(
        what,
        floor,
        shown,
        shown + spread(values, f".{digits}f"),
        f"{must:g} {unit}",
        f"{aim:g} {unit}",
        Target(must, aim).met(figure),
    )


def per_second(value: float) -> str:
    return f"{value:,.0f}/s"


def spread(values: list[float], form: str) -> str:
    """Returns the range of the figures, which shows how noisy the machine is."""
    return f" ({min(values):{form}}–{max(values):{form}})" if len(values) > 1 else ""


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Returns a table in Markdown, whose first row is its headings."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
