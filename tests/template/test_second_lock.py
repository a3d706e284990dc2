"""A role whose own policy says too much destroys nothing: the buckets refuse it, and let the operator."""

import pytest

from tests.template.acts.here import Here
from tests.template.acts.second_lock import let_through
from tests.template.support.loading import source
from tests.template.support.stacks import VARIANTS, stacks


@pytest.mark.parametrize("variant", VARIANTS)
def test_buckets_refuse_a_role_that_may_do_everything_and_let_the_operator(variant):
    (stack,) = [stack for stack in stacks(source()) if stack.variant == variant]
    assert list(let_through(Here(stack))) == []
