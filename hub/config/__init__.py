"""hub.toml: what it declares, where each line of it stands, and what is wrong with it."""

from __future__ import annotations

from hub.config.connection import GOOD_NAME, NAME
from hub.config.declaration import (
    DEFAULT_DATABASE,
    DEFAULT_MERCHANT,
    Alerts,
    Config,
    Connection,
    CustomKind,
    Direction,
    Does,
    Listen,
    Merchant,
    Notices,
    Operator,
    Route,
    Rule,
    Schedule,
    Serve,
)
from hub.config.duration import format_duration, parse_duration
from hub.config.locator import Lines
from hub.config.notice import MailServer, parse_mail_server
from hub.config.reader import load_config, located_error, parse_config
from hub.config.secret import is_reference, resolve_secret, resolve_settings
from hub.config.serve import read_listen
from hub.config.suggestion import did_you_mean
from hub.config.writer import write_config

__all__ = [
    "DEFAULT_DATABASE",
    "DEFAULT_MERCHANT",
    "GOOD_NAME",
    "NAME",
    "Alerts",
    "Config",
    "Connection",
    "CustomKind",
    "Direction",
    "Does",
    "Lines",
    "Listen",
    "MailServer",
    "Merchant",
    "Notices",
    "Operator",
    "Route",
    "Rule",
    "Schedule",
    "Serve",
    "did_you_mean",
    "format_duration",
    "is_reference",
    "load_config",
    "located_error",
    "parse_config",
    "parse_duration",
    "parse_mail_server",
    "read_listen",
    "resolve_secret",
    "resolve_settings",
    "write_config",
]
