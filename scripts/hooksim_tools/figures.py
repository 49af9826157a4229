"""Figures of samples: percentiles, and how fast a figure grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

# Instants in seconds with the values at them.
Series = Sequence[tuple[float, float]]


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@dataclass(frozen=True)
class Slope:
    """The growth of a figure per hour, and twice its standard error."""

    per_hour: float
    margin: float

    @property
    def at_least(self) -> float:
        """The growth that is certain: a short run with few samples has a large margin."""
        return self.per_hour - self.margin


def slope(parts: Sequence[Series]) -> Slope | None:
    """Returns the slope of least squares that all parts have in common, while each part begins where it begins.

    It is `None` if there are too few samples.
    """
    products = squares = residual = 0.0
    kept = [part for part in parts if len(part) > 2]
    centered = [[(at - mean_at, value - mean) for at, value in part] for part, mean_at, mean in map(_means, kept)]
    for part in centered:
        products += sum(at * value for at, value in part)
        squares += sum(at * at for at, _ in part)
    if not squares:
        return None
    per_second = products / squares
    for part in centered:
        residual += sum((value - per_second * at) ** 2 for at, value in part)
    freedom = sum(map(len, kept)) - len(kept) - 1
    error = sqrt(residual / freedom / squares) if freedom > 0 else inf
    return Slope(3600 * per_second, 2 * 3600 * error)


def _means(part: Series) -> tuple[Series, float, float]:
    return part, sum(at for at, _ in part) / len(part), sum(value for _, value in part) / len(part)
