#!/bin/sh
# Keep a server for as long as the parent holds our standard input open, then remove it without a trace.
# However the parent goes (return, exception, SIGTERM, SIGKILL), its end of the pipe closes with it.
#   guardian.sh HOME PROGRAM [ARGUMENT...]     HOME takes the server's log and is removed at the end
home=$1
shift

"$@" </dev/null >"$home/log" 2>&1 &
cat >/dev/null
kill -KILL "$!" 2>/dev/null # what it holds is thrown away: there is nothing to end in order
wait
rm -rf "$home"
