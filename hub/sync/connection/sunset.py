"""Tells in time that the version of a remote's interface which a connector speaks will be switched off."""

from __future__ import annotations

from datetime import timedelta

from hub.errors import ConfigError
from hub.store import problems
from hub.store.problems import Place, ProblemKind
from hub.sync.connection.session import Session

NOTICE = timedelta(days=60)
SUBJECT = "sunset"


def note_sunset(session: Session) -> None:
    """Open a problem with the date when the end is near, once; close it when a newer connector speaks a later one."""
    hub, spec, now = session.hub, session.spec, session.hub.world.now()
    is_near = spec.sunset is not None and now.date() >= spec.sunset - NOTICE
    with hub.database.read() as tx:
        here = [one for one in problems.listing(tx, connection=session.name, subject=SUBJECT) if not one.stream]
    if is_near == bool(here) and (not here or here[0].context.get("sunset") == str(spec.sunset)):
        return
    with session.commit() as tx:
        problems.close(tx, session.name, "", "pull", [SUBJECT], note="The connector speaks a later version.", now=now)
        if is_near:
            error = ConfigError(
                f"{spec.title} switches off the version of its interface that this connector speaks on {spec.sunset}.",
                hint="Install a newer version of the connector before that day.",
                context={"sunset": str(spec.sunset)},
            )
            place, problem_id = Place(session.merchant, session.name, "", "pull", SUBJECT), hub.world.new_id()
            problems.report(tx, place, error, problem_id=problem_id, now=now, kind=ProblemKind.REPAIR)
