"""Writes which tests hold which case, from the tests themselves: python -m tools.cases > docs/cases.md."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tools.storefront import CANNOT, FOLDERS, SECTIONS

ROOT = Path(__file__).parents[1]
CASE = re.compile(r"\bT\d{3}\b")
HEAD = """\
# Cases

Written by `python -m tools.cases` from the docstrings of the tests; a test keeps it in step with them. A case is
something that happens between real shops, ERPs, carriers and people, and that the hub must get right. A test that holds
one names its number in its docstring.

Each section begins with how many tests hold its cases. Where storefronts show a case, each of them has tests of its
own, or the reason why it cannot show it (`tools/storefront.py`).
"""
ELSEWHERE = "Hub, ERP and carrier"

TITLES: dict[str, dict[str, str]] = {
    "Intake, identity and duplicates": {
        "T001": "One hook is delivered three times, twice at once",
        "T002": "Hook and poll see the same version within a second",
        "T003": "The target has kept a write whose answer was lost",
        "T004": "An answer was lost and the target can neither be asked nor told twice",
        "T005": "An old event is delivered again after everything is done",
        "T006": "Two stores have the same id and the same number",
        "T008": "A shop was reset: a known number with a new id",
        "T009": "Ids beyond 2^53, and one id as a gid and as a number",
        "T010": "A hook with a missing, wrong or cut signature",
        "T012": "A secret is rotated: both are good for a while",
        "T013": "A hook for a shop that is no connection of ours",
        "T014": "The shop drops our subscription to its hooks",
        "T015": "A value that the mapping does not know",
    },
    "Cursor and change capture": {
        "T016": "A row becomes visible after the run that should have read it",
        "T017": "A run fails in the middle of its pages",
        "T018": "The process is killed between a write and its commit",
        "T020": "A bulk edit: a thousand records of one second",
        "T021": "A line changes and the shop does not stamp the order",
        "T022": "A gateway refunds and the shop does not stamp the order",
        "T024": "An hour that happens twice when summer time ends",
        "T025": "Our clock is ahead of the remote's",
        "T026": "Old records without a time of change",
        "T028": "A remote in trouble answers with an empty list",
        "T029": "An order is closed between two runs",
        "T030": "Our permission shows only the last sixty days",
        "T032": "Live orders arrive during a long back-fill",
        "T033": "Memory in a long back-fill of large orders",
    },
    "Content and life cycle of orders": {
        "T034": "Paid is heard before created",
        "T036": "A line is taken away and another added, before or after shipping",
        "T037": "A hook whose body is no order",
        "T038": "The order is edited after its invoice",
        "T040": "Cancelled after picking, before shipping",
        "T041": "Cancelled and shipped within a second",
        "T042": "Completed drafts, company orders, sales at the counter",
        "T044": "A line whose product was deleted, wherever it stands",
        "T045": "Gift cards, tips, duties, fees and free items",
        "T046": "Emoji, right-to-left text, long text and HTML",
        "T048": "A renewal that no browser ordered",
        "T049": "Paid by two methods and captured in parts",
        "T050": "An authorization that is never captured runs out",
    },
    "Money and tax": {
        "T052": "The ERP computes a cent less than the buyer paid",
        "T053": "Tax rounded per line or per subtotal",
        "T054": "Tax rounded per piece or per total",
        "T056": "A discount over several lines leaves a cent",
        "T057": "Free shipping that still shows its tax",
        "T058": "Two taxes on one line; tax that a marketplace owes",
        "T060": "The shop's currency and the buyer's",
        "T061": "Currencies with no, three and eight decimals",
        "T062": "The rate changes between order and refund",
    },
    "Customers": {
        "T064": "A guest buys twice, the e-mail is written differently",
        "T065": "Two people share an e-mail",
        "T066": "A masked e-mail, or none",
        "T068": "The shop merges two customers",
        "T069": "An e-mail moves from one customer to another",
        "T070": "An address is edited after an order was placed",
        "T072": "Names and addresses as people write them",
        "T073": "A phone without its country, or with an extension",
        "T074": "Consent is withdrawn on one side",
    },
    "Products, bundles and units": {
        "T076": "One SKU twice, with a space, in other case, or empty",
        "T077": "A variant is added that nothing is mapped to",
        "T078": "A SKU is renamed",
        "T080": "A bundle in a batch of stock levels",
        "T081": "Pieces here, cartons there",
        "T082": "Two lines of an order with one SKU",
    },
    "Shipping, tracking and notices": {
        "T084": "A line is shipped from two places",
        "T085": "A shipment is cancelled after the buyer heard of it",
        "T086": "Tracking numbers: later, changed, two of them, of an unknown carrier",
        "T088": "One status is polled many times",
        "T089": "Delivered when first seen; history is filled in",
        "T090": "A label that was never scanned",
        "T092": "Returned, left with a neighbor, lost",
        "T093": "People who must not be written to",
        "T094": "The mail server fails after it took the mail",
        "T096": "The shop mails the buyer too",
        "T097": "A template lacks a variable or a language",
    },
    "Cancellations, refunds, returns and exchanges": {
        "T098": "A full refund with and without the goods",
        "T100": "Two refunds of parts of one line",
        "T101": "A return in two lines of one order line",
        "T102": "An exchange for something dearer",
        "T104": "The refund comes before its order",
        "T105": "A refund that is larger than what is open",
        "T106": "A chargeback",
    },
    "Stock": {
        "T108": "The level has changed since we looked",
        "T109": "One of two locations fails",
        "T110": "An older level is written late",
        "T112": "A location is gone",
        "T113": "A cancellation restores stock on both sides",
        "T114": "Many products, few changes",
    },
    "Two ways, conflicts and echoes": {
        "T116": "A person edits while our own write comes back",
        "T117": "Each side changed another field",
        "T118": "Both sides changed the same field",
        "T120": "The remote rewrites what we write",
        "T121": "Shipped here, cancelled there",
        "T122": "A field's direction is switched off",
        "T124": "Deleted here, still needed there",
    },
    "Failures, retries and operation": {
        "T125": "One record of a batch is invalid",
        "T126": "A batch is refused as a whole for one record",
        "T128": "A person edits what was parked and tries again",
        "T129": "An old error is tried again",
        "T130": "Where is order 1001?",
        "T132": "The numbers of a run add up",
        "T133": "A worker is killed",
        "T134": "Two schedulers are started",
        "T136": "No orders where many are usual",
        "T137": "What a run would do, without doing it",
    },
    "Access, limits, versions and plugins": {
        "T138": "Too many requests",
        "T140": "A token without its time of expiry",
        "T141": "Access is revoked",
        "T142": "Access to one stream is missing",
        "T144": "An API version nears its end",
        "T145": "An upgrade fails half-way",
        "T146": "A plugin fails when it is imported",
    },
    "Privacy": {
        "T148": "A customer is to be forgotten",
        "T149": "A customer asks what is kept",
        "T150": "An old event of a forgotten customer is replayed",
    },
}

Tests = list[tuple[str, str]]
"""Tests as (file, name)."""
Holds = dict[str, Tests]
"""For each case the tests that name it."""


def holds() -> Holds:
    """Find the tests of the project, and those that authors inherit, by the cases in their docstrings."""
    found: Holds = defaultdict(list)
    for path in sorted([*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("hub/testing/**/*.py")]):
        place = path.relative_to(ROOT).as_posix()
        for name, text in _tests(ast.parse(path.read_text(encoding="utf-8"))):
            for case in dict.fromkeys(CASE.findall(text)):
                found[case].append((place, name))
    return found


def _tests(part: ast.Module | ast.ClassDef) -> Iterator[tuple[str, str]]:
    for inner in part.body:
        if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
            yield inner.name, ast.get_docstring(inner) or ""
        elif isinstance(inner, ast.ClassDef):
            yield from _tests(inner)


def by_place(section: str, tests: Tests) -> dict[str, Tests]:
    """Tell apart the tests of each storefront, in the sections that storefronts show, and all others."""
    places: dict[str, Tests] = {name: [] for name in FOLDERS} if section in SECTIONS else {}
    rest = places.setdefault(ELSEWHERE if section in SECTIONS else "Tests", [])
    for place, name in tests:
        front = next((front for front in places if place.startswith(FOLDERS.get(front, "-"))), None)
        (rest if front is None else places[front]).append((place, name))
    return places


def page() -> str:
    """Write the whole page."""
    found = holds()
    lines = [HEAD]
    for section, titles in TITLES.items():
        rows = {case: by_place(section, found[case]) for case in titles}
        lines += [f"## {section}\n", *_overview(titles, rows), ""]
        for case, title in titles.items():
            lines += [f"### {case}: {title}\n", *_details(case, rows[case])]
    return "\n".join(lines)


def _overview(titles: dict[str, str], rows: dict[str, dict[str, Tests]]) -> Iterator[str]:
    names = list(next(iter(rows.values())))
    yield f"| case | {' | '.join(names)} |"
    yield f"| --- |{' ---: |' * len(names)}"
    for case, title in titles.items():
        counts = (_count(case, name, tests) for name, tests in rows[case].items())
        yield f"| [{case}: {title}](#{_anchor(f'{case}: {title}')}) | {' | '.join(counts)} |"


def _count(case: str, name: str, tests: Tests) -> str:
    if tests:
        return str(len(tests))
    return "cannot" if case in CANNOT.get(name, {}) else "-"


def _details(case: str, places: dict[str, Tests]) -> Iterator[str]:
    for name, tests in places.items():
        if tests:
            yield from [f"{name}:\n"] if len(places) > 1 else []
            yield from (f"- [{_sentence(test)}](../{place})" for place, test in tests)
            yield ""
        elif reason := CANNOT.get(name, {}).get(case):
            yield f"{name} cannot show it. {reason}\n"
    if not any(places.values()):
        yield "Nothing holds it yet.\n"


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _anchor(heading: str) -> str:
    """Name a heading as the renderers of Markdown do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(page())
