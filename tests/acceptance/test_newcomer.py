"""Somebody who has never seen the hub follows the README, looks at everything, and is not led astray."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from bad_input_desk import Desk, Shop

from connectors.woocommerce.sandbox import WooSandbox
from hub.cli.program import COMMANDS, run
from hub.testing.serve import serve

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
[SHOP_TABLE] = re.findall(r"^\[connections\.shop\]\n(?:.+\n)+", EXAMPLE, re.MULTILINE)
OUTLET = """
[connections.outlet]
connector = "woocommerce"
url = "{url}"
key = "env:SHOP_KEY"
secret = "env:SHOP_SECRET"

[[routes]]
entity = "customer"
source = "shop"
target = "outlet"

[[schedules]]
connection = "shop"
every = "5m"
"""
COLOR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3|9)[0-9]")
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
JSON_KEYS: Mapping[str, str] = {
    "apply": "applied changes",
    "backfill shop orders": "errors notices runs",
    "connect list": "connections",
    "connect pause outlet": "changed connection state",
    "connect resume outlet": "changed connection state",
    "connect test": "connections",
    "connectors": "connectors",
    "doctor": "checks",
    "export": "toml",
    "init": "config created key_created schema schema_before",
    "mapping check shop refunds --examples 1": "mappings",
    "mapping show shop stock": "connection connector entity rules stream",
    "mapping try shop products 10": "connection document external_id hint patch problem record stream",
    "notices list": "notices",
    "problems list": "problems",
    "record pull shop products 10": "errors notices runs",
    "record search WOOL-100": "records",
    "record show WOOL-100": (
        "changed_at data documents events notices past problems record related targets version versions"
    ),
    "runs": "runs",
    "status": "at connections needs notices problems records unscheduled",
    "sync": "errors notices runs",
    "table list": "values",
    "webhooks list": "connections unknown",
    "webhooks rotate shop": "connection overlap_minutes told",
    "webhooks secret shop": "address connection secret",
    "table set shop carriers flat_rate ups": "before canonical connection freed remote stored table",
}
NARROW = 60


@pytest.fixture
def outlet() -> Iterator[str]:
    with serve(WooSandbox()) as place:
        yield place


@pytest.fixture
def office(bare: Desk, shop: Shop, url: str, outlet: str) -> Desk:
    """A hub.toml with the README's shop, and a second shop where the README has an ERP."""
    table = SHOP_TABLE.replace("https://shop.example", url)
    assert url in table
    bare.do("init")
    bare.write(table + OUTLET.format(url=outlet))
    return bare


@pytest.fixture
def synced(office: Desk) -> Desk:
    office.do("apply --yes")
    office.run("sync")
    return office


