# pgbouncer, which the tests start themselves; sourced.

readonly SERVICE_POLICY=/usr/sbin/policy-rc.d

ensure_pooler() {
    ! PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null || return 0
    if ! apt_is_usable; then
        say "no pgbouncer: the tests that need one will be skipped (to get one: apt-get install pgbouncer)"
        return 0
    fi
    without_services apt_install pgbouncer
    forget_default_service pgbouncer
}

# Debian's packages start their service when they are installed, unless a policy forbids it meanwhile.
without_services() {
    if [ -e "$SERVICE_POLICY" ]; then
        "$@"
        return
    fi
    (
        # shellcheck disable=SC2046
        trap '$(privilege) rm -f "$SERVICE_POLICY"' EXIT
        printf '#!/bin/sh\nexit 101\n' | $(privilege) tee "$SERVICE_POLICY" >/dev/null
        $(privilege) chmod 755 "$SERVICE_POLICY"
        "$@"
    )
}

# Nor is it to start with the machine.
forget_default_service() {
    local service=$1
    ! command -v systemctl >/dev/null || $(privilege) systemctl --quiet disable "$service" 2>/dev/null ||
        say "the service $service stays enabled: systemctl disable $service"
}
