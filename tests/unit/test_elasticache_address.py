"""Addresses of caches: what they name, and what they refuse without repeating it."""

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.engines.redis.exports.address import ElastiCacheAddress

BUCKET = "?bucket=scims-exports"


@pytest.mark.parametrize(
    ("url", "expected", "text"),
    [
        (f"elasticache://sessions{BUCKET}", ("sessions", False), "elasticache://sessions"),
        (f"elasticache://Sessions-2{BUCKET}", ("sessions-2", False), "elasticache://sessions-2"),
        (f"elasticache://sessions/{BUCKET}", ("sessions", False), "elasticache://sessions"),
        (f"ElastiCache://s{BUCKET}", ("s", False), "elasticache://s"),
        (f"elasticache://serverless/shop{BUCKET}", ("shop", True), "elasticache://serverless/shop"),
        (f"elasticache://serverless{BUCKET}", ("serverless", False), "elasticache://serverless"),
        (f"elasticache://serverless/{BUCKET}", ("serverless", False), "elasticache://serverless"),
    ],
)
def test_an_address_names_a_cache_and_a_bucket(url, expected, text):
    address = ElastiCacheAddress.parse(url)
    assert ((address.id, address.serverless), str(address)) == (expected, text)
    assert set(address.names()) == {expected[0], "scims-exports"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sessions",
        "elasticache:",
        "elasticache://",
        "elasticache://sessions",
        "elasticache://sessions?bucket=",
        "elasticache://sessions?bucket=No",
        "elasticache://sessions?bucket=a",
        f"elasticache://{BUCKET}",
        f"elasticache:///sessions{BUCKET}",
        f"elasticache://sessions/0{BUCKET}",
        f"elasticache://serverless/a/b{BUCKET}",
        f"elasticache://2sessions{BUCKET}",
        f"elasticache://sessions-{BUCKET}",
        f"elasticache://ses--sions{BUCKET}",
        f"elasticache://ses_sions{BUCKET}",
        f"elasticache://{'s' * 51}{BUCKET}",
        f"elasticache://[sessions{BUCKET}",
        f"redis://sessions{BUCKET}",
        f"elasticache://sessions{BUCKET}&bucket",
    ],
)
def test_nonsense_is_refused(url):
    with pytest.raises(UsageError):
        ElastiCacheAddress.parse(url)


@pytest.mark.parametrize(
    "url",
    [
        f"elasticache://me:hunter2@sessions{BUCKET}",
        f"elasticache://hunter2@sessions{BUCKET}",
        f"elasticache://sessions:hunter2{BUCKET}",
        f"elasticache://sessions{BUCKET}&password=hunter2",
        f"elasticache://sessions{BUCKET}#hunter2",
        f"elasticache://hunter2 {BUCKET}",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_shown(url):
    with pytest.raises(UsageError) as refused:
        ElastiCacheAddress.parse(url)
    assert "hunter2" not in str(refused.value)
