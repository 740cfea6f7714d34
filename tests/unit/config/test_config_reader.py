"""What a hub.toml says, and how each mistake in it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.config import (
    Config,
    Connection,
    CustomKind,
    Direction,
    Listen,
    Merchant,
    Notices,
    Operator,
    Route,
    Rule,
    Schedule,
    Serve,
    load_config,
    parse_config,
    write_config,
)
from hub.config.cap import NO_CAPS, Caps
from hub.errors import ConfigError

FULL = """\
[hub]
database = "sqlite:///data/hub.db"

[merchants.acme]
name = "Acme GmbH"
language = "de"

[connections.shop]
connector = "woocommerce"
url = "http://127.0.0.1:8801"
timeout = 2.5
key = "env:SHOP_KEY"
[connections.shop.tables.taxes]
"DE-MWST-1" = "19"

[connections.erp]
connector = "tryton"
merchant = "acme"

[[routes]]
entity = "order"
source = "shop"
target = "erp"
direction = "two-way"
streams = { shop = "orders", erp = "sales" }
only = [ { field = "status", in = ["open", "completed"] }, { field = "total", not = 0.50 } ]
except = [ { field = "test", is = true }, { field = "placed_at", before = 2026-01-01T01:00:00+01:00 } ]
write = ["status"]
caps = { archived = 10, least = 25 }
since = 2026-01-01T00:00:00Z

[policies]
"product.variants" = "erp"
order.status = "newest"

[[schedules]]
connection = "shop"
streams = ["orders"]
every = "1h30m"
[[schedules]]
connection = "erp"
cron = "0 3 * * mon-fri"
zone = "Europe/Berlin"

[notices]
sender = "Acme <shop@acme.example>"
smtp = "smtp://me@acme.example:env:MAIL@127.0.0.1:2525"
languages = ["de", "en"]
statuses = ["delivered"]
max_age = "6h"

[serve]
listen = "[::1]:8480"
public_url = "https://hub.example/entrepot/"

