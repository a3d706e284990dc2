"""What planning costs a catalog in S3: pages of listed keys, and not one object."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.place import Place
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.prune_backups import plan_prune

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
BACKUPS = [BackupId("scims-db", stamp_of(NOW - timedelta(hours=hours))) for hours in range(1, 10_001)]
_PAGE = 1000


class Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_options):
        yield self.read()


class ListedBucket:
    """A bucket that can only be listed, a thousand keys at a time, as S3 does."""

    def __init__(self, stored):
        self._stored = sorted(stored)
        self.requests = []

    def answer(self, request, **_event):
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        assert (request.method, query.get("list-type")) == ("GET", "2"), f"{request.method} {request.url}"
        self.requests.append(query["prefix"])
        found = [key for key in self._stored if key.startswith(query["prefix"])]
        begin = int(query.get("continuation-token", 0))
        page, more = found[begin : begin + _PAGE], len(found) > begin + _PAGE
        token = f"<NextContinuationToken>{begin + _PAGE}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in page)
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        text = f"<ListBucketResult>{truncated}{token}{contents}</ListBucketResult>"
        headers = HTTPHeaders()
        headers["content-type"] = "application/xml"
        return AWSResponse(request.url, 200, headers, Raw(text.encode()))


def test_ten_thousand_backups_are_planned_from_twelve_pages_of_keys(offline_client):
    hold = Hold("operator", NOW + timedelta(days=1))
    bucket = ListedBucket(
        [
            *(keys.manifest(backup) for backup in BACKUPS),
            *(keys.proof(backup) for backup in BACKUPS),
            *(keys.claim(backup) for backup in BACKUPS),
            *(keys.drill_verdict(backup, "20261122T030000Z", Verdict.PASSED) for backup in BACKUPS[::100]),
            keys.hold(BACKUPS[5000], hold),
        ]
    )
    offline_client.meta.events.register("before-send.s3.*", bucket.answer)
    plan = plan_prune(
        S3Catalog(offline_client, Place("backups")), "scims-db", Policy(daily=7, weekly=4, monthly=3), NOW
    )
    assert len(plan.keep) + len(plan.remove) == 10_000
    assert BACKUPS[5000] in {kept.backup for kept in plan.keep}
    assert bucket.requests.count("manifests/scims-db/") == 10
    assert sorted(set(bucket.requests)) == ["drills/scims-db/", "holds/scims-db/", "manifests/scims-db/"]
    assert len(bucket.requests) == 12
