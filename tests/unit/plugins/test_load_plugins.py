"""What the hub does with the packages that extend it, sound and broken ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from hub import api
from hub.api import Attempt, Codec, ConnectorSpec, Delivery, Entity, Message, PluginError, Stream, hookimpl
from hub.plugins import GROUP, OURS, Origin, load_plugins

BUILT_INS = tuple(entry.name for entry in entry_points(group=GROUP) if entry.dist and entry.dist.name == OURS)
Install = Callable[..., None]
INSTALL = api.Install(
    authorize=lambda _settings, consent: consent.redirect,
    verify=lambda _settings, query: query,
    exchange=lambda _settings, _consent, code, _http: api.Token(code),
    redirects="the app's settings",
    unless=["token"],
)


class Settings(BaseModel):
    url: str


class Reader:
    def __init__(self, settings: Settings) -> None: ...

    def check(self) -> None: ...

    def read(self, stream: str, window: object) -> Iterator[object]:
        yield from ()


class Plugin:
    def __init__(self, *specs: object) -> None:
        self.specs = specs

    @hookimpl
    def hub_connectors(self) -> Iterator[object]:
        yield from self.specs


@pytest.fixture
def spec(tmp_path: Path) -> ConnectorSpec:
    (tmp_path / "orders.yaml").write_text("entity: order\n")
    return ConnectorSpec(
        name="acme",
        title="Acme",
        connector=Reader,
        settings=Settings,
        streams=[Stream(name="orders", entity=Entity.ORDER)],
        mappings=tmp_path,
    )


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a distribution with one plugin module on the path, as pip would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def add(name: str, source: str, distribution: str = "") -> None:
        distribution = distribution or f"entrepot-{name}"
        module = f"{distribution}_{name}_plugin".replace("-", "_")
        info = site / f"{distribution.replace('-', '_')}-2.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.1\n")
        (info / "entry_points.txt").write_text(f"[entrepot]\n{name} = {module}\n")
        (site / f"{module}.py").write_text(source)

    return add


def reason_for(spec: ConnectorSpec) -> str:
    plugins = load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(spec)})
    assert not plugins.connectors
    return plugins.broken[0].reason


def test_a_connector_is_found_with_the_distribution_that_brings_it(install: Install, spec: ConnectorSpec) -> None:
    install("empty", "")
    plugins = load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(spec)})
    assert plugins.connectors == {"acme": spec}
    assert plugins.origin == {"acme": Origin()}
    assert plugins.broken == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_package_anywhere", "ModuleNotFoundError: No module named 'no_such_package_anywhere'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit('I need a license')", "SystemExit: I need a license"),
        ("def x(:", "SyntaxError: "),
    ],
)
def test_a_plugin_that_fails_on_import_is_listed_and_the_hub_starts(
    install: Install, spec: ConnectorSpec, source: str, reason: str
) -> None:
    """T146: a plugin raises on import."""
    install("wreck", source)
    plugins = load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(spec)})
    assert list(plugins.connectors) == ["acme"]
    [broken] = plugins.broken
    assert (broken.name, broken.distribution) == ("wreck", "entrepot-wreck")
    assert broken.reason.startswith(reason)


def test_a_plugin_whose_hook_raises_is_listed_and_spares_the_others(install: Install, spec: ConnectorSpec) -> None:
    install("late", "from hub.api import hookimpl\n@hookimpl\ndef hub_connectors():\n    yield from {}['x']\n")
    plugins = load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(spec)})
    assert list(plugins.connectors) == ["acme"]
    assert [(b.name, b.reason) for b in plugins.broken] == [("late", "KeyError: 'x'")]


def test_a_misspelt_hook_is_an_error(install: Install) -> None:
    install("typo", "from hub.api import hookimpl\n@hookimpl\ndef hub_conectors():\n    yield\n")
    [broken] = load_plugins(blocked=BUILT_INS).broken
    assert broken.name == "typo"
    assert "hub_conectors" in broken.reason


def test_a_hook_with_an_argument_that_does_not_exist_is_an_error(install: Install) -> None:
    install("greedy", "from hub.api import hookimpl\n@hookimpl\ndef hub_connectors(store):\n    yield\n")
    [broken] = load_plugins(blocked=BUILT_INS).broken
    assert broken.name == "greedy"
    assert "store" in broken.reason


def test_a_blocked_plugin_is_not_even_imported(install: Install, tmp_path: Path) -> None:
    install("wreck", f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    plugins = load_plugins(blocked=[*BUILT_INS, "wreck"])
    assert "wreck" in plugins.blocked
    assert not (tmp_path / "imported").exists()
    with pytest.raises(PluginError, match="there is no connector 'acme'"):
        plugins.connector("acme")


def test_a_single_connector_of_a_plugin_can_be_blocked_by_its_own_name(spec: ConnectorSpec) -> None:
    plugins = load_plugins(blocked=[*BUILT_INS, "acme"], extra={"family": Plugin(spec, replace(spec, name="acme-eu"))})
    assert list(plugins.connectors) == ["acme-eu"]
    with pytest.raises(PluginError, match="switched off") as caught:
        plugins.connector("acme")
    assert "HUB_BLOCKED_PLUGINS" in caught.value.hint


def test_what_plugins_offer_is_sorted_by_name(spec: ConnectorSpec) -> None:
    specs = [replace(spec, name=name) for name in ("zeta", "alpha", "mid")]
    assert list(load_plugins(blocked=BUILT_INS, extra={"p": Plugin(*specs)}).connectors) == ["alpha", "mid", "zeta"]


def test_the_first_to_take_a_name_keeps_it_and_the_second_is_listed(spec: ConnectorSpec) -> None:
    other = replace(spec, title="Other")
    plugins = load_plugins(blocked=BUILT_INS, extra={"a": Plugin(spec), "b": Plugin(other)})
    assert plugins.connector("acme").title == "Acme"
    assert [(b.name, b.reason) for b in plugins.broken] == [("acme", "the name is taken by this program")]


def test_nobody_takes_the_name_of_a_built_in_plugin(install: Install) -> None:
    channel = """
