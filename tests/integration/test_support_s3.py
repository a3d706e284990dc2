"""The S3 servers of the tests themselves: what the other tests rely on."""

import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

HOLDER = """
import sys
from tests.support.s3.seaweedfs import seaweedfs_server
with seaweedfs_server() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["moto", "seaweedfs", "localstack"])
def server(request):
    return request.getfixturevalue(request.param)


def test_a_server_keeps_objects_and_versions(server):
    client, bucket = server.client(), server.new_bucket(versioned=True)
    client.put_object(Bucket=bucket, Key="a/x", Body=b"one")
    client.put_object(Bucket=bucket, Key="a/x", Body=b"two")
    assert client.get_object(Bucket=bucket, Key="a/x")["Body"].read() == b"two"
    assert len(client.list_object_versions(Bucket=bucket)["Versions"]) == 2


def test_a_bucket_can_have_object_lock(server):
    client, bucket = server.client(), server.new_bucket(object_lock=True)
    configuration = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert configuration["ObjectLockEnabled"] == "Enabled"


def test_the_environment_suffices_to_reach_the_server(server, monkeypatch):
    bucket = server.new_bucket()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    names = [found["Name"] for found in boto3.session.Session().client("s3").list_buckets()["Buckets"]]
    assert bucket in names


def test_seaweedfs_refuses_a_wrong_secret(seaweedfs, monkeypatch):
    for name, value in {**seaweedfs.environment(), "AWS_SECRET_ACCESS_KEY": "wrong"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        boto3.session.Session().client("s3").list_buckets()


def test_seaweedfs_takes_more_buckets_than_it_makes_volumes_of_a_small_disk(seaweedfs):
    client = seaweedfs.client()

    def filled(_number):
        client.put_object(Bucket=seaweedfs.new_bucket(), Key="x", Body=b"one")

    with ThreadPoolExecutor(8) as filling:
        list(filling.map(filled, range(100)))


def test_a_server_goes_with_a_test_process_that_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        port = holder.stdout.readline().rpartition(":")[2].strip()
        watched = os.pidfd_open(_weed_on(port))
        holder.send_signal(signal.SIGKILL)
    try:
        assert select.select([watched], [], [], 30)[0]
    finally:
        os.close(watched)


def _weed_on(port: str) -> int:
    (found,) = (
        line.parent
        for line in Path("/proc").glob("[0-9]*/cmdline")
        if f"\0-s3.port={port}\0".encode() in line.read_bytes()
        and (line.parent / "comm").read_text() == "weed\n"
    )
    return int(found.name)
