"""What planning costs a catalog in S3: pages of listed keys, and each manifest once."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from scims_backup.adapters.catalogs.s3 import S3Catalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.retention.prune_backups import plan_prune
from tests.fakes import a_manifest

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
BACKUPS = [BackupId("scims-db", stamp_of(NOW - timedelta(hours=hours))) for hours in range(1, 2_001)]
_PAGE = 1000


class Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_options):
        yield self.read()


class ListedBucket:
    """A bucket that is listed a thousand keys at a time, as S3 does, and whose manifests can be read."""

    def __init__(self, stored):
        self._stored = sorted(stored)
        self.requests, self.read = [], []

    def answer(self, request, **_event):
        address = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if "list-type" not in query:
            return self._manifest(request, address.path)
        assert (request.method, query.get("list-type")) == ("GET", "2"), f"{request.method} {request.url}"
        self.requests.append(query["prefix"])
        found = [key for key in self._stored if key.startswith(query["prefix"])]
        begin = int(query.get("continuation-token", 0))
        page, more = found[begin : begin + _PAGE], len(found) > begin + _PAGE
        token = f"<NextContinuationToken>{begin + _PAGE}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in page)
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        text = f"<ListBucketResult>{truncated}{token}{contents}</ListBucketResult>"
        return _answer(request, text.encode(), "application/xml")

    def _manifest(self, request, path):
        self.read.append(path)
        stamp = path.rpartition("/")[2].removesuffix(".json")
        return _answer(request, a_manifest(stamp).to_bytes(), "application/json")


def _answer(request, body, kind):
    headers = HTTPHeaders()
    headers["content-type"], headers["content-length"] = kind, str(len(body))
    return AWSResponse(request.url, 200, headers, Raw(body))


def test_two_thousand_backups_are_planned_from_four_pages_of_keys_and_each_manifest_once(offline_client):
    hold = Hold("operator", NOW + timedelta(days=1))
    bucket = ListedBucket(
        [
            *(keys.manifest(backup) for backup in BACKUPS),
            *(keys.proof(backup) for backup in BACKUPS),
            *(keys.claim(backup) for backup in BACKUPS),
            *(keys.drill_verdict(backup, "20261122T030000Z", Verdict.PASSED) for backup in BACKUPS[::100]),
            keys.hold(BACKUPS[1000], hold),
        ]
    )
    offline_client.meta.events.register("before-send.s3.*", bucket.answer)
    plan = plan_prune(
        S3Catalog(offline_client, S3Place("backups")), "scims-db", Policy(daily=7, weekly=4, monthly=3), NOW
    )
    assert len(plan.keep) + len(plan.remove) == 2_000
    assert BACKUPS[1000] in {kept.backup for kept in plan.keep}
    assert bucket.requests.count("manifests/scims-db/") == 2
    assert sorted(set(bucket.requests)) == ["drills/scims-db/", "holds/scims-db/", "manifests/scims-db/"]
    assert len(bucket.requests) == 4
    assert len(bucket.read) == len(set(bucket.read)) == 2_000