from hub.api import hookimpl

class Post:
    name = {!r}
    def send(self, message): ...

@hookimpl
def hub_channels():
    yield Post()
"""
    install("post", channel.format("theirs"), distribution="a-thief")
    install("post", channel.format("ours"), distribution="entrepot")
    plugins = load_plugins()
    assert list(plugins.channels) == ["ours"]
    assert [(b.name, b.distribution, b.reason) for b in plugins.broken] == [
        ("post", "a-thief", "the name is taken by entrepot 2.1")
    ]


def test_one_broken_connector_of_a_package_spares_the_other(spec: ConnectorSpec) -> None:
    plugins = load_plugins(blocked=BUILT_INS, extra={"p": Plugin(replace(spec, name="new", api=2), spec)})
    assert list(plugins.connectors) == ["acme"]
    with pytest.raises(PluginError, match="written for api 2"):
        plugins.connector("new")


def test_codecs_and_channels_are_collected_too() -> None:
    class Pigeon:
        name = "pigeon"

        def send(self, message: Message) -> Attempt:
            return Attempt(Delivery.UNKNOWN)

    class Extras:
        @hookimpl
        def hub_codecs(self) -> Iterator[Codec]:
            yield Codec("roman", decode=lambda value, tables: value)

        @hookimpl
        def hub_channels(self) -> Iterator[object]:
            yield Pigeon()
            yield object()

    plugins = load_plugins(blocked=BUILT_INS, extra={"extras": Extras()})
    assert "roman" in plugins.codecs
    assert "pigeon" in plugins.channels
    assert [b.reason for b in plugins.broken] == ["hub_channels yields object, which has no name or no send"]


def test_a_codec_for_everybody_takes_no_name_that_is_in_use(spec: ConnectorSpec) -> None:
    class Greedy:
        @hookimpl
        def hub_codecs(self) -> Iterator[Codec]:
            yield from (Codec("utc"), Codec("crate"), Codec("own"))

    own = replace(spec, codecs=[Codec("crate")])
    plugins = load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(own), "greedy": Greedy()})
    assert "own" in plugins.codecs
    assert not {"utc", "crate"} & plugins.codecs.keys()
    assert [(b.name, b.reason) for b in plugins.broken] == [
        ("crate", "the name of the codec is taken by the connector acme"),
        ("utc", "there are two codecs named 'utc'"),
    ]


def stream(**changes: object) -> list[Stream]:
    return [replace(Stream(name="orders", entity=Entity.ORDER), **changes)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"api": 2}, "it is written for api 2, this hub speaks api 1"),
        ({"name": "Acme Shop"}, "the name 'Acme Shop' is not lower-case"),
        ({"settings": dict}, "settings is <class 'dict'>, not a pydantic model"),
        ({"connector": 3}, "connector is int, which cannot be called"),
        ({"streams": []}, "it has no stream"),
        ({"streams": stream() * 2}, "stream 'orders' is declared twice"),
        ({"codecs": [Codec("a"), Codec("a")]}, "there are two codecs named 'a'"),
        ({"streams": stream(after=["customers"])}, "stream 'orders': after names 'customers', which is no stream"),
        ({"streams": stream(blind_to=["refunds"])}, "stream 'orders': it is blind to refunds and has no plan"),
        ({"streams": stream(reads=False)}, "stream 'orders': it neither reads nor writes nor tracks"),
        ({"streams": stream(batch=0)}, "stream 'orders': batch is 0, the least is 1"),
        ({"streams": stream(name="sales")}, "stream 'sales': the mappings folder has no sales.yaml"),
        (
            {"streams": stream(writes=True)},
            "stream 'orders': it is declared with writes=True, but Reader has no upsert",
        ),
        ({"streams": stream(tracks=True)}, "stream 'orders': it is declared with tracks=True, but Reader has no track"),
        ({"install": INSTALL}, "its install is not needed with the setting 'token', which does not exist"),
        ({"install": replace(INSTALL, unless=[])}, "it is installed for a token, but Reader has no use()"),
        (
            {"install": replace(INSTALL, unless=[]), "http": False},
            "it is installed for a token, which takes a client",
        ),
        ({"record_url": {"refunds": "{url}/{id}"}}, "record_url names the stream 'refunds', which does not exist"),
    ],
)
def test_a_spec_that_breaks_the_contract_is_refused_with_the_reason(
    spec: ConnectorSpec, changes: dict[str, object], reason: str
) -> None:
    assert reason_for(replace(spec, **changes)).startswith(reason)  # type: ignore[arg-type]


def test_a_blind_spot_with_a_plan_is_accepted(spec: ConnectorSpec) -> None:
    planned = replace(spec, streams=stream(blind_to=["refunds"], reread=3600))
    assert load_plugins(blocked=BUILT_INS, extra={"acme": Plugin(planned)}).connectors


def test_something_that_is_no_spec_is_refused() -> None:
    [broken] = load_plugins(blocked=BUILT_INS, extra={"odd": Plugin("acme")}).broken
    assert broken.reason == "hub_connectors yields str, not ConnectorSpec"


def test_of_our_own_only_what_is_needed_is_imported_and_of_others_everything(install: Install) -> None:
    install(
        "codecs", "from hub.api import Codec, hookimpl\n@hookimpl\ndef hub_codecs():\n    yield Codec('shout', str)\n"
    )
    plugins = load_plugins(needed=["karrio"])
    assert list(plugins.connectors) == ["karrio"]
    assert list(plugins.codecs) == ["shout"]


@pytest.mark.parametrize("name", sorted(BUILT_INS))
def test_our_own_plugins_have_the_names_of_their_connectors_and_offer_nothing_else(name: str) -> None:
    plugins = load_plugins(blocked=[other for other in BUILT_INS if other != name])
    assert (list(plugins.connectors), dict(plugins.codecs), dict(plugins.channels)) == ([name], {}, {})
