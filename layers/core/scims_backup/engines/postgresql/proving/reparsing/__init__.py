"""How each facet that is SQL is parsed again on the target, without a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.reparsing import domains, functions, relations
from scims_backup.engines.postgresql.proving.reparsing.stand_in import Text

Reparser = Callable[[Connection, Text], str]

REPARSERS: Mapping[tuple[str, str], Reparser] = {
    ("check", "definition"): relations.constraint,
    ("exclusion", "definition"): relations.constraint,
    ("exclusion", "index"): relations.constraint_index,
    ("index", "definition"): relations.index,
    ("column", "default"): relations.default,
    ("column", "generation"): relations.generation,
    ("policy", "using"): relations.policy_condition,
    ("policy", "check"): relations.policy_condition,
    ("publication-table", "where"): relations.publication_filter,
    ("trigger", "definition"): relations.trigger,
    ("rule", "definition"): relations.rule,
    ("statistics", "definition"): relations.statistics,
    ("view", "definition"): relations.view,
    ("materialized-view", "definition"): relations.view,
    ("table", "partition_key"): relations.partition_key,
    ("domain-check", "definition"): domains.domain_check,
    ("domain", "default"): domains.domain_default,
    ("function", "arguments"): functions.arguments,
    ("function", "sql_body"): functions.sql_body,
}
"""Kind and facet → what prints the source's text as it is printed here. Raises psycopg.Error if it cannot."""

__all__ = ["REPARSERS", "Text"]