[custom.order]
gift_message = "text"
"""
PATH = Path("hub.toml")

EXPECTED = Config(
    path=PATH,
    database="sqlite:///data/hub.db",
    merchants={"acme": Merchant("acme", "Acme GmbH", "de")},
    connections={
        "shop": Connection(
            name="shop",
            connector="woocommerce",
            merchant="acme",
            settings={"url": "http://127.0.0.1:8801", "timeout": 2.5, "key": "env:SHOP_KEY"},
            tables={"taxes": {"DE-MWST-1": "19"}},
        ),
        "erp": Connection(name="erp", connector="tryton", merchant="acme"),
    },
    routes=(
        Route(
            entity="order",
            source="shop",
            target="erp",
            direction=Direction.TWO_WAY,
            streams={"shop": "orders", "erp": "sales"},
            only=(Rule("status", Operator.IN, ["open", "completed"]), Rule("total", Operator.NOT, "0.50")),
            except_=(Rule("test", Operator.IS, True), Rule("placed_at", Operator.BEFORE, "2026-01-01T00:00:00Z")),
            write=("status",),
            since=datetime(2026, 1, 1, tzinfo=UTC),
            caps=Caps(archived=10, least=25),
        ),
    ),
    policies={"product.variants": "erp", "order.status": "newest"},
    schedules=(
        Schedule(connection="shop", streams=("orders",), every=timedelta(minutes=90)),
        Schedule(connection="erp", cron="0 3 * * mon-fri", zone="Europe/Berlin"),
    ),
    notices=Notices(
        sender="Acme <shop@acme.example>",
        smtp="smtp://me@acme.example:env:MAIL@127.0.0.1:2525",
        languages=("de", "en"),
        statuses=("delivered",),
        max_age=timedelta(hours=6),
    ),
    serve=Serve(listen=Listen("::1", 8480), public_url="https://hub.example/entrepot"),
    custom={"order": {"gift_message": CustomKind.TEXT}},
)


def mistake(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, PATH)
    return caught.value.message


def test_a_full_file_becomes_plain_data() -> None:
    assert parse_config(FULL, PATH) == EXPECTED


def test_what_is_written_back_reads_as_the_same() -> None:
    assert parse_config(write_config(EXPECTED), PATH) == EXPECTED


def test_caps_are_on_by_default_and_can_be_switched_off() -> None:
    assert parse_config(ROUTE, PATH).routes[0].caps == Caps()
    without = parse_config(ROUTE + "caps = false", PATH)
    assert without.routes[0].caps == NO_CAPS
    assert "caps = false" in write_config(without)


def test_odd_text_survives_being_written_back() -> None:
    odd = 'q"u\\o\te\n\x7fé🎁\u202e'
    shop = Connection(name="shop", connector="x", settings={"a b": odd, "n": {"list": [1, {"x": 1.5}], "no": False}})
    config = replace(EXPECTED, connections={"shop": replace(shop, merchant="acme")})
    assert parse_config(write_config(config), PATH) == config


def test_an_empty_file_has_one_merchant_and_the_default_database(tmp_path: Path) -> None:
    config = parse_config('[connections.shop]\nconnector = "x"', tmp_path / "hub.toml")
    assert config.connections["shop"].merchant == "default"
    assert config.database_url == f"sqlite:///{tmp_path}/hub.db"


def test_an_absolute_database_stays_where_it_is() -> None:
    config = parse_config('[hub]\ndatabase = "sqlite:////data/hub.db"', PATH)
    assert config.database_url == "sqlite:////data/hub.db"


def test_lines_lead_back_to_the_file() -> None:
    config = parse_config(FULL, PATH)
    assert config.lines.line("connections", "shop", "url") == 10
    assert config.lines.line("routes", 0, "only", 1, "field") == 26


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *[("listen", text) for text in ("8480", "localhost", "localhost:70000", "[::1:8480")],
        *[("public_url", text) for text in ("hub.example", "ftp://hub.example", "https://", "https://a.example/?x=1")],
    ],
)
def test_an_address_that_is_none_is_refused(key: str, text: str) -> None:
    assert f'serve.{key} cannot be "{text}"; write it like' in mistake(f'[serve]\n{key} = "{text}"')


ROUTE = '[[routes]]\nentity = "order"\nsource = "shop"\ntarget = "erp"\n'
NOTICES = '[notices]\nsender = "a@b.example"\nsmtp = "smtp://localhost"\n'
SCHEDULE = '[[schedules]]\nconnection = "shop"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[hub]\ndatabas = 1", 'hub.toml:2: hub.databas is not known; did you mean "database"?'),
        ("[route]\n", 'hub.toml:1: route is not known; did you mean "routes"?'),
        ("[hub]\ndatabase = 5", "hub.toml:2: hub.database must be text, not a number"),
        ('[hub]\ndatabase = "mysql://x"', 'hub.toml:2: hub.database cannot be "mysql://x"'),
        ('[hub]\ndatabase = "sqlite:///:memory:"', "hub.toml:2: hub.database cannot be"),
        ('[connections.shop]\nurl = "x"', "hub.toml:1: connections.shop needs connector; for example connector"),
        ('[connections.Shop]\nconnector = "x"', "hub.toml:1: connections.Shop is not a good name"),
        ('[connections.shop]\nconnector = ""', "hub.toml:2: connections.shop.connector must not be empty"),
        ("[connections]\nshop = 1", "hub.toml:2: connections.shop must be a table, not a number"),
        (
            '[connections.shop]\nconnector = "x"\n[connections.shop.tables.tax]\na = "b"',
            'hub.toml:3: connections.shop.tables.tax is not known; did you mean "taxes"?',
        ),
        (
            '[connections.shop]\nconnector = "x"\n[connections.shop.tables.taxes]\na = 19',
            "hub.toml:4: connections.shop.tables.taxes.a must be text, not a number",
        ),
        (
            '[merchants.a]\n[merchants.b]\n[connections.shop]\nconnector = "x"',
            "hub.toml:3: connections.shop needs merchant, since there are several",
        ),
        ('[merchants.a]\nlanguage = "German"', 'hub.toml:2: merchants.a.language cannot be "German"'),
        (ROUTE + 'direction = "oneway"', 'hub.toml:5: routes[0].direction cannot be "oneway"; did you mean "one-way"?'),
        (ROUTE.replace('"erp"', '"shop"'), 'hub.toml:4: routes[0].target cannot be "shop"; that is the source'),
        (ROUTE + ROUTE, "hub.toml:5: routes[1] carries order from shop to erp a second time, first on line 1"),
        (ROUTE + 'write = ["a"]\nskip = ["b"]', "hub.toml:6: routes[0].skip cannot stand beside write"),
        (
            ROUTE + "caps = { prices = 101 }",
            "hub.toml:5: routes[0].caps.prices cannot be 101; write percent, from 0 to 100",
        ),
        (ROUTE + "caps = { price = 1 }", 'hub.toml:5: routes[0].caps.price is not known; did you mean "prices"?'),
        (ROUTE + 'write = ["a",\n"a"]', 'hub.toml:6: routes[0].write[1] says "a" a second time'),
        (ROUTE + 'streams = { sop = "orders" }', "hub.toml:5: routes[0].streams.sop is neither the source nor the"),
        (ROUTE + "since = 2026-01-01", "hub.toml:5: routes[0].since must be a time with its zone; for example 2026"),
        (ROUTE + "since = 2026-01-01T00:00:00", "hub.toml:5: routes[0].since must be a time with its zone"),
        (ROUTE + 'only = [{ field = "x" }]', "hub.toml:5: routes[0].only[0] needs a comparison; write exactly one of"),
        (ROUTE + 'only = [{ field = "x", is = 1, not = 2 }]', "hub.toml:5: routes[0].only[0] has several comparisons"),
        (ROUTE + 'only = [{ field = "x", iss = 1 }]', 'routes[0].only[0].iss is not known; did you mean "is"?'),
        (ROUTE + 'only = [{ field = "x", in = [] }]', "routes[0].only[0].in is an empty list"),
        (
            ROUTE + 'only = [{ field = "x", exists = "yes" }]',
            "only[0].exists must be true or false, not text",
        ),
        (ROUTE + 'only = [{ field = "x", after = "2026" }]', "routes[0].only[0].after must be a time with its zone"),
        (ROUTE + 'except = [{ field = "x", is = [1] }]', "routes[0].except[0].is cannot be a list"),
        (ROUTE + "except = [1]", "hub.toml:5: routes[0].except[0] must be a table, not a number"),
        ('[policies]\nproduct = "erp"', 'hub.toml:2: policies.product names no field; write it like "product.status"'),
        (SCHEDULE, "hub.toml:1: schedules[0] needs either every or cron"),
        (SCHEDULE + 'every = "5m"\ncron = "* * * * *"', "hub.toml:1: schedules[0] needs either every or cron"),
        (SCHEDULE + 'every = "5 min"', 'hub.toml:3: schedules[0].every cannot be "5 min"; write it like "5m"'),
        (SCHEDULE + 'every = "0s"', "hub.toml:3: schedules[0].every is too short"),
        (SCHEDULE + 'every = "5m"\nzone = "Europe/Berlin"', "hub.toml:4: schedules[0].zone says nothing beside every"),
        (
            SCHEDULE + 'cron = "0 0 * * 0"',
            'hub.toml:3: schedules[0].cron has "0" as day of week; write its name: mon, tue',
        ),
        (SCHEDULE + 'cron = "0 0 * *"', "schedules[0].cron has 4 fields instead of 5"),
        (SCHEDULE + 'cron = "60 0 * * *"', 'schedules[0].cron has "60" as minute, which is out of range'),
        (SCHEDULE + 'cron = "0 9-5 * * *"', 'schedules[0].cron has "9-5" as hour, which runs backwards'),
        (SCHEDULE + 'cron = "x/ 9 * * *"', 'schedules[0].cron has "x/" as minute, which is no cron field'),
        (
            SCHEDULE + 'cron = "0 0 * * *"\nzone = "Europe/Berln"',
            'hub.toml:4: schedules[0].zone cannot be "Europe/Berln"; did you mean "Europe/Berlin"?',
        ),
        ('[notices]\nsmtp = "smtp://x"', "hub.toml:1: notices needs sender; for example sender"),
        (NOTICES.replace("a@b.example", "Acme"), 'hub.toml:2: notices.sender cannot be "Acme"'),
        (NOTICES.replace("smtp://localhost", "localhost"), "hub.toml:3: notices.smtp is not the address of a mail"),
        (NOTICES.replace("smtp://localhost", "smtp://x:99999"), "hub.toml:3: notices.smtp is not the address"),
        (NOTICES.replace("//localhost", "//me:hunter2@localhost"), "hub.toml:3: notices.smtp has a password in plain"),
        (NOTICES + 'password = "hunter2"', "hub.toml:4: notices.password is in plain text"),
        (NOTICES + 'languages = ["de", "Deutsch"]', 'hub.toml:4: notices.languages[1] cannot be "Deutsch"'),
        (NOTICES + 'max_age = "half a day"', 'hub.toml:4: notices.max_age cannot be "half a day"; write it like "12h"'),
        ('[custom.order]\ngift = "string"', 'hub.toml:2: custom.order.gift cannot be "string"; there is: boolean'),
        ('[custom.order]\n"Gift!" = "text"', "hub.toml:2: custom.order.Gift! is not a good field name"),
        ("[hub]\ndatabase = sqlite", "hub.toml:2: this is not TOML: invalid value"),
        ('a = "x', "hub.toml:1: this is not TOML: "),
        ("[hub]\n[hub]\n", "hub.toml:2: this is not TOML: cannot declare"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_the_reason(text: str, message: str) -> None:
    assert message in mistake(text)


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    lines = mistake(ROUTE + "directin = 1\n[hub]\ndatabas = 1\n[mechants.a]").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["hub.toml:5:", "hub.toml:7:", "hub.toml:8:"]


def test_a_password_in_plain_text_is_not_repeated() -> None:
    assert "hunter2" not in mistake(NOTICES.replace("//localhost", "//me:hunter2@localhost"))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no .*hub.toml") as caught:
        load_config(tmp_path / "hub.toml")
    assert "hub init" in caught.value.hint


def test_a_folder_or_a_binary_file_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load_config(tmp_path)
    (tmp_path / "hub.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(tmp_path / "hub.toml")
