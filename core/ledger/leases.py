"""The ledger's leases, which keep two processes off the same link."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Executable, bindparam, delete, or_, select

from ..errors import LeaseHeldError
from ..sync.lease import GRACE_SECONDS, is_gone
from . import schema as db
from .store import Insert, Store, given, stamp

_HOLDER = select(db.leases.c.owner, db.leases.c.until).where(*given(db.leases, "link"))


class LeaseMethods(Store):
    """Leases."""

    def acquire(self, link: str, owner: str, seconds: float, *, grace: float = GRACE_SECONDS) -> None:
        """Take or prolong the lease on a link; of two processes at once, one gets it.

        Args:
            link: name of the link.
            owner: names the holder, and no other; see :func:`core.sync.lease.owner_name`.
            seconds: how long the lease holds from now.
            grace: how long another's lease is respected after it ran out, in seconds, unless its holder is surely dead.

        Raises:
            LeaseHeldError: another process holds it; names it and until when.
        """
        now = datetime.fromisoformat(self.now())
        until = now + timedelta(seconds=seconds)
        over = now - timedelta(seconds=grace)
        with self.transaction():
            holder = self._take(link, (owner,), owner, until, over)
            if holder is not None and is_gone(holder[0]):
                holder = self._take(link, (owner, holder[0]), owner, until, over)
        if holder is not None:
            name, ends = holder
            free = datetime.fromisoformat(ends) + timedelta(seconds=grace)
            raise LeaseHeldError(
                f"link '{link}' is being worked on by {name}; if that process is gone, the link is free at "
                f"{free:%Y-%m-%d %H:%M:%S} UTC"
            )

    def _take(
        self, link: str, yielding: tuple[str, ...], owner: str, until: datetime, over: datetime
    ) -> tuple[str, str] | None:
        """Take the lease in one statement, if it is free, of a yielding owner, or over; else give holder and end."""
        row = {"link": link, "owner": owner, "until": stamp(until), "yielding": yielding, "over": stamp(over)}
        taking = _taking(type(self.insertion(db.leases)))
        with self.transaction() as session:
            if session.execute(taking, row).first() is not None:
                return None
            held = session.execute(_HOLDER, {"link": link}).first()
        if held is None:  # given back in between
            return self._take(link, yielding, owner, until, over)
        return held.owner, held.until

    def give_back(self, link: str, owner: str) -> None:
        """Give a lease back."""
        table = db.leases.c
        with self.transaction() as session:
            session.execute(delete(db.leases).where(table.link == link, table.owner == owner))


@cache
def _taking(kind: type[Insert]) -> Executable:
    """Give the statement that takes a lease where its owner yields or its time is over, in a database's own dialect."""
    lease, statement = db.leases.c, kind(db.leases)
    statement = statement.on_conflict_do_update(
        index_elements=["link"],
        set_={"owner": statement.excluded.owner, "until": statement.excluded.until},
        where=or_(lease.owner.in_(bindparam("yielding", expanding=True)), lease.until < bindparam("over")),
    )
    return statement.returning(lease.link)
