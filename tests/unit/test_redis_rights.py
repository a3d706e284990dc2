"""The rights of the backup's user are the same in cures, on the page, and in the cloud on this machine."""

from localcloud.redis_source import RIGHTS as IN_LOCAL_CLOUD
from scims_backup.engines.redis.connect.redis_errors import RIGHTS
from tests.support.pages import ROOT, blocks


def test_the_page_grants_what_the_cures_name_and_the_local_cloud_no_more():
    needed, more = blocks(ROOT / "docs/redis.md", "redis")[0].splitlines()
    assert needed.endswith(f" -@all {RIGHTS}")
    assert f"{RIGHTS} {more.removeprefix('ACL SETUSER scims_backup ')}" == IN_LOCAL_CLOUD
