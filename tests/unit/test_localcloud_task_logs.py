"""What a task of localcloud writes: lines of a log, and the metrics that they declare."""

import json
from unittest import mock

from localcloud.fargate.logs import LogStream, Watch
from scims_backup.handling.metrics import Metric, emit

OPTIONS = {"awslogs-group": "/scims-backup/scims/dump", "awslogs-stream-prefix": "dump"}


def test_metrics_in_a_tasks_lines_reach_cloudwatch(capsys):
    emit("dump", "scims-db", {Metric.BACKUPS_COMPLETED: 1})
    line = capsys.readouterr().out.strip()
    watch = Watch(mock.Mock(), mock.Mock())
    stream = LogStream(watch, OPTIONS, "dump", "7f")
    for text in ("a line", "", line):
        stream.write(text)
    stream.close()
    written = [
        event["message"]
        for call in watch.logs.put_log_events.call_args_list
        for event in call.kwargs["logEvents"]
    ]
    assert (written[:2], json.loads(written[2])["service"]) == (["a line", " "], "dump")
    (put,) = watch.metrics.put_metric_data.call_args_list
    assert put.kwargs["Namespace"] == "ScimsBackup"
    assert [one["MetricName"] for one in put.kwargs["MetricData"]] == ["BackupsCompleted"]
