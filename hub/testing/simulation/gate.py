"""Who lets the hub in: a fixed token, or pairs of tokens of which each refresh token works once."""

from __future__ import annotations

from dataclasses import dataclass, field

LIFE = 600.0
"""Seconds that an access token is good for."""


@dataclass(slots=True)
class Gate:
    """A remote's keys. `fixed` is the token that never ends; `code` is exchanged once for the first pair.

    A refresh token dies when the access token that was given for it is first used: an answer that got lost on its way
    does not lock anybody out.
    """

    fixed: str = "token-0"
    code: str = "code-0"
    pairs: int = 0
    until: dict[str, float] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    refused: int = 0

    def lets_in(self, token: str, now: float) -> bool:
        """Tell whether a request is signed well; the first use of an access token ends the refresh token before it."""
        if token == self.fixed:
            return True
        if self.until.get(token, 0.0) <= now:
            return False
        self.spent.add(self.refresh.get(token, ""))
        return True

    def give(self, asked: str, now: float) -> tuple[str, str] | None:
        """Exchange a code or a refresh token for a pair: access and refresh; None when it is not good any more."""
        known = asked == self.code or asked.startswith("refresh-")
        if not known or asked in self.spent:
            self.refused += asked == self.code
            return None
        self.pairs += 1
        access = f"access-{self.pairs}"
        self.until[access], self.refresh[access] = now + LIFE, asked
        return access, f"refresh-{self.pairs}"
