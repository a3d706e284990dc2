"""Renewing the status page in the catalog's bucket after a run."""

from __future__ import annotations

from scims_backup.bootstrap.engines import ENGINES
from scims_backup.bootstrap.page_cases import PageCases
from scims_backup.handling.function_run import Outcome, Run
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.ports.pages import name_of
from scims_backup.settings.model import Flags


def publish_page(source: str, this: Run) -> Outcome:
    """Write the page of a source, and that of all sources of the stack. Raise PageError."""
    # this variable says which source an event without a name is about: the page is of all
    environment = {name: value for name, value in this.environment.items() if name != "SCIMS_SOURCE"}
    cases = PageCases(Flags(), environment, ENGINES, this.progress, this.redactor)
    statuses, _ = cases.read()
    published = cases.publish_pages(statuses, source)
    problems = [f"{name}: {error}" for name, error in published.broken.items()]
    result = Result.INCOMPLETE if problems else Result.COMPLETED
    return outcome(result, page=name_of(source), standing=str(published.standing), problems=problems)
