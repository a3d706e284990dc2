"""The program of the task: it says what it is given, and stays when asked to."""

import os
import signal
import subprocess
import sys

import boto3

print("GREETING", os.environ["GREETING"], flush=True)
print("DRILL", os.environ.get("DRILL"), flush=True)
match os.environ.get("DO"):
    case "stay":
        subprocess.Popen(["sleep", os.environ["SECONDS"]], start_new_session=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        print("staying", flush=True)
        signal.pause()
    case "insist":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("staying", flush=True)
        while True:
            signal.pause()
    case "fail":
        sys.exit(1)
boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key="report.json", Body=b"{}")
