"""What doctor says of a receiver's server."""

import pytest

from scims_backup.domain.errors import NotifierError, SecretError
from scims_backup.domain.health import NotCheckedError, State
from scims_backup.usecases.reports.examine_receivers import look_at_host

MAIL = ("E-Mail", "smtp.example.org", 587)


def _refused(host, port):
    raise NotifierError(f"{host} cannot be reached on port {port}")


def _unread():
    raise SecretError("the secret is gone")


def test_a_server_that_answers_is_fine():
    asked = []
    (seen,) = look_at_host(lambda: MAIL, lambda *server: asked.append(server), behind_proxy=False)
    assert (seen.state, seen.message) == (State.FINE, "E-Mail: smtp.example.org can be reached on port 587")
    assert asked == [("smtp.example.org", 587)]


def test_a_service_with_servers_of_its_own_is_not_called():
    (seen,) = look_at_host(lambda: ("Slack", None, None), _refused, behind_proxy=False)
    assert seen.state is State.FINE
    assert "notify --test" in seen.message


@pytest.mark.parametrize(
    ("look", "behind_proxy", "error"),
    [
        (lambda: MAIL, False, NotifierError),
        (lambda: MAIL, True, NotCheckedError),
        (_unread, True, SecretError),
    ],
)
def test_what_cannot_be_reached_read_or_known_is_not_fine(look, behind_proxy, error):
    with pytest.raises(error):
        list(look_at_host(look, _refused, behind_proxy))
