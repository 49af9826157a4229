"""Plants mistakes in pages, and expects each to be found."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from .comparison import json_differences, text_differences
from .names import unknown_names
from .pages import Page, broken_links

_PAGE = """# A page
[a heading](#a-heading), [another page](other.md), `[code](nowhere.md)`

## A heading

Save this as `outage.yaml`:

```yaml
steps: []
```

```sh
[not a link](nowhere.md)
```

| subject | where |
|---|---|
| known | `knownName` |

## A heading
"""


class PageTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        (self.root / "Sources").mkdir()
        (self.root / "Sources" / "Names.swift").write_text("let knownName = 1\n")
        (self.root / "other.md").write_text("# Other\n")

    def page(self, text: str) -> Page:
        path = self.root / "page.md"
        path.write_text(text)
        return Page(path)

    def links(self, text: str) -> list[str]:
        return list(broken_links([self.page(text)], self.root))

    def test_a_page_has_blocks_files_and_anchors(self) -> None:
        page = self.page(_PAGE)
        self.assertEqual([(block.line, block.kind) for block in page.blocks], [(8, "yaml"), (12, "sh")])
        self.assertEqual(page.files(), {"outage.yaml": "steps: []\n"})
        self.assertEqual(page.anchors(), {"a-page", "a-heading", "a-heading-1"})

    def test_a_link_that_leads_nowhere_is_found(self) -> None:
        self.assertEqual(self.links(_PAGE), [])
        self.assertIn("leads to no heading", self.links(_PAGE.replace("(#a-heading)", "(#no-heading)"))[0])
        self.assertIn("leads to no file", self.links(_PAGE.replace("other.md", "no-other.md"))[0])
        self.assertIn("leads to no heading", self.links(_PAGE.replace("other.md", "other.md#none"))[0])

    def test_a_name_that_the_sources_do_not_have_is_found(self) -> None:
        self.assertEqual(list(unknown_names(self.page(_PAGE), self.root)), [])
        page = self.page(_PAGE.replace("knownName", "otherName"))
        self.assertEqual(len(list(unknown_names(page, self.root))), 1)


class ComparisonTests(unittest.TestCase):
    def test_json_of_the_same_form_has_no_differences(self) -> None:
        example = {"id": "f1", "at": "2026-01-05", "data": [{"count": 1}], "note": "cut …", "error": None}
        found = {"id": "f2", "at": "2027-02-06", "data": [{"count": 2}, {"count": 3}], "note": "whole", "error": None}
        self.assertEqual(list(json_differences(example, found)), [])

    def test_json_of_another_form_has_differences(self) -> None:
        for example, found in (
            ({"a": 1}, {"b": 1}),
            ({"a": 1}, {"a": "1"}),
            ({"a": "word"}, {"a": "other"}),
            ({"a": True}, {"a": False}),
            ({"a": [1]}, {"a": []}),
            ({"a": [{"b": 1}]}, {"a": [{"b": None}]}),
        ):
            self.assertNotEqual(list(json_differences(example, found)), [], f"{example} and {found}")

    def test_lines_are_compared_without_numbers_and_gaps(self) -> None:
        found = "one  12\nskipped\nlast 392d1a40-1619-4232-97bb-96dc86c61353\n"
        self.assertEqual(list(text_differences("one 7\n…\nlast 0211a5c1-5400-4461-b1c6-f97f4bc8b9c7\n", found)), [])
        self.assertNotEqual(list(text_differences("last 1\none 7\n", found)), [])
        self.assertNotEqual(list(text_differences("one word\n", found)), [])


def run() -> int:
    """Returns 0 if each planted mistake was found."""
    suite = unittest.defaultTestLoader.loadTestsFromName(__name__)
    return 0 if unittest.TextTestRunner(verbosity=0).run(suite).wasSuccessful() else 1
