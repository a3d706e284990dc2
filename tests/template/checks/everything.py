"""All checks, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from tests.template.checks import (
    alarms,
    alerting,
    copies,
    drills,
    dumps,
    elasticache,
    endpoints,
    enrolment,
    environments,
    functions,
    limits,
    parameters,
    rds,
    redis,
    replacing,
    restores,
    rights,
    rights_on_storage,
    storage,
    trail,
    undeletable,
    waking,
)
from tests.template.support.loading import Template

_MODULES = (
    alarms,
    alerting,
    drills,
    enrolment,
    functions,
    limits,
    parameters,
    redis,
    replacing,
    restores,
    copies,
    dumps,
    storage,
    trail,
    waking,
    rights,
    rights_on_storage,
    elasticache,
    endpoints,
    environments,
    undeletable,
    rds,
)
"""The quick ones first: a red team asks one after the other until one complains."""

CHECKS: dict[str, Callable[[Template], list[str]]] = {
    name: check
    for module in _MODULES
    for name, check in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("check_") and check.__module__ == module.__name__
}
