"""The template keeps its promises: each check on template.yaml as it is, in all of its variants."""

import pytest

from tests.template.checks.everything import CHECKS
from tests.template.support.loading import source
from tests.template.support.stacks import VARIANTS, every_stack, stacks


@pytest.fixture(scope="module")
def template():
    return source()


@pytest.mark.parametrize("name", CHECKS)
def test_the_template_passes(template, name):
    assert CHECKS[name](template) == []


def test_the_variants_make_every_resource_once_and_leave_each_conditional_one_out_once(template):
    made = [set(stack.resources) for stack in stacks(template)]
    assert len(made) == len(VARIANTS)
    conditional = {str(name) for name, one in template["Resources"].items() if "Condition" in one}
    assert set(template["Resources"]) - {"CoreLayer"} <= {
        name for stack in every_stack(template) for name in stack.resources
    }
    always = made[0].intersection(*made[1:])
    assert not conditional & always
