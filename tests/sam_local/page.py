"""The commands of docs/local.md, which the tests of this folder run."""

from tests.support.pages import ROOT, blocks

PAGE = ROOT / "docs/local.md"
START, DEPLOY, BUILD, INVOKE, SERVE, STOP = blocks(PAGE, "sh")
(ASK,) = blocks(PAGE, "python")
FUNCTION, EVENT = "DumpFunction", "events/dump-schedule.json"
"""What the page invokes."""
