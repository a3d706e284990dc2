"""Metrics that a function prints (CloudWatch's embedded metric format), put into CloudWatch."""

from localstack.aws.connect import connect_to  # type: ignore[import-not-found]

from localcloud.embedded_format import embedded_in


def publish_metrics(output: str, region: str) -> None:
    """Put every metric that the lines of a function's output declare."""
    for embedded in embedded_in(output):
        connect_to(region_name=region).cloudwatch.put_metric_data(
            Namespace=embedded.namespace, MetricData=embedded.data
        )
