# The newest minor releases of PostgreSQL that Debian offers, unpacked beside and not installed; sourced.
# A server that takes its distribution's updates has them weeks before the wheels do. Each tree lies at
# <cache>/newest-postgresql/<release>/<version>/; `said` there tells what was had and what was not. Nothing here fails the set-up.

# Debian's releases and the major that each has.
readonly NEWEST_WANTED="bookworm:15 trixie:17"

ensure_newest_servers() {
    local place wanted
    place=$(dirname "$(servers_directory)")/newest-postgresql
    mkdir -p "$place"
    chmod 755 "$place"
    [ -d /usr/share/zoneinfo ] || ! apt_is_usable || apt_install tzdata # Debian's servers bring no time zones
    for wanted in $NEWEST_WANTED; do
        ensure_newest_server "$place/${wanted%:*}" "${wanted%:*}" "${wanted#*:}"
    done
}

# Arguments: where to, Debian's release, PostgreSQL's major.
ensure_newest_server() {
    local place=$1 release=$2 major=$3 version why
    mkdir -p "$place"
    if ! why=$(update_debian "$release"); then
        newest_not_had "$place" "$release" "$major" "$why"
    elif ! version=$(debian_version "$release" "postgresql-$major"); then
        newest_not_had "$place" "$release" "$major" "apt does not offer it"
    elif [ -x "$place/$version/usr/lib/postgresql/$major/bin/postgres" ] ||
        unpack_newest "$place" "$release" "$major" "$version"; then
        echo "$major $version" >"$place/said"
    else
        newest_not_had "$place" "$release" "$major" "its packages could not be fetched and unpacked"
    fi
}

# What was had before stays.
newest_not_had() {
    local place=$1 release=$2 major=$3 why=$4 before
    before=$(cd "$place" && ls -d [0-9]* 2>/dev/null | tail -n 1) || true
    say "the newest PostgreSQL $major of Debian $release: $why; the tests run with ${before:-none of them}"
    echo "$major ${before:--} $why" >"$place/said"
}

# The server, its clients and every library below them; not those of JIT, which are larger than all the rest.
unpack_newest() {
    local place=$1 release=$2 major=$3 version=$4 server=usr/lib/postgresql/$3 before
    say "fetching PostgreSQL $version (about 35 MB)"
    before=$(cd "$place" && ls -d [0-9]* 2>/dev/null) || true
    unpack_debian "$release" "postgresql-$major" "postgresql(-client)?-$major" "$server/bin" "$place/$version" || return 1
    rm -f "$place/$version/$server/lib/llvmjit.so" # without its libraries a query that wants JIT would fail
    # shellcheck disable=SC2086
    [ -z "$before" ] || (cd "$place" && rm -rf $before)
}
