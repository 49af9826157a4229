"""Tests of the figures of samples."""

from __future__ import annotations

import unittest

from ..figures import percentile, slope


class FiguresTests(unittest.TestCase):
    def test_the_slope_is_per_hour(self) -> None:
        found = slope([[(0, 1.0), (1800, 2.0), (3600, 3.0)]])
        assert found is not None
        self.assertAlmostEqual(found.per_hour, 2)
        self.assertAlmostEqual(found.margin, 0)

    def test_each_part_begins_where_it_begins(self) -> None:
        rising = [(float(at), at / 3600) for at in range(0, 3600, 600)]
        later = [(at + 5000, value - 40) for at, value in rising]
        found = slope([rising, later])
        assert found is not None
        self.assertAlmostEqual(found.per_hour, 1)

    def test_noise_widens_the_margin(self) -> None:
        found = slope([[(at, at % 2) for at in range(10)]])
        assert found is not None
        self.assertLess(found.at_least, 0)

    def test_too_few_samples_have_no_slope(self) -> None:
        self.assertIsNone(slope([[(0, 1), (1, 2)]]))

    def test_a_percentile_is_one_of_the_values(self) -> None:
        self.assertEqual(percentile([3.0, 1.0, 2.0], 0.99), 3)
        self.assertEqual(percentile([3.0, 1.0, 2.0], 0.5), 2)
