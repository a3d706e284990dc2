#!/bin/sh
# Start a throwaway Redis at each line of our standard input, for as long as the parent holds that open, then remove it without a
# trace: however the parent goes (return, exception, SIGKILL), its end of the pipe closes with it. The server's process id is said.
#   redis_guardian.sh HOME PROGRAM     HOME holds redis.conf and is removed at the end
home=$1 program=$2 server=

while read -r _; do
    "$program" "$home/redis.conf" </dev/null >>"$home/log" 2>&1 &
    server=$!
    echo "$server"
done
if [ -n "$server" ]; then
    kill -9 "$server" 2>/dev/null
    wait "$server" 2>/dev/null
fi
rm -rf "$home"
