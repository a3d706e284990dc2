"""Metrics that a function prints (CloudWatch's embedded metric format), put into CloudWatch."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.aws.connect import connect_to  # type: ignore[import-not-found]


def publish_metrics(output: str, region: str) -> None:
    """Put every metric that the lines of a function's output declare."""
    documents = [document for line in output.splitlines() if (document := _document(line))]
    for document in documents:
        for directive in document["_aws"]["CloudWatchMetrics"]:
            connect_to(region_name=region).cloudwatch.put_metric_data(
                Namespace=directive["Namespace"], MetricData=list(_data(document, directive))
            )


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
