"""What drills do in RDS, and what they must not: as acts, each with its words."""

from __future__ import annotations

from tests.template.acts.here import Act
from tests.template.acts.words import ask
from tests.template.support.rds_requests import FORBIDDEN, NEEDED, READ_PASSWORD, RdsRequest


def _act(request: RdsRequest) -> Act:
    return ask(request.action, request.resource, request.context)


DRILLS_PASSWORD = _act(READ_PASSWORD)
RDS_NEEDED = [(request.what, _act(request)) for request in NEEDED]
RDS_FORBIDDEN = [(request.what, _act(request)) for request in FORBIDDEN]
