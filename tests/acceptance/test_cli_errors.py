"""Whatever is wrong around the hub is one clear sentence and a next step, never a traceback."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hub.cli.program import COMMANDS, run

ARGUMENTS = {
    "backfill": ["shop", "orders"],
    "backup": ["kept.db"],
    "connect": ["list"],
    "mapping": ["show", "shop", "orders"],
    "notices": ["list"],
    "problems": ["list"],
    "reconcile": ["shop"],
    "record": ["show", "1001"],
    "stock": ["explain", "A"],
    "table": ["list"],
    "webhooks": ["list"],
}
SHOP = """
[connections.shop]
connector = "woocommerce"
url = "http://127.0.0.1:9"
key = "env:K"
secret = "env:S"
"""
UNKNOWN = ("sync shpo", "connect pause shpo", "backfill shpo orders", "table list shpo")
NEED_A_FILE = [name for name in COMMANDS if name not in ("init", "connectors", "doctor")]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("command", NEED_A_FILE)
def test_without_a_hub_toml_every_command_says_how_to_make_one(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, *ARGUMENTS.get(command, [])]) == 2
    assert said(capsys) == (
        "Error: There is no hub.toml in this folder.\nNext:  Run `hub init` to make one, or add --config.\n"
    )


def test_in_a_folder_below_the_one_above_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["init"])
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert run(["status"]) == 2
    assert f"There is one above: add --config {tmp_path}/hub.toml." in said(capsys)


def test_a_hub_toml_without_its_database_says_how_to_make_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hub.toml").write_text("[hub]\n", encoding="utf-8")
    assert run(["status"]) == 2
    assert said(capsys) == (f"Error: There is no database {tmp_path}/hub.db yet.\nNext:  Run `hub init` to make it.\n")
    assert not (tmp_path / "hub.db").exists()


def test_every_mistake_in_hub_toml_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.toml").write_text('[hub]\ndatabas = 1\n[[routes]]\nsource = "a"\n', encoding="utf-8")
    assert run(["status"]) == 2
    assert said(capsys).splitlines() == [
        'Error: hub.toml:2: hub.databas is not known; did you mean "database"?',
        '       hub.toml:3: routes[0] needs entity; for example entity = "order"',
        '       hub.toml:3: routes[0] needs target; for example target = "erp"',
    ]


def test_a_database_of_a_newer_hub_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init"])
    with sqlite3.connect(tmp_path / "hub.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    capsys.readouterr()
    for command in ("status", "init"):
        assert run([command]) == 2
        assert "was made by a newer hub (schema 9999" in said(capsys)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.toml").write_text("[hub]\n", encoding="utf-8")
    (tmp_path / "hub.db").write_text("hello " * 1000, encoding="utf-8")
    assert run(["status"]) == 2
    assert "is not a sound SQLite database" in said(capsys)


def test_an_unknown_connection_is_told_with_the_one_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        '[connections.shop]\nconnector = "woocommerce"\nurl = "http://127.0.0.1:9"\nkey = "env:K"\nsecret = "env:S"\n'
    )
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    assert run(["apply", "--yes"]) == 0
    capsys.readouterr()
    for words in (
        ["sync", "shpo"],
        ["connect", "pause", "shpo"],
        ["backfill", "shpo", "orders"],
        ["table", "list", "shpo"],
    ):
        assert run(words) == 2
        assert said(capsys) == 'Error: There is no connection shpo.\nNext:  Did you mean "shop"?\n'
    assert run(["mapping", "show", "shop", "oders"]) == 2
    assert said(capsys) == 'Error: WooCommerce has no stream oders.\nNext:  Did you mean "orders"?\n'


@pytest.mark.parametrize("nothing", ["", "  ", "#"])
@pytest.mark.parametrize("command", [["show"], ["search"], ["pull"], ["push"], ["unlink", "shop"]])
def test_looking_for_nothing_is_an_error_and_finds_nothing(
    command: list[str], nothing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No system is asked either: they would answer with whatever they have."""
    (tmp_path / "hub.toml").write_text(SHOP, encoding="utf-8")
    assert run(["apply", "--yes"]) == 0
    capsys.readouterr()
    name, *rest = command
    assert run(["record", name, nothing, *rest]) == 2
    assert said(capsys) == (
        "Error: Nothing is named to look for.\n"
        "Next:  Name a record by its order number, e-mail, SKU, tracking number or any id.\n"
    )


def test_a_kind_of_record_that_does_not_exist_is_told_with_the_one_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hub.toml").write_text(SHOP, encoding="utf-8")
    assert run(["apply", "--yes"]) == 0
    capsys.readouterr()
    assert run(["record", "show", "60", "--entity", "orders"]) == 2
    assert said(capsys) == "Error: There is no kind of record 'orders'.\nNext:  Did you mean \"order\"?\n"


