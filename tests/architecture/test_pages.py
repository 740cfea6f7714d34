"""The pages tell the truth: about hooks, errors, dependencies, connectors and each other."""

from __future__ import annotations

import inspect
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from hub import errors, hookspecs
from hub.api import ConnectorSpec
from hub.connector import Connector, Fetches, Finds, Reads, Searches, Tracks, Upserts

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog/*.md"), *ROOT.glob("connectors/**/*.md")]
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
STATE = re.compile(r"done|(todo|exempt): \S.+")
QUALITY = sorted(ROOT.glob("connectors/**/quality.yaml"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def built_ins() -> list[ConnectorSpec]:
    modules = [import_module(target) for target in PROJECT["project"]["entry-points"]["entrepot"].values()]
    return [spec for module in modules if hasattr(module, "hub_connectors") for spec in module.hub_connectors()]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            there = (page.parent / target) if target else page
            assert there.exists(), f"{target} does not exist"
            assert not anchor or anchor in anchors(there), f"{target} has no heading #{anchor}"


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("hub_")])
def test_every_hook_is_documented_with_its_signature(hook: str) -> None:
    signature = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
    assert f"`{hook}{signature}`" in ARCHITECTURE


@pytest.mark.parametrize("error", errors.__all__)
def test_every_error_is_documented_with_its_exit_code(error: str) -> None:
    assert f"| `{error}` | {getattr(errors, error).exit_code} |" in ARCHITECTURE


@pytest.mark.parametrize("capability", [Connector, Reads, Fetches, Upserts, Finds, Searches, Tracks])
def test_every_capability_is_documented_with_its_arguments(capability: type) -> None:
    [(name, method)] = [(n, m) for n, m in vars(capability).items() if inspect.isfunction(m) and n[0] != "_"]
    arguments = ", ".join([*inspect.signature(method).parameters][1:])
    assert f"`{name}({arguments})`" in ARCHITECTURE


def test_every_room_is_described() -> None:
    rooms = {path.name for path in (ROOT / "hub").iterdir() if path.suffix in ("", ".py") and path.name[0] != "_"}
    described = set(re.findall(r"^\| `hub/([\w.]+)/?` \|", ARCHITECTURE, re.MULTILINE))
    assert rooms - {"py.typed"} == described


def test_the_layers_of_the_page_are_the_layers_that_are_checked() -> None:
    config = (ROOT / ".importlinter").read_text()
    checked = re.findall(r"^    (.+)$", config.split("layers =\n")[1].split("\n\n")[0], re.MULTILINE)
    page = ARCHITECTURE.split("## Layers")[1].split("```")[1].strip().splitlines()
    assert [line.replace("(", "").replace(")", "") for line in checked] == page


def test_every_dependency_has_its_reason() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = [re.match(r"[\w-]+", line)[0] for line in wanted]  # type: ignore[index]
    text = (ROOT / "docs/dependencies.md").read_text()
    reasons = re.findall(r"^\| ([\w-]+) \|(?:[^|]+\|)? [^|]+ \|$", text, re.MULTILINE)
    assert [name for name in reasons if name != "package"] == names


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]),
    ],
)
def test_a_lock_holds_every_dependency_with_its_hashes(lock: str, wanted: list[str]) -> None:
    """`make lock` writes it anew."""
    text = (ROOT / lock).read_text()
    locked = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    names = {re.match(r"[\w-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    assert names - locked == set()
    assert re.findall(r"^[\w.-]+==[^\\\n]*$", text, re.MULTILINE) == [], "a package without a hash"


def test_every_decision_is_listed_under_its_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text()
    for page in sorted((ROOT / "docs/decisions").glob("0*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", page.read_text()).groups()  # type: ignore[union-attr]
        assert f"| [{number}]({page.name}) | {title} |" in index
        assert page.name.startswith(f"{int(number):04}-")


def test_the_glossary_is_sorted_and_says_everything_once() -> None:
    words = re.findall(r"^\*\*(.+?)\*\*", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    assert words == sorted(words, key=str.lower)
    assert len(words) == len(set(words))


def test_the_table_of_connectors_in_the_readme_is_complete() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [spec.name for spec in sorted(built_ins(), key=lambda spec: spec.name)]


def scale() -> dict[str, list[str]]:
    """Read the tiers and their rules from the page that explains them."""
    rows = re.findall(r"^\| (\w*) ?\| `([\w-]+)` \|", (ROOT / "docs/quality.md").read_text(), re.MULTILINE)
    tiers: dict[str, list[str]] = {}
    for tier, rule in rows:
        tiers.setdefault(tier or [*tiers][-1], []).append(rule)
    return tiers


@pytest.mark.parametrize("path", QUALITY, ids=name_of)
def test_a_quality_scale_judges_every_rule(path: Path) -> None:
    judged = yaml.safe_load(path.read_text())
    assert {tier: [*rules] for tier, rules in judged.items()} == scale()
    states = [(rule, state) for rules in judged.values() for rule, state in rules.items()]
    assert [judgement for judgement in states if not STATE.fullmatch(str(judgement[1]))] == []


def test_every_connector_has_a_page_and_a_quality_scale() -> None:
    folders = [
        Path(import_module(target).__file__ or "").parent
        for target in PROJECT["project"]["entry-points"]["entrepot"].values()
    ]
    missing = [
        name_of(folder / file)
        for folder in folders
        for file in ("README.md", "quality.yaml")
        if not (folder / file).exists()
    ]
    assert missing == []


def test_no_committed_file_names_a_registry_or_a_place_on_one_machine() -> None:
    listed = [
        *PAGES,
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
        *ROOT.glob("*.lock"),
        *ROOT.glob("tools/*.*"),
        *ROOT.glob(".ci/*"),
    ]
    foreign = re.compile(r"pypi\.|pythonhosted|registry\.npm|/root/|/home/|/work/|--index-url|--find-links")
    assert [name_of(path) for path in listed if foreign.search(path.read_text())] == []