def test_the_readme_word_by_word(office: Desk, shop: Shop) -> None:
    office.do("apply --yes")
    assert office.do("connect test").out.count("works") == 2
    assert "Error" not in office.run("sync").err
    status = office.do("status")
    assert f"{len(shop.orders)} orders" in status.out
    assert "not applied" not in status.out + status.err
    number = next(str(n) for n in shop.orders)
    assert office.do(f"record show {number} --entity order").out.splitlines()[2].endswith("up to date.")
    at_work = threading.Event()

    def notice(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        at_work.set()
        return response

    shop.spoil = notice
    server = office.start("serve")
    assert server.stderr is not None
    assert server.stderr.readline() == "Serving shop all streams every 5m. Stop with Ctrl-C.\n"
    assert server.stderr.readline() == "No schedule reads outlet.\n"
    assert at_work.wait(20)
    server.send_signal(signal.SIGTERM)
    said = office.ended(server)
    assert (said.code, said.out) == (0, "")
    assert said.err.endswith("Stopped.\n")


def test_a_second_server_says_that_it_is_not_alone_and_takes_over_when_the_first_ends(synced: Desk) -> None:
    first = synced.start("serve")
    assert first.stderr is not None
    assert first.stderr.readline() == "Serving shop all streams every 5m. Stop with Ctrl-C.\n"
    wait(lambda: f"Process {first.pid} is working on scheduler" in synced.run("doctor").out)
    second = synced.start("serve")
    assert second.stderr is not None
    assert second.stderr.readline() == "Serving what falls due between the schedules. Stop with Ctrl-C.\n"
    assert second.stderr.readline().startswith(f"Process {first.pid} on ")
    first.send_signal(signal.SIGTERM)
    synced.ended(first)
    wait(lambda: f"Process {second.pid} is working on scheduler" in synced.run("doctor").out)
    second.send_signal(signal.SIGTERM)
    assert synced.ended(second).code == 0


def wait(until: Callable[[], bool], seconds: float = 30) -> None:
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, "it takes too long"
        time.sleep(0.1)


def test_a_hub_that_was_just_made_says_what_comes_next_and_nothing_else(bare: Desk) -> None:
    assert "Next: describe your systems in hub.toml, then run `hub apply`." in bare.do("init").out
    nothing = "Nothing is connected yet. Describe a connection in hub.toml and run `hub apply`.\n"
    assert bare.do("status").out == nothing
    assert bare.fail("sync", 2) == ("Nothing is connected.", "Describe a connection in hub.toml, then `hub apply`.")
    assert bare.fail("connect test", 2)[0] == "Nothing is connected yet."
    assert bare.fail("serve", 2)[0] == "Nothing is scheduled."
    assert bare.do("problems list").out == "No problems.\n"


def test_applying_a_hub_toml_without_a_connection_says_to_describe_one(bare: Desk) -> None:
    """To test what is connected would only be an error."""
    bare.write("")
    step = "Next: describe a connection in hub.toml, then `hub apply` again.\n"
    assert bare.do("apply --yes").out == f"+ merchant default\n\n1 to create.\nDone. {step}"
    assert bare.do("apply --yes").out == f"Everything is as hub.toml says; nothing to change.\n{step}"
    assert "Next" not in bare.do("apply --dry-run").out


def test_who_does_not_want_the_change_is_told_that_there_was_none(bare: Desk) -> None:
    bare.write("")
    assert on_a_terminal("apply", bare.folder, typed=b"n\n").endswith("Nothing was changed.\n")
    assert bare.do("apply --dry-run").out.startswith("+ merchant default\n")


def test_a_long_value_of_a_change_goes_on_below_where_it_began(office: Desk) -> None:
    long = " ".join(["word"] * 20)
    office.write((office.folder / "hub.toml").read_text() + f'\n[merchants.acme]\nname = "{long}"\n')
    shown = ANSI.sub("", on_a_terminal("apply --dry-run", office.folder))
    begins, goes_on = [line for line in shown.splitlines() if "word" in line][:2]
    assert goes_on.index("word") == begins.index("word") == len("    language  ")
    assert max(map(len, shown.splitlines())) <= NARROW


def test_the_examples_in_a_new_hub_toml_are_sound(bare: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "x")
    bare.do("init")
    text = (bare.folder / "hub.toml").read_text(encoding="utf-8")
    code = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    for entity in ("customer", "product"):
        code += f'\n[[routes]]\nentity = "{entity}"\nsource = "shop"\ntarget = "erp"\n'
    bare.write(code)
    planned = bare.do("apply --dry-run").out
    assert all(f"+ {name}\n" in planned for name in ("connection shop", "connection erp", "schedule shop"))


@pytest.mark.parametrize(("command", "keys"), JSON_KEYS.items())
def test_every_answer_is_there_for_programs(command: str, keys: str, synced: Desk) -> None:
    assert " ".join(sorted(synced.do(f"{command} --json").json)) == keys


def test_an_error_is_there_for_programs_too(synced: Desk) -> None:
    said = synced.run("sync shpo --json")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith('{"error": {"type": "ConfigError", "message": "there is no connection shpo"')


def test_nothing_in_a_pipe_has_colors_or_spaces_at_the_end(synced: Desk) -> None:
    for command in [name for name in JSON_KEYS if not name.startswith(("connect pause", "init", "export"))]:
        said = synced.do(command).out
        assert "\x1b" not in said
        assert not re.search(r"[ \t]$", said, re.MULTILINE), command
        assert "…" not in said, command


@pytest.mark.parametrize("command", ["", *COMMANDS, "record show", "connect test", "mapping check", "problems replay"])
def test_help_fits_a_narrow_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(NARROW))
    assert run([*command.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= NARROW
    usage = " ".join(said.split("\n \n" if "\n \n" in said else "\n\n")[0].split())
    assert "[[" not in usage
    assert not re.search(r"\w \.(?:\s|$)", said), "brackets in a help text are read as markup, and vanish"


def test_tables_fit_a_narrow_terminal_and_cut_nothing(synced: Desk) -> None:
    for command in ("status", "sync", "runs --limit 5", "record search customer05@example.test"):
        plain = ANSI.sub("", on_a_terminal(command, synced.folder))
        assert "…" not in plain, plain
        assert max(map(len, plain.splitlines())) <= NARROW, plain


def test_a_terminal_gets_colors_unless_it_asks_for_none(synced: Desk) -> None:
    assert COLOR.search(on_a_terminal("status", synced.folder))
    assert not COLOR.search(on_a_terminal("status", synced.folder, NO_COLOR="1"))


def on_a_terminal(command: str, folder: Path, typed: bytes = b"", **environment: str) -> str:
    """Run `hub` on a terminal of 60 columns, where somebody has typed something; give what appears on it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, NARROW, 0, 0))
    code = "from hub.cli import main; main()"
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command.split()],
        cwd=folder,
        env={**known, "TERM": "xterm-256color", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, typed)
    said = b"".join(_all_of(ours))
    os.close(ours)
    assert process.wait() == 0
    return said.decode().replace("\r\n", "\n")


def _all_of(terminal: int) -> Iterator[bytes]:
    while select.select([terminal], [], [], 30)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            return  # everybody has left the terminal
        if not part:
            return
        yield part


def test_what_people_look_for_is_found(synced: Desk) -> None:
    """An address finds the customer, a SKU the product with its price, and a word is told as it was written."""
    address = "customer05@example.test"
    assert synced.do(f"record show {address}").out.startswith("Customer ")
    page = synced.do("record show WOOL-100").out
    assert re.search(r"WOOL-100 +12\.50", page)
    said = synced.run("record search Nobody@nowhere.example")
    assert said.code == 1
    assert said.out.startswith("Nobody@nowhere.example is not known here; asked ")


def test_a_record_that_the_shop_does_not_have_is_told(synced: Desk) -> None:
    sentence, step = synced.fail("record pull shop orders 424242", 1)
    assert sentence == "There is no 424242 among the orders of shop."
    assert step == "Name it by its id over there."
    assert synced.fail("record pull shop ordrs 1", 2)[1] == 'Did you mean "orders"?'
    assert synced.fail("sync shop ordrs", 2)[1] == 'Did you mean "orders"?'


def test_a_misspelt_connector_is_recognized(synced: Desk) -> None:
    assert synced.fail("connect add market woocomerce", 2)[1] == 'Did you mean "woocommerce"?'
