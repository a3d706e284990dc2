# The newest minor releases that Debian offers, unpacked beside and not installed; sourced.
# A server that takes its distribution's updates has them weeks before the wheels do. Each tree brings its own C library
# and all others, so that it runs on any machine, and lies at <cache>/newest-postgresql/<release>/<version>/;
# `said` there tells what was had and what was not. Nothing here fails the set-up.

# Debian's releases and the major that each has.
readonly NEWEST_WANTED="bookworm:15 trixie:17"

newest_directory() {
    echo "$(dirname "$(servers_directory)")/newest-postgresql"
}

ensure_newest_servers() {
    local place wanted
    place=$(newest_directory)
    mkdir -p "$place"
    chmod 755 "$place"
    [ -d /usr/share/zoneinfo ] || ! apt_is_usable || apt_install tzdata # Debian's servers bring no time zones
    (
        flock 9
        for wanted in $NEWEST_WANTED; do
            ensure_newest_server "$place/${wanted%:*}" "${wanted%:*}" "${wanted#*:}"
        done
    ) 9>"$place.lock"
}

# Arguments: where to, Debian's release, PostgreSQL's major.
ensure_newest_server() {
    local place=$1 release=$2 major=$3 version
    mkdir -p "$place/apt/lists/partial" "$place/apt/archives/partial"
    : >"$place/apt/status"
    if ! debian_sources "$release" >"$place/apt/sources.list"; then
        not_had "$place" "$release" "$major" "apt knows no mirror of Debian here"
    elif ! private_apt "$place" apt-get --option APT::Update::Error-Mode=any update >/dev/null 2>&1; then
        not_had "$place" "$release" "$major" "apt could not be queried"
    elif ! version=$(newest_version "$place" "$major"); then
        not_had "$place" "$release" "$major" "apt does not offer it"
    elif [ -x "$place/$version/usr/lib/postgresql/$major/bin/postgres" ] || unpack_newest "$place" "$major" "$version"; then
        echo "$major $version" >"$place/said"
    else
        not_had "$place" "$release" "$major" "its packages could not be fetched and unpacked"
    fi
}

# What was had before stays.
not_had() {
    local place=$1 release=$2 major=$3 why=$4 before
    before=$(cd "$place" && ls -d [0-9]* 2>/dev/null | tail -n 1) || true
    say "the newest PostgreSQL $major of Debian $release: $why; the tests run with ${before:-none of them}"
    echo "$major ${before:--} $why" >"$place/said"
}

# The machine's own mirrors of Debian, asked for another release.
debian_sources() {
    local release=$1 own base
    own=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null) || return 1
    base=$(awk -F '|' '$1 == "Debian" && $2 == "Debian" { print $4; exit }' <<<"$own")
    [ -n "$base" ] || return 1
    debian_source "$base" "$release"
    debian_source "$base" "$release-updates"
    base=$(awk -F '|' '$1 == "Debian" && $2 == "Debian-Security" { print $4; exit }' <<<"$own")
    [ -z "$base" ] || debian_source "$base" "$release-security"
}

debian_source() {
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $2 main"
}

# Run one of apt's programs on lists of our own; nothing of the machine's is touched, and it need not be root.
private_apt() {
    local place=$1 program=$2
    shift 2
    "$program" --quiet --quiet --option Dir::Etc::SourceList="$place/apt/sources.list" --option Dir::Etc::SourceParts=- \
        --option Dir::State::Lists="$place/apt/lists" --option Dir::State::Status="$place/apt/status" \
        --option Dir::Cache="$place/apt" --option Dir::Cache::Archives="$place/apt/archives" \
        --option APT::Sandbox::User="$(id -un)" --option APT::Install-Recommends=false --option Acquire::Languages=none \
        --option Acquire::Retries=2 "$@"
}

newest_version() {
    private_apt "$1" apt-cache show --no-all-versions "postgresql-$2" 2>/dev/null |
        awk '/^Version:/ && !found { print $2; found = 1 } END { exit !found }'
}

# The server, its clients and every library below them; not those of JIT, which are larger than all the rest.
newest_packages() {
    private_apt "$1" apt-get --simulate install "postgresql-$2" |
        awk -v wanted="^(postgresql(-client)?-$2|lib.*|zlib1g)$" \
            '$1 == "Inst" && $2 ~ wanted && $2 !~ /perl|llvm|libz3/ { print $2 }'
}

unpack_newest() {
    local place=$1 major=$2 version=$3 scratch packages
    say "fetching PostgreSQL $version (about 35 MB)"
    packages=$(newest_packages "$place" "$major") || return 1
    scratch=$(mktemp -d "$place/.$version.XXXXXX")
    # shellcheck disable=SC2086
    if (cd "$scratch" && mkdir debs tree && cd debs && private_apt "$place" apt-get download $packages >/dev/null 2>&1) &&
        unpack_packages "$scratch" && make_runnable "$scratch/tree" "$place/$version" "$major"; then
        chmod 755 "$scratch" "$scratch/tree"
        rm -rf "${place:?}"/[0-9]*
        mv "$scratch/tree" "$place/$version"
    fi
    rm -rf "$scratch"
    [ -d "$place/$version" ]
}

unpack_packages() {
    local package
    for package in "$1"/debs/*.deb; do
        dpkg-deb --extract "$package" "$1/tree" || return 1
    done
}

# Let each program be run by the tree's own loader with the tree's own libraries. TREE: where it is; PLACE: where it will be.
make_runnable() {
    local tree=$1 place=$2 major=$3 bin=usr/lib/postgresql/$3 loader libraries program
    rm -rf "$tree"/usr/share/{doc,gdb,lintian,locale,man}
    loader=$(find "$tree" -name 'ld-linux*.so.*' -printf "$place/%P" -quit)
    libraries=$(find "$tree" -path "$tree/$bin" -prune -o -name 'lib*.so.*' -printf "$place/%P\n" |
        xargs --no-run-if-empty dirname | sort --unique | paste --serial --delimiters=:)
    [ -n "$loader" ] && [ -n "$libraries" ] || return 1
    rm -f "$tree/$bin/lib/llvmjit.so" # without its libraries a query that wants JIT would fail
    mv "$tree/$bin/bin" "$tree/$bin/programs"
    mkdir "$tree/$bin/bin"
    for program in "$tree/$bin/programs"/*; do
        program=${program##*/}
        printf '#!/bin/sh\nexec %s --library-path %s --argv0 "$0" %s "$@"\n' \
            "$loader" "$libraries" "$place/$bin/programs/$program" >"$tree/$bin/bin/$program"
        chmod 755 "$tree/$bin/bin/$program"
    done
}
