#!/bin/sh
# Keep a throwaway server for as long as the parent holds our standard input open, then remove it without a trace.
# However the parent goes (return, exception, SIGTERM, SIGKILL), its end of the pipe closes with it.
#   guardian.sh BIN HOME     HOME holds data/ and is removed at the end
bin=$1 home=$2

if "$bin/pg_ctl" start --wait --silent --pgdata="$home/data" --log="$home/log" </dev/null >"$home/start" 2>&1; then
    echo ready
else
    echo failed
fi
cat >/dev/null
"$bin/pg_ctl" stop --wait --silent --mode=immediate --pgdata="$home/data" >/dev/null 2>&1
rm -rf "$home"
