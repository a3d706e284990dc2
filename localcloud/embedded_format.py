"""CloudWatch's embedded metric format: the metrics that lines of a log declare."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Embedded(NamedTuple):
    """What one directive of a line declares. data: as put_metric_data takes it."""

    namespace: str
    data: list[dict[str, Any]]


def embedded_in(output: str) -> Iterator[Embedded]:
    """Yield what the lines of an output declare; other lines are no metrics."""
    for document in filter(None, map(_document, output.splitlines())):
        for directive in document["_aws"]["CloudWatchMetrics"]:
            yield Embedded(directive["Namespace"], list(_data(document, directive)))


def _document(line: str) -> Any:
    if '"_aws"' not in line:
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if "CloudWatchMetrics" in document.get("_aws", {}) else None


def _data(document: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    moment = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)
    for names in directive["Dimensions"]:
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names]
        for metric in directive["Metrics"]:
            value = document[metric["Name"]]
            yield {
                "MetricName": metric["Name"],
                "Dimensions": dimensions,
                "Timestamp": moment,
                "Unit": metric.get("Unit", "None"),
                "Values": value if isinstance(value, list) else [value],
            }
