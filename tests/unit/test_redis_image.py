"""An image with another server program of Redis than the stack is for: nothing begins in it."""

import pytest

from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.redis.rules.image import HAS, WANTED, refuse_other_image
from tests.template.support.loading import ROOT


@pytest.mark.parametrize(
    "environment",
    [{}, {WANTED: "redis:7"}, {HAS: "none"}, {WANTED: "redis:7", HAS: "redis:7"}],
)
def test_an_image_with_that_program_is_taken_and_one_that_does_not_say(environment):
    refuse_other_image(environment)


@pytest.mark.parametrize(
    ("wanted", "has", "found"),
    [
        ("redis:7", "none", "no server program of Redis or Valkey"),
        ("redis:8", "redis:7", "the server program of redis:7"),
        ("valkey/valkey:8", "redis:8", "the server program of redis:8"),
    ],
)
def test_an_image_with_another_is_refused_with_the_cure(wanted, has, found):
    with pytest.raises(ToolMissingError) as refused:
        refuse_other_image({WANTED: wanted, HAS: has})
    assert refused.value.message == (f"the image contains {found}, but the stack is configured for {wanted}")
    assert f"sam build --parameter-overrides RedisServer={wanted}" in refused.value.cure


def test_the_image_says_which_program_it_has():
    text = (ROOT / "image/Dockerfile").read_text()
    assert f"\nARG REDIS_SERVER\nENV {HAS}=${{REDIS_SERVER}}\n" in text.rpartition("\nFROM ")[2]
