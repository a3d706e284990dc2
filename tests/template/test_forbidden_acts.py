"""What is forbidden is denied and what is needed allowed: the template's policies, judged as AWS does."""

import pytest

from tests.template.acts.everything import MORE, stacks_of
from tests.template.acts.forbidden import FORBIDDEN
from tests.template.acts.needed import NEEDED
from tests.template.acts.nobody import BY_BUCKET_POLICY, NOBODY
from tests.template.acts.services import implied
from tests.template.support.loading import source, transformed
from tests.template.support.stacks import VARIANTS


@pytest.fixture(scope="module")
def here():
    """The stack of every variant."""
    return stacks_of(transformed(source()))


@pytest.mark.parametrize("act", FORBIDDEN, ids=lambda act: f"{act.who} may not {act.what}")
def test_what_is_forbidden_is_denied(here, act):
    assert [variant for variant in here if act.is_possible(here[variant])] == []


@pytest.mark.parametrize("act", [*NOBODY, *BY_BUCKET_POLICY], ids=lambda act: act.what)
def test_what_no_role_may_do_is_denied_to_each(here, act):
    assert [(variant, role) for variant in here for role in act.possible_for(here[variant])] == []


@pytest.mark.parametrize("act", NEEDED, ids=lambda act: f"{act.who} can {act.what}")
def test_what_a_job_needs_is_allowed(here, act):
    assert [variant for variant in here if act.is_refused(here[variant])] == []


@pytest.mark.parametrize("variant", [*VARIANTS, *MORE])
def test_what_services_do_by_themselves_is_allowed(here, variant):
    refused = [
        (who, what, decision.why)
        for who, what, request in implied(here[variant])
        if not (decision := here[variant].judge(who, request)).allowed
    ]
    assert refused == []


@pytest.mark.parametrize("act", [*FORBIDDEN, *NEEDED], ids=lambda act: f"{act.who}: {act.what}")
def test_every_act_is_about_a_role_and_a_thing_of_some_stack(here, act):
    assert any(one.refused(act.who, act.act) is not None for one in here.values())


def test_every_role_has_forbidden_acts_and_needed_ones(here):
    roles = {role for one in here.values() for role in one.roles}
    served = {who for one in here.values() for who, *_ in implied(one)}
    assert roles <= {act.who for act in FORBIDDEN}
    assert roles <= {act.who for act in NEEDED} | served
