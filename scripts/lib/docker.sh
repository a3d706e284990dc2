# A Docker daemon for as long as a command runs; sourced.
# One that runs already is used and never touched. Else Debian's is started, with all its files at <cache>/docker/, and the
# last that uses it stops it.

docker_directory() {
    echo "$(dirname "$(servers_directory)")/docker"
}

# Run a COMMAND that needs Docker.
with_docker() {
    if docker info >/dev/null 2>&1; then
        "$@"
        return
    fi
    [ "$(id -u)" -eq 0 ] || fail "no Docker daemon answers, and only root can start one: start Docker, or run this as root"
    (
        mkdir -p "$(docker_directory)"
        chmod 755 "$(docker_directory)"
        export DOCKER_HOST=unix://$(docker_directory)/socket
        exec 8>"$(docker_directory)/users.lock"
        flock --shared 8
        trap leave_docker EXIT
        join_docker
        "$@"
    )
}

# Start our daemon unless somebody did so already.
join_docker() {
    (
        flock 7
        ! docker info >/dev/null 2>&1 || exit 0
        ensure_docker_programs
        start_docker
    ) 7>"$(docker_directory)/start.lock" 8>&-
}

ensure_docker_programs() {
    PATH="$PATH:/usr/sbin" command -v dockerd >/dev/null && command -v docker >/dev/null && return 0
    without_services apt_install docker.io iptables
}

start_docker() {
    local place
    place=$(docker_directory)
    say "starting Docker"
    rm -f "$place/pid"
    PATH="$PATH:/usr/sbin:/sbin" setsid dockerd --host "$DOCKER_HOST" --data-root "$place/data" --exec-root "$place/run" \
        --pidfile "$place/pid" >"$place/log" 2>&1 7>&- </dev/null &
    for _ in $(seq 300); do
        ! docker info >/dev/null 2>&1 || return 0
        kill -0 $! 2>/dev/null || break
        sleep 0.1
    done
    fail "Docker could not be started: $(tail -n 1 "$place/log") (all of it: $place/log)"
}

# Whoever leaves last can lock what the users share.
leave_docker() {
    local pid
    pid=$(cat "$(docker_directory)/pid" 2>/dev/null) || return 0
    flock --exclusive --nonblock 8 || return 0
    say "stopping Docker"
    kill "$pid" 2>/dev/null || true
    tail --pid="$pid" --follow /dev/null
}
