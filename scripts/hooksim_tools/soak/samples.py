"""The figures that are sampled, how much each may grow, and the table of what was found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from ..figures import Series, Slope, percentile, slope
from .lives import Lives
from .load import Load


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    # The growth per hour that is allowed.
    bound: float
    # The growth in one life that is no reason to fail, such as a cache that fills or a thread that starts late.
    step: float
    read: Callable[[Lives, Load], float | None]


def page_p99(_: Lives, load: Load) -> float | None:
    pages = load.take_pages()
    return percentile(pages, 0.99) * 1000 if pages else None


FIGURES = (
    Figure("memory (RSS)", "MiB", 24, 4, lambda lives, _: lives.simulator.resident_mib()),
    Figure("descriptors", "", 12, 10, lambda lives, _: lives.simulator.descriptors()),
    Figure("threads", "", 4, 2, lambda lives, _: lives.simulator.threads()),
    Figure("write-ahead log", "MiB", 16, 4, lambda lives, _: lives.wal_mib()),
    Figure("p99 of a list page", "ms", 20, 10, page_p99),
)
HEADINGS = ("figure", "first", "median", "last", "maximum", "growth per hour", "allowed", "kept")


@dataclass
class Life:
    """The samples of each figure in one life of the simulator."""

    start: float
    series: list[list[tuple[float, float]]] = field(default_factory=lambda: [[] for _ in FIGURES])


class Samples:
    """The samples of all lives."""

    def __init__(self, warm_up: float) -> None:
        # The seconds at the beginning of each life whose samples do not count.
        self.warm_up = warm_up
        self.lives: list[Life] = []

    def begin_life(self) -> None:
        self.lives.append(Life(time.monotonic()))

    def take(self, lives: Lives, load: Load) -> str:
        """Takes one sample of each figure, and returns them as text."""
        life, texts = self.lives[-1], []
        now = time.monotonic()
        for figure, series in zip(FIGURES, life.series, strict=True):
            value = figure.read(lives, load)
            if value is not None:
                series.append((now, value))
                texts.append(f"{figure.name} {shown(value, figure.unit)}")
        return ", ".join(texts)

    def rows(self) -> tuple[list[tuple[str, ...]], list[str]]:
        """Returns the table, and the names of the figures that grow by more than is allowed."""
        rows, grown = [], []
        for number, figure in enumerate(FIGURES):
            parts = [self._after_warm_up(life, number) for life in self.lives]
            values = [value for part in parts for _, value in part]
            found = slope(parts)
            if not values or found is None:
                rows.append((figure.name, *["–"] * 5, shown(figure.bound, figure.unit), "too short"))
                continue
            longest = max(part[-1][0] - part[0][0] for part in parts if part)
            is_kept = found.at_least <= figure.bound or found.at_least * longest / 3600 <= figure.step
            if not is_kept:
                grown.append(figure.name)
            cells = [shown(value, figure.unit) for value in (values[0], median(values), values[-1], max(values))]
            growth = growth_text(found, figure.unit)
            rows.append((figure.name, *cells, growth, shown(figure.bound, figure.unit), "yes" if is_kept else "**no**"))
        return rows, grown

    def _after_warm_up(self, life: Life, number: int) -> Series:
        return [(at, value) for at, value in life.series[number] if at >= life.start + self.warm_up]


def shown(value: float, unit: str) -> str:
    return f"{value:.1f} {unit}" if unit else f"{value:.0f}"


def growth_text(found: Slope, unit: str) -> str:
    return f"{found.per_hour:+.1f} ± {found.margin:.1f} {unit}".rstrip()
