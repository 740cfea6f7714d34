"""docs/cases.md says which test holds which case: it is made from the tests, and no test names a case that is none."""

from __future__ import annotations

import pytest

from tools.cases import ROOT, TITLES, by_place, holds, page
from tools.storefront import CANNOT, FOLDERS, SECTIONS


def test_the_page_of_cases_is_current() -> None:
    shown = (ROOT / "docs/cases.md").read_text(encoding="utf-8")
    assert shown == page(), "run: python -m tools.cases > docs/cases.md"


def test_every_case_that_a_test_names_has_a_title() -> None:
    known = {case for titles in TITLES.values() for case in titles}
    assert {case: tests for case, tests in holds().items() if case not in known} == {}


@pytest.mark.parametrize("front", FOLDERS)
def test_each_storefront_shows_every_case_of_its_sections_or_says_why_it_cannot(front: str) -> None:
    found = holds()
    shown = {case for section in SECTIONS for case in TITLES[section] if by_place(section, found[case])[front]}
    wanted = {case for section in SECTIONS for case in TITLES[section]}
    assert sorted(wanted - shown - CANNOT[front].keys()) == [], "write a test there, or give the reason"
    assert sorted(shown & CANNOT[front].keys()) == [], "a test holds what the storefront is said to be unable to show"
    assert sorted(CANNOT[front].keys() - wanted) == [], "a reason for what is no case of these sections"
