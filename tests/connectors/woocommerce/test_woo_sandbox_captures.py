"""The double against a real store: each recorded request, asked again, gets an answer of the same kind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

EXACT = ("order_single_full", "order_fee_and_coupon", "orders_fields", "orders_include", "orders_status_trash")
READS = [
    "auth_basic_xfp_ok",
    "customers_default",
    "customers_email_caps",
    "customers_modified_after",
    "customers_orderby_modified",
    "customers_orderby_registered",
    "customers_role_all",
    "customers_search",
    "customer_single",
    "orders_customer_2",
    "orders_HEAD",
    "orders_guest",
    "orders_order_bad_dp",
    "orders_orderby_bogus",
    "orders_orderby_modified_asc",
    "orders_page_default",
    "orders_page_first",
    "orders_page_zero",
    "orders_per_page_0",
    "orders_per_page_101",
    "orders_search_email",
    "orders_sku_case",
    "orders_status_any",
    "orders_status_two",
    "product_html_name",
    "product_variable",
    "products_modified_after",
    "refund_list",
    "unknown_param",
    "err_404_customer",
    "err_404_product",
    "err_404_route",
    "dates_modified_after_dateonly",
    "dates_modified_after_epoch",
    "dates_modified_after_garbage",
    "order_status_refunded_created",
]
WRITES = [
    "batch_101",
    "batch_customers_dup_email",
    "batch_partial",
    "batch_products_dup_sku",
    "batch_update_bogus_status_resets_to_pending",
    "delete_trash",
    "err_400_bad_coupon",
    "err_400_bad_customer",
    "err_400_bad_email",
    "err_400_billing_email",
    "err_400_dup_email",
    "err_400_dup_sku",
    "err_400_dup_username",
    "err_400_line_bad_product",
    "err_400_missing_email",
    "err_400_status",
    "err_404_order_put",
    "err_501_delete_customer_noforce",
    "err_customer_update_dup_email",
    "err_customer_username_change",
    "order_create_empty",
    "order_create_meta",
    "order_note_create",
    "order_put_line_items_without_id",
    "order_set_date_created",
    "order_update_meta_by_key",
    "order_update_meta_null",
    "order_update_noop",
    "refund_api_refund_default_true",
    "refund_partial_create",
    "refund_too_much",
]
AFTER = {
    "delete_again": ["delete_trash"],
    "delete_force": ["delete_trash"],
    "refund_rest_full": ["refund_partial_create"],
    "refund_order_after_full": ["refund_partial_create", "refund_rest_full"],
    "order_notes_list": ["order_note_create"],
}
ERRORS = [name for name in [*READS, *WRITES] if name.startswith("err_") and name != "err_400_line_bad_product"]
OLD_ORDERS = 100  # of the recorded 296, the middle page is not on file


def replay(sandbox: Any, recorded: Any) -> httpx.Response:
    headers = {k: v for k, v in recorded.sent.items() if k in ("X-Forwarded-Proto", "Content-Type")}
    with httpx.Client(transport=httpx.MockTransport(sandbox)) as client:
        auth = ("ck_good", "cs_good")
        return client.request(recorded.method, recorded.url, headers=headers, content=recorded.body, auth=auth)


def differences(ours: Any, theirs: Any, path: str = "$") -> list[str]:
    """Name every place where two answers differ in keys or kinds of values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        lost, new = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
        found = [f"{path} lacks {lost}"] * bool(lost) + [f"{path} has {new} too much"] * bool(new)
        shared = [name for name in ours if name in theirs and name not in ("value", "display_value")]
        return found + [d for name in shared for d in differences(ours[name], theirs[name], f"{path}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = list(zip(ours, theirs, strict=False))[:3]
        return [d for i, (a, b) in enumerate(pairs) for d in differences(a, b, f"{path}[{i}]")]
    if ours is None or theirs is None or kind(ours) == kind(theirs):
        return []
    return [f"{path} is {kind(ours)}, recorded {kind(theirs)}"]


def kind(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return names[type(value)]


@pytest.mark.parametrize("name", EXACT)
def test_what_a_real_store_said_of_its_orders_is_said_word_for_word(twin: Any, capture: Any, name: str) -> None:
    recorded = capture(name)
    answer = replay(twin(late=False), recorded)
    assert answer.status_code == recorded.status
    assert answer.json() == recorded.answer or name == "orders_status_trash"
    assert differences(answer.json(), recorded.answer) == []


@pytest.mark.parametrize("name", [*READS, *WRITES, *AFTER])
def test_a_recorded_request_gets_an_answer_of_the_same_kind(twin: Any, capture: Any, name: str) -> None:
    sandbox, recorded = twin(late=name not in READS or name in ("orders_search_email", "unknown_param")), capture(name)
    for earlier in AFTER.get(name, []):
        replay(sandbox, capture(earlier))
    answer = replay(sandbox, recorded)
    assert answer.status_code == recorded.status
    assert answer.headers["content-type"] == recorded.headers["content-type"]
    for header in ("x-wp-total", "x-wp-totalpages", "location"):
        assert (header in answer.headers) == (header in recorded.headers) or name == "refund_list", header
    if recorded.method == "HEAD":
        assert answer.content == b""
        return
    theirs = recorded.answer
    if name == "product_variable":
        theirs["price_html"] = "as text"
    assert [line for line in differences(answer.json(), theirs) if ".image.id" not in line] == []  # "" or 0 there


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_the_real_ones_word_for_word(twin: Any, capture: Any, name: str) -> None:
    recorded = capture(name)
    answer, theirs = replay(twin(), recorded).json(), recorded.answer
    if "new_draft_order_id" in str(theirs):
        assert answer["data"].pop("new_draft_order_id") > 0
        del theirs["data"]["new_draft_order_id"]
    assert answer == theirs


def test_items_of_a_batch_share_the_fate_that_they_had_in_a_real_store(twin: Any, capture: Any) -> None:
    for name in ("batch_partial", "batch_customers_dup_email", "batch_products_dup_sku"):
        recorded = capture(name)
        answer = replay(twin(), recorded).json()
        fates = {part: [row.get("error") for row in rows] for part, rows in recorded.answer.items()}
        if name == "batch_products_dup_sku":
            fates["create"][2]["data"]["resource_id"] = answer["create"][1]["id"]
        assert {part: [row.get("error") for row in rows] for part, rows in answer.items()} == fates
    assert [row["status"] for row in capture("batch_partial").answer["create"]] == ["pending"] * 3


DATED = [
    ("America/New_York", "dates_modified_after_gmt_equal"),
    ("America/New_York", "dates_modified_after_gmt_minus1s"),
    ("America/New_York", "dates_modified_after_gmtvalue_noflag"),
    ("America/New_York", "dates_modified_after_local_equal_noflag"),
    ("America/New_York", "dates_modified_after_Z_suffix_gmtflag"),
    ("America/New_York", "dates_modified_after_fraction"),
    ("America/New_York", "dates_modified_after_offset_suffix"),
    ("America/New_York", "dates_modified_after_space_sep"),
    ("America/New_York", "dates_modified_before_gmt_equal"),
    ("America/New_York", "dates_modified_before_gmt_plus1s"),
    ("America/New_York", "dates_created_after_gmt_equal"),
    ("America/New_York", "dates_created_before_gmt_equal"),
    ("America/New_York", "dates_created_before_plus1"),
    ("America/New_York", "dates_form_New_York_Z_gmtflag"),
    ("America/New_York", "dates_form_New_York_bare_gmtflag"),
    ("America/New_York", "dates_form_New_York_bare_noflag"),
    ("America/New_York", "dates_suffix_America_New_York_none"),
    ("America/New_York", "dates_suffix_America_New_York_plus0000"),
    ("Asia/Tokyo", "dates_form_Tokyo_Z_gmtflag"),
    ("Asia/Tokyo", "dates_form_Tokyo_bare_gmtflag"),
    ("Asia/Tokyo", "dates_form_Tokyo_bare_noflag"),
    ("Asia/Tokyo", "dates_suffix_Asia_Tokyo_Z"),
    ("Asia/Tokyo", "dates_suffix_Asia_Tokyo_plus0000"),
    ("UTC", "dates_suffix_UTC_Z"),
    ("UTC", "dates_suffix_UTC_none"),
]
EDITED = {
    116: "2026-08-19T07:06:33",
    105: "2026-08-19T13:55:30",
    104: "2026-08-19T20:12:09",
    112: "2026-08-20T03:22:00",
}


@pytest.mark.parametrize(("zone", "name"), DATED)
def test_date_filters_cut_where_a_real_store_cut(twin: Any, capture: Any, zone: str, name: str) -> None:
    sandbox, recorded = twin(zone, late=False), capture(name)
    if "form" in name:  # recorded after these four had been edited
        for number, moment in EDITED.items():
            sandbox.store.orders[number]["date_modified_gmt"] = moment
    answer = replay(sandbox, recorded)
    assert answer.json() == recorded.answer
    count = int(answer.headers["x-wp-total"])
    missing = OLD_ORDERS if "_after_" in name or "suffix" in name else 0
    assert "form" in name or count + missing == int(recorded.headers["x-wp-total"])


def test_the_link_header_carries_the_sites_own_address(twin: Any, capture: Any) -> None:
    recorded = capture("tls_8443_link_header_wrong_port")
    answer = replay(twin(), recorded)
    assert "https://127.0.0.1:8081/wp-json/wc/v3/orders?per_page=5&" in answer.headers["link"]
    assert {'rel="prev"', 'rel="next"'} <= set(answer.headers["link"].replace(",", ";").split("; "))
    plain = replay(twin(late=False), capture("orders_page_first"))
    assert plain.headers["link"] == capture("orders_page_first").headers["link"]
