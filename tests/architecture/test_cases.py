"""docs/cases.md says which test holds which case: it is made from the tests, and no test names a case that is none."""

from __future__ import annotations

from tools.cases import ROOT, TITLES, holds, page


def test_the_page_of_cases_is_current() -> None:
    shown = (ROOT / "docs/cases.md").read_text(encoding="utf-8")
    assert shown == page(), "run: python -m tools.cases > docs/cases.md"


def test_every_case_that_a_test_names_has_a_title() -> None:
    known = {case for titles in TITLES.values() for case in titles}
    assert {case: tests for case, tests in holds().items() if case not in known} == {}
