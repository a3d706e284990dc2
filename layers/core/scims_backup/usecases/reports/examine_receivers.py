"""Whether those who should be notified can be, for `doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.health import NotCheckedError, Observed, fine, problem
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.unsent_notices import Recipient, unsent_notices

Look = Callable[[], tuple[str, str | None, int | None]]
"""Returns what a URL is of, and the host and port that it names; None where it names no host."""


@dataclass(frozen=True)
class ExamineReceivers:
    """Looks for events that receivers should have been notified of.

    catalog: returns the catalog; asking for it may fail.
    """

    catalog: Callable[[], Catalog]
    recipients: Sequence[Recipient]
    clock: Callable[[], datetime]

    def look(self) -> Iterator[Observed]:
        """Count what was not sent to each receiver. Raise CatalogError."""
        unreadable: list[str] = []
        counts: Counter[str] = Counter()
        for notice in unsent_notices(self.catalog(), self.recipients, self.clock(), unreadable.append):
            if notice.mail is not None:
                counts.update(one.name for one in notice.recipients)
        for text in unreadable:
            yield problem(
                text, "find out who put it there; a newer version of scims-backup may understand it"
            )
        for name, count in counts.items():
            yield problem(
                f"{count} event{'s' * (count != 1)} of the last days not sent",
                "run `scims-backup notify`, which sends them, or says why it cannot",
                name,
            )
        if not counts and not unreadable:
            yield fine("all of the last days was sent")


def look_at_host(look: Look, reach: Callable[[str, int], None], behind_proxy: bool) -> Iterator[Observed]:
    """Check a URL, and whether its server can be reached. Raise NotifierError if it cannot.

    behind_proxy: a connection of our own would say nothing.
    """
    what, host, port = look()
    if host is None or port is None:
        yield fine(f"{what}: the URL can be used; `scims-backup notify --test` sends a test")
        return
    if behind_proxy:
        raise NotCheckedError(f"{what}: the URL can be used; a proxy is between this machine and its server")
    reach(host, port)
    yield fine(f"{what}: {host} can be reached on port {port}")
