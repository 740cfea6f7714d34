"""`hub apply`: the plan, what it does, and every mistake with its line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.clock import utc_now
from hub.config import parse_config
from hub.errors import ConfigError, LockedError
from hub.operations.apply import apply
from hub.operations.export import export, exported
from hub.operations.plan import Action
from hub.store import settings
from hub.store.settings import ConnectionRow, RouteRow

HEAD = '[hub]\ndatabase = "sqlite:///hub.db"\n'
EXTRAS = """
[connections.shop.tables.payments]
cod = "cash"

[[schedules]]
connection = "shop"
streams = ["orders"]
every = "5m"

[[schedules]]
connection = "shop"
streams = ["orders"]
cron = "0 3 * * mon"
zone = "Europe/Berlin"

[policies]
"order.status" = "erp"

[notices]
sender = "a@b.example"
smtp = "smtp://localhost"

[custom.order]
gift = "text"
"""


def test_a_plan_lists_what_is_new_in_the_order_in_which_it_can_be_made(office: Office) -> None:
    plan = office.plan(CONNECTIONS + ROUTES + EXTRAS)
    assert [(change.action, change.kind, change.name) for change in plan.changes] == [
        ("create", "merchant", "default"),
        ("create", "connection", "shop"),
        ("create", "connection", "erp"),
        ("create", "value", "shop.payments cod"),
        ("create", "custom field", "default order.custom.gift"),
        ("create", "route", "customer shop->erp"),
        ("create", "route", "order shop->erp"),
        ("create", "policy", "default order.status"),
        ("create", "schedule", "shop orders"),
        ("create", "schedule", "shop orders #2"),
    ]


def test_what_was_applied_needs_no_second_time(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES + EXTRAS)
    assert office.plan(CONNECTIONS + ROUTES + EXTRAS).changes == ()


def test_a_change_names_each_value_before_and_after(office: Office) -> None:
    office.apply()
    [change] = office.plan(CONNECTIONS.replace("http://shop", "https://shop") + ROUTES).changes
    [field] = change.fields
    assert (change.action, change.name) == (Action.CHANGE, "shop")
    assert (field.name, field.before, field.after) == ("url", "http://shop.example", "https://shop.example")


@pytest.mark.parametrize(
    ("before", "after"), [("page_size = 5", 'page_size = "5"'), ("page_size = 5", "page_size = 6")]
)
def test_a_value_of_another_kind_is_another_value(office: Office, before: str, after: str) -> None:
    office.apply(CONNECTIONS + before)
    assert len(office.plan(CONNECTIONS + after).changes) == 1


def test_what_the_file_no_longer_has_is_removed_after_what_uses_it(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES + EXTRAS)
    plan = office.apply(HEAD)
    assert [change.kind for change in plan.changes] == [
        "schedule",
        "schedule",
        "policy",
        "route",
        "route",
        "custom field",
        "value",
        "connection",
        "connection",
        "merchant",  # which no longer has notices
    ]
    with office.database.read() as tx:
        assert settings.connections(tx) == []


def test_what_an_operator_made_elsewhere_stays(office: Office) -> None:
    office.apply()
    with office.database.write() as tx:
        settings.put_connection(tx, ConnectionRow("market", "default", "shop", {"url": "x", "key": "env:K"}))
    assert office.plan(CONNECTIONS + ROUTES).changes == ()


def test_what_the_file_names_becomes_the_files(office: Office) -> None:
    office.apply(CONNECTIONS)
    with office.database.write() as tx:
        row = settings.connection(tx, "shop")
        assert row is not None
        settings.put_connection(tx, ConnectionRow("shop", "default", "shop", row.settings, managed_by="operator"))
    [change] = office.apply(CONNECTIONS).changes
    assert [(field.before, field.after) for field in change.fields] == [("operator", "file")]


def test_a_connection_that_a_route_made_by_hand_uses_is_not_removed(office: Office) -> None:
    office.apply(CONNECTIONS)
    with office.database.write() as tx:
        settings.put_route(tx, RouteRow("mine", "default", "customer", "shop", "erp", "customers", "customers"))
    with pytest.raises(ConfigError, match=r"gone from hub.toml, but route mine, made by hand, uses it"):
        office.plan(HEAD)


TWO = "[merchants.a]\n[merchants.b]\n" + CONNECTIONS.replace("[connections.erp]", 'merchant = "a"\n[connections.erp]')
OF_A, OF_B = TWO + 'merchant = "a"\n', TWO + 'merchant = "b"\n'


def test_a_route_between_connections_made_by_hand_is_their_merchants(office: Office) -> None:
    office.apply()
    head, settings_of = "[merchants.default]\n", {"url": "http://x.example", "key": "env:OFFICE_KEY"}
    with office.database.write() as tx:
        for name in ("shop", "erp"):
            settings.put_connection(tx, ConnectionRow(name, "default", name, settings_of))
    office.apply(head + ROUTES)
    with office.database.read() as tx:
        assert {route.merchant for route in settings.routes(tx)} == {"default"}


def test_an_owner_made_by_hand_owns_nothing_of_another_merchant(office: Office) -> None:
    office.apply(OF_A)
    with office.database.write() as tx:
        row = ConnectionRow("till", "b", "shop", {"url": "http://x.example", "key": "env:OFFICE_KEY"})
        settings.put_connection(tx, row)
    office.apply(OF_A + '[policies]\n"order.status" = "till"\n"order.note" = "newest"\n')
    with office.database.read() as tx:
        found = {(row.merchant, row.field, row.decider) for row in settings.policies(tx)}
    assert found == {("b", "status", "till"), ("a", "note", "newest"), ("b", "note", "newest")}


def test_a_connection_with_records_is_never_handed_to_another_merchant(office: Office) -> None:
    office.apply(OF_A)
    office.apply(OF_B)  # nothing is there yet
    office.erp.put("customers", customer())
    office.sync("erp")
    with pytest.raises(ConfigError, match="connection erp has records already, so its merchant cannot become a"):
        office.plan(OF_A)


def test_a_plan_that_is_no_longer_the_one_that_was_shown_is_not_done(office: Office) -> None:
    shown = office.plan(CONNECTIONS)
    office.apply(CONNECTIONS)
    with pytest.raises(LockedError, match="somebody changed the configuration meanwhile"):
        apply(office.database, office.plugins, office.config(CONNECTIONS), shown, utc_now())


def test_an_export_reads_back_as_what_was_applied(office: Office) -> None:
    text = (
        HEAD
        + CONNECTIONS
        + ROUTES.replace('target = "erp"', 'target = "erp"\nskip = ["note"]\ncaps = { least = 3 }')
        + EXTRAS
    )
    office.apply(text)
    path = office.folder / "hub.toml"
    written = export(office.database, office.plugins, path=path, database_text="sqlite:///hub.db")
    assert office.plan(written).changes == ()
    again = exported(office.database, office.plugins, path=path, database_text="sqlite:///hub.db")
    wanted = parse_config(text, path)
    assert again.notices == wanted.notices
    assert again.policies == wanted.policies
    assert sorted(again.routes, key=repr) == sorted(wanted.routes, key=repr)
    assert sorted(again.schedules, key=repr) == sorted(wanted.schedules, key=repr)


def test_records_that_are_here_already_go_where_a_new_route_leads(office: Office) -> None:
    office.apply(CONNECTIONS)
    office.shop.put("customers", customer())
    office.sync()
    assert office.erp.tables == {}
    office.apply()
    office.sync()
    assert [row["email"] for row in office.erp.tables["customers"].values()] == ["ada@example.com"]


def test_a_value_in_the_file_frees_what_waited_for_it(office: Office) -> None:
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", payment="cod"))
    office.sync()
    assert [problem.context["value"] for problem in office.problems()] == ["cod"]
    office.apply(CONNECTIONS + '[connections.shop.tables.payments]\ncod = "cash"\n' + ROUTES)
    office.sync("shop")
    assert office.problems() == []


ORDER = '[[routes]]\nentity = "order"\nsource = "shop"\ntarget = "erp"\n'
CUSTOMER = ORDER.replace("order", "customer")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CONNECTIONS.replace('"shop"', '"shopp"'),
            "connections.shop.connector: there is no connector 'shopp'; did",
        ),
        (CONNECTIONS.replace("env:OFFICE_KEY", "k-secret"), 'connections.shop.key is a secret; write "env:NAME" or'),
        (CONNECTIONS.replace("url =", "urll ="), 'connections.shop.urll is not known; did you mean "url"?'),
        (CONNECTIONS + "page_size = 0", "connections.erp.page_size should be greater than or equal to 1"),
        (CONNECTIONS + '[connections.erp.codes]\nfree = "x"', "connections.erp.codes.free extra inputs are not"),
        (CONNECTIONS.replace('key = "env:OFFICE_KEY"', ""), 'connections.shop needs key; for example key = "env:NAME"'),
        (CONNECTIONS + 'merchant = "nobody"', 'connections.erp.merchant names "nobody", which is no merchant'),
        (CONNECTIONS + ORDER.replace("order", "odrer"), 'routes[0].entity cannot be "odrer"; did you mean "order"?'),
        (CONNECTIONS + CUSTOMER.replace('"erp"', '"epr"'), 'routes[0].target names "epr", which is no connection; did'),
        (
            "[merchants.a]\n[merchants.b]\n"
            + CONNECTIONS.replace("[connections.erp]", '[connections.erp]\nmerchant = "a"').replace(
                "[connections.shop]", '[connections.shop]\nmerchant = "b"'
            )
            + CUSTOMER,
            "routes[0] joins two merchants, a and b",
        ),
        (CONNECTIONS + ORDER, "routes[0] cannot work: orders of erp refer to customers, and no route has them"),
        (
            CONNECTIONS + CUSTOMER.replace("customer", "refund"),
            "routes[0] cannot work: shop (Shop) cannot read",
        ),
        (CONNECTIONS + CUSTOMER + 'streams = { erp = "custmers" }', 'routes[0].streams.erp names "custmers", which is'),
        (CONNECTIONS + CUSTOMER + 'write = ["emial"]', 'routes[0].write[0] names "emial", which a customer does not'),
        (CONNECTIONS + CUSTOMER + 'skip = ["addresses.city"]', 'routes[0].skip[0] names "addresses.city", a part of'),
        (
            CONNECTIONS + CUSTOMER + 'write = ["custom.x"]',
            'names "custom.x", which is not declared; declare it',
        ),
        (
            CONNECTIONS + ROUTES + 'only = [{ field = "status", is = "complete" }]',
            'is; did you mean "completed"?',
        ),
        (CONNECTIONS + ROUTES + 'only = [{ field = "test", is = "yes" }]', "must be true or false, as test is"),
        (CONNECTIONS + ROUTES + 'only = [{ field = "lines.sku", is = "A" }]', "looks into lines, which is a list"),
        (CONNECTIONS + ROUTES + 'only = [{ field = "billing_address.cty", is = "A" }]', 'did you mean "city"?'),
        (CONNECTIONS + ROUTES + 'only = [{ field = "number.x", is = "A" }]', "looks into number, which has no parts"),
        (
            CONNECTIONS + ROUTES + 'only = [{ field = "number", after = 2026-01-01T00:00:00Z }]',
            "routes[1].only[0].after compares times, and number is none",
        ),
        (
            CONNECTIONS + '[policies]\n"order.stauts" = "erp"',
            'names "stauts", which an order does not have; did',
        ),
        (CONNECTIONS + '[policies]\n"odrer.status" = "erp"', 'names "odrer", which is no entity'),
        (CONNECTIONS + '[policies]\norder.status = "epr"', 'policies.order.status names "epr", which is neither a'),
        (CONNECTIONS + '[policies]\norder.note = "union"', "policies.order.note cannot be joined: it is no list"),
        (CONNECTIONS + '[policies]\norder.note = "lattice"', "policies.order.note has no order of business; an order"),
        ('[connections.newest]\nconnector = "shop"', "connections.newest is the name of a policy"),
        (CONNECTIONS + '[[schedules]]\nconnection = "shpo"\nevery = "5m"', 'schedules[0].connection names "shpo"'),
        (
            CONNECTIONS + '[[schedules]]\nconnection = "shop"\nevery = "5m"\nstreams = ["oders"]',
            'schedules[0].streams[0] names "oders", which is no stream of Shop; did you mean "orders"?',
        ),
        (
            CONNECTIONS + '[[schedules]]\nconnection = "shop"\ncron = "0 0 31 feb *"',
            'schedules[0].cron: cron = "0 0 31 feb *" names a day that no year has',
        ),
        (
            '[notices]\nsender = "a@b.example"\nsmtp = "smtp://x"\nstatuses = ["delivred"]',
            'notices.statuses[0] names "delivred", which cannot be told; did you mean "delivered"?',
        ),
        ('[custom.odrer]\nx = "text"', "custom.odrer declares fields of an entity that does not exist; did you"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_reason(office: Office, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        office.plan(text)
    [line] = [line for line in caught.value.message.splitlines() if message in line]
    number = int(line.split(":")[1])
    last_key = message.split(" ")[0].rstrip(":").split(".")[-1].split("[")[0]
    if last_key.isidentifier() and f"{last_key} =" in text:
        assert last_key in text.splitlines()[number - 1]


def test_streams_that_need_each_other_are_refused(office: Office) -> None:
    """None of them could ever be written first: every record would wait for one that waits for it."""
    spec = office.plugins.connectors["erp"]
    streams = [replace(stream, after=("orders", "customers")) for stream in spec.streams]
    streams[1] = replace(streams[1], after=("customers",))
    cast("dict[str, Any]", office.plugins.connectors)["erp"] = replace(spec, streams=streams)
    with pytest.raises(ConfigError, match="in erp orders need customers need orders, so none of them can be the first"):
        office.apply()


def test_each_merchant_declares_custom_fields_of_its_own(office: Office) -> None:
    office.apply("[merchants.a]\n" + CONNECTIONS.replace('"shop"\n', '"shop"\nmerchant = "a"\n', 1) + EXTRAS[-30:])
    with office.database.read() as tx:
        assert [(row.merchant, row.name) for row in settings.custom_fields(tx, "a")] == [("a", "gift")]
        assert settings.custom_fields(tx, "b") == []
