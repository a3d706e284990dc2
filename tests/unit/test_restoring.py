"""What is judged of a restored database: its own, and not the server's roles."""

import pytest

from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.engines.postgresql.rules.of_server import apart_from_server
from scims_backup.ports import Checks

OF_SERVER = [
    Finding("role-changed", "role app", "login: yes", "login: no"),
    Finding("role-missing", "role owner", "present", "missing"),
    Finding("role-membership-missing", "role membership owner.app", "present", "missing"),
    Finding("role-membership-unexpected", "role membership owner.x", "missing", "present"),
    Finding("role-setting-changed", "role setting app.work_mem", "6MB", "7MB"),
    Finding("all-roles-setting-missing", "all roles setting work_mem", "6MB", "missing"),
]
OWN = [
    Finding("rows-differ", "table public.items", "41 rows", "40 rows"),
    Finding("role-in-database-setting-changed", "role in database setting app.work_mem", "6MB", "7MB"),
    Finding("database-setting-missing", "database setting app.key", "present", "missing"),
    Finding("grant-missing", "table public.items", "app=r", "missing"),
    Finding("role-cannot-log-in", "role app", "logs in", "refused"),
]


def _judged(findings):
    checks = apart_from_server(Checks(findings, [NotChecked("table far.away", "is foreign")]))
    return Report.judged(checks.findings, checks.not_checked, {})


@pytest.mark.parametrize("finding", OF_SERVER, ids=lambda finding: finding.kind)
def test_a_difference_of_the_server_s_roles_is_told_and_not_judged(finding):
    report = _judged([finding])
    assert (report.verdict, report.findings) == (Verdict.PASSED, ())
    far, told = sorted(report.not_checked, key=lambda one: one.object != "table far.away")
    assert far.object == "table far.away"
    assert told.object == finding.object
    assert told.reason == f"{finding.expected} in the source, {finding.found} on this server: left as it is"


@pytest.mark.parametrize("finding", OWN, ids=lambda finding: finding.kind)
def test_a_difference_of_the_database_itself_fails_it_also_beside_one_of_the_server(finding):
    report = _judged([OF_SERVER[0], finding])
    assert (report.verdict, report.findings) == (Verdict.FAILED, (finding,))
    assert {one.object for one in report.not_checked} == {"table far.away", "role app"}


def test_a_report_without_findings_stays_what_it_was():
    assert _judged([]) == Report.judged([], [NotChecked("table far.away", "is foreign")], {})
