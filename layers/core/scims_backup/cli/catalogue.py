"""Every command at one glance. The module of a command is loaded only when that command was typed."""
# ruff: noqa: PLC0415  an import inside each function is what keeps `--help` and `--version` fast

from __future__ import annotations

from scims_backup.cli.lazy import Catalogue, Command

commands = Catalogue()


@commands.add
def init() -> Command:
    """Ask what to back up, where to and when, try each answer out, and write settings and schedule."""
    from scims_backup.cli.commands.init.command import init as command

    return command


@commands.add
def backup() -> Command:
    """Dump the source into the vault, with a proof of the snapshot's contents."""
    from scims_backup.cli.commands.backup import backup as command

    return command


@commands.add
def list_() -> Command:
    """List the source's backups with the verdicts of their drills."""
    from scims_backup.cli.commands.list import list_ as command

    return command


@commands.add
def show() -> Command:
    """Show one backup: its manifest, its drills and the report that decided its verdict."""
    from scims_backup.cli.commands.show import show as command

    return command


@commands.add
def verify() -> Command:
    """Read an archive back from the vault and check it against its manifest."""
    from scims_backup.cli.commands.verify import verify as command

    return command


@commands.add
def restore() -> Command:
    """Restore a backup alongside the live database, prove it and, with --swap, make it the live one."""
    from scims_backup.cli.commands.restore.command import restore as command

    return command


@commands.add
def copy() -> Command:
    """Copy a backup to the second vault and catalog from the settings."""
    from scims_backup.cli.commands.copy import copy as command

    return command


@commands.add
def drill() -> Command:
    """Restore a backup into a sandbox, prove that it equals the source, and remove the sandbox."""
    from scims_backup.cli.commands.drill import drill as command

    return command


@commands.add
def compare() -> Command:
    """Compare any database with a backup's proof; findings and exit codes are those of a drill."""
    from scims_backup.cli.commands.compare import compare as command

    return command


@commands.add
def checklist() -> Command:
    """Answer each line of SCIMS's checklist with evidence from the catalog."""
    from scims_backup.cli.commands.checklist import checklist as command

    return command


@commands.add
def prune() -> Command:
    """Remove the backups that the retention policy does not keep."""
    from scims_backup.cli.commands.prune import prune as command

    return command


@commands.add
def hold() -> Command:
    """Keep a backup until a given time, whatever the retention policy says."""
    from scims_backup.cli.commands.hold import hold as command

    return command


@commands.add
def unhold() -> Command:
    """Release a hold."""
    from scims_backup.cli.commands.unhold import unhold as command

    return command


@commands.add
def ack() -> Command:
    """List what is wrong now; with a condition's name, silence its reminders."""
    from scims_backup.cli.commands.ack import ack as command

    return command


@commands.add
def recover() -> Command:
    """Show how to return vault and catalog to an earlier state; with --confirm, do it."""
    from scims_backup.cli.commands.recover import recover as command

    return command


@commands.add
def reclaim() -> Command:
    """Free the space of removed backups (restic prune): weekly, while no backup runs."""
    from scims_backup.cli.commands.reclaim import reclaim as command

    return command


@commands.add
def doctor() -> Command:
    """Check everything that a nightly backup needs, and say how to fix what is wrong; changes nothing."""
    from scims_backup.cli.commands.doctor import doctor as command

    return command


@commands.add
def status() -> Command:
    """Show how every source stands: its newest and proven backups, drills, sizes and what to do."""
    from scims_backup.cli.commands.status import status as command

    return command


@commands.add
def notify() -> Command:
    """Notify the receivers in the settings of what they have not been notified of; --test sends a test."""
    from scims_backup.cli.commands.notify import notify as command

    return command


@commands.add
def storage() -> Command:
    """Show how much is stored, for each source and in total, and the quotas."""
    from scims_backup.cli.commands.storage import storage as command

    return command


@commands.add
def metrics() -> Command:
    """Write all metrics for Prometheus, to a file for node_exporter, or to OpenTelemetry."""
    from scims_backup.cli.commands.metrics import metrics as command

    return command