def test_a_back_fill_must_begin_before_it_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.toml").write_text(SHOP, encoding="utf-8")
    assert run(["apply", "--yes"]) == 0
    capsys.readouterr()
    window = ["--since", "2026-02-01", "--until", "2026-01-01"]
    assert run(["backfill", "shop", "orders", *window, "--later"]) == 2
    assert "the back-fill would end before it begins" in said(capsys).lower()


def test_where_nothing_is_connected_there_is_no_mapping_to_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hub.toml").write_text("[hub]\n", encoding="utf-8")
    assert run(["init"]) == 0
    capsys.readouterr()
    assert run(["mapping", "check"]) == 0
    assert capsys.readouterr().out.startswith("Nothing is connected, so no mapping is in use.")


def test_a_mapping_may_be_checked_without_made_up_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "check", "--connector", "woocommerce", "refunds", "--examples", "0", "--json"]) == 0
    [mapping] = json.loads(capsys.readouterr().out)["mappings"]
    assert mapping["report"]["generated"] == 0


def test_a_log_level_that_says_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_LOG", "loud")
    assert run(["connectors"]) == 2
    assert said(capsys) == "Error: HUB_LOG=loud says nothing.\nNext:  It is one of: error, warning, info, debug.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", ["--help", "connectors"])
def test_output_that_finds_no_room_is_no_bug(words: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("hub"), words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "Error: The output cannot be written: no space left on device.\nNext:  Free some space.\n"


def test_the_stock_of_nothing_is_not_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.toml").write_text(SHOP, encoding="utf-8")
    assert run(["apply", "--yes"]) == 0
    capsys.readouterr()
    assert run(["stock", "explain", ""]) == 2
    assert said(capsys).startswith("Error: Nothing is named to look for.\nNext:  Name a SKU")


def test_a_missing_secret_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        '[connections.shop]\nconnector = "woocommerce"\nurl = "http://127.0.0.1:9"\nkey = "env:K"\nsecret = "env:S"\n'
    )
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    run(["apply", "--yes"])
    capsys.readouterr()
    assert run(["sync"]) == 2
    assert said(capsys) == "Error: shop: the environment variable K is not set.\nNext:  Set it: export K=...\n"


def test_a_sync_before_the_file_is_applied_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init"])
    with (tmp_path / "hub.toml").open("a", encoding="utf-8") as file:
        file.write('[connections.shop]\nconnector = "woocommerce"\n')
    capsys.readouterr()
    assert run(["sync"]) == 2
    assert "Hub.toml has connections that are not applied yet" in said(capsys).replace("hub.toml", "Hub.toml")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["statsu"], 'There is no command statsu.\nNext:  Did you mean "status"?'),
        (["connect", "tset"], "No such command tset. Did you mean test?"),
        (["sync", "--fast"], "No such option: --fast"),
        (["problems", "show"], "Missing argument PROBLEM.\nNext:  See `hub problems show --help`"),
        (["runs", "--limit", "many"], "Invalid value for --limit"),
    ],
)
def test_a_command_that_is_written_wrongly_is_told_how(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert sentence in said(capsys)


def test_programs_get_their_errors_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json"]) == 2
    error = json.loads(said(capsys))["error"]
    assert (error["type"], error["message"]) == ("ConfigError", "there is no hub.toml in this folder")
    assert set(error) == {"type", "message", "hint", "context"}


def test_a_bug_is_one_sentence_and_its_traceback_is_kept_in_a_private_file(tmp_path: Path) -> None:
    code = "import sys\nfrom hub.cli import failure\nfailure.catch_bugs()\n{}['password=hunter2']"
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 70
    [kept] = tmp_path.glob("hub-bug-*.txt")
    assert done.stderr == (
        "Error: This is a bug in the hub (KeyError); what was finished is kept.\n"
        f"Next:  Please report it together with {kept}.\n"
    )
    assert "KeyError" in kept.read_text(encoding="utf-8")
    assert "hunter2" not in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o077 == 0


def test_a_program_that_runs_commands_keeps_its_own_way_with_bugs() -> None:
    before = (sys.excepthook, threading.excepthook)
    assert run(["connectors"]) == 0
    assert (sys.excepthook, threading.excepthook) == before


@pytest.mark.parametrize("words", ["connectors --json", "--help"])
def test_a_reader_that_goes_away_is_nothing_to_talk_about(words: str) -> None:
    command = f"'{sys.executable}' -c 'from hub.cli import main; main()' {words} | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_switched_off_connectors_are_not_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_BLOCKED_PLUGINS", "karrio, tryton")
    assert run(["connectors", "--json"]) == 0
    states = {one["name"]: one["state"] for one in json.loads(capsys.readouterr().out)["connectors"]}
    assert states == {"karrio": "off", "shopify": "ok", "tryton": "off", "woocommerce": "ok"}
