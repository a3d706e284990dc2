"""An image function that does what its event says."""

import os
import subprocess
import time
from pathlib import Path

import psycopg


def handler(event, context):
    print("event", event)
    match event.get("do"):
        case "raise":
            raise ValueError("as asked")
        case "die":
            os._exit(3)
        case "sleep":
            subprocess.Popen(["sleep", event["seconds"]], start_new_session=True)
            time.sleep(60)
    Path(os.environ["TMPDIR"], "mark").write_text("")
    return {
        "scheduled": event.get("scheduled"),
        "psycopg": psycopg.__version__,
        "name": context.function_name,
        "tmp": sorted(path.name for path in Path("/tmp").iterdir()),
        "pg_dump": subprocess.check_output(["pg_dump", "--version"], text=True).strip(),
    }
