"""Tests of how the outputs of examples are read."""

from __future__ import annotations

import unittest

from ..documentation.examples import last_json


class LastJSONTests(unittest.TestCase):
    def test_lines_of_a_program_in_the_background_are_not_the_response(self) -> None:
        for output in ('{"met": true}', 'row\n{"met": true}\nrow', '{"data": []}\n{"met": true}row'):
            self.assertEqual(last_json(output), {"met": True}, output)

    def test_an_output_without_json_has_none(self) -> None:
        for output in ("", "row", "{row"):
            self.assertIsNone(last_json(output), output)
