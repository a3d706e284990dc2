# Packages of Debian's releases, unpacked beside and not installed; sourced.
# The machine's own apt fetches them, with lists of our own at <cache>/debian/<release>/. An unpacked tree brings its own C
# library and all others, so that it runs on any machine. Nothing here fails the set-up.

debian_directory() {
    echo "$(dirname "$(servers_directory)")/debian"
}

# One set-up at a time: apt refuses to share its lists.
with_debian() {
    mkdir -p "$(debian_directory)"
    (
        flock 9
        "$@"
    ) 9>"$(debian_directory).lock"
}

# Update the lists of RELEASE; say on standard output why they cannot be had.
update_debian() {
    local release=$1 place
    place=$(debian_directory)/$release
    mkdir -p "$place/lists/partial" "$place/archives/partial"
    : >"$place/status"
    if ! debian_sources "$release" >"$place/sources.list"; then
        echo "apt knows no mirror of Debian here"
        return 1
    elif ! debian_apt "$release" apt-get --option APT::Update::Error-Mode=any update >/dev/null 2>&1; then
        echo "apt could not be queried"
        return 1
    fi
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

# Run one of apt's programs on the lists of RELEASE; nothing of the machine's is touched, and it need not be root.
debian_apt() {
    local place program=$2
    place=$(debian_directory)/$1
    shift 2
    "$program" --quiet --quiet --option Dir::Etc::SourceList="$place/sources.list" --option Dir::Etc::SourceParts=- \
        --option Dir::State::Lists="$place/lists" --option Dir::State::Status="$place/status" \
        --option Dir::Cache="$place" --option Dir::Cache::Archives="$place/archives" \
        --option APT::Sandbox::User="$(id -un)" --option APT::Install-Recommends=false --option Acquire::Languages=none \
        --option Acquire::Retries=2 "$@"
}

# Print the version of PACKAGE that RELEASE offers.
debian_version() {
    debian_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
        awk '/^Version:/ && !found { print $2; found = 1 } END { exit !found }'
}

# Unpack PACKAGE of RELEASE at PLACE: with what it needs of the names that match PATTERN, and its programs in BIN made runnable.
unpack_debian() {
    local release=$1 package=$2 pattern=$3 bin=$4 place=$5 scratch packages
    packages=$(debian_packages "$release" "$package" "$pattern") || return 1
    mkdir -p "$(dirname "$place")"
    scratch=$(mktemp -d "$place.XXXXXX")
    # shellcheck disable=SC2086
    if fetch_debian "$release" "$scratch" $packages && make_runnable "$scratch/tree" "$place" "$bin"; then
        chmod 755 "$scratch" "$scratch/tree"
        rm -rf "$place"
        mv "$scratch/tree" "$place"
    fi
    rm -rf "$scratch"
    [ -d "$place" ]
}

debian_packages() {
    debian_apt "$1" apt-get --simulate install "$2" |
        awk -v wanted="^($3|lib.*|zlib1g)$" '$1 == "Inst" && $2 ~ wanted && $2 !~ /perl|llvm|libz3/ { print $2 }'
}

# Unpack PACKAGES of RELEASE in SCRATCH/tree, and nothing that they depend on.
fetch_debian() {
    local release=$1 scratch=$2 package
    shift 2
    mkdir "$scratch/debs" "$scratch/tree"
    (cd "$scratch/debs" && debian_apt "$release" apt-get download "$@" >/dev/null 2>&1) || return 1
    for package in "$scratch"/debs/*.deb; do
        dpkg-deb --extract "$package" "$scratch/tree" || return 1
    done
}

# Let each program in BIN be run by the tree's own loader with the tree's own libraries. TREE: where it is; PLACE: where it will be.
make_runnable() {
    local tree=$1 place=$2 bin=$3 loader libraries program
    rm -rf "$tree"/usr/share/{doc,gdb,lintian,locale,man}
    loader=$(find "$tree" -name 'ld-linux*.so.*' -printf "$place/%P" -quit)
    libraries=$(find "$tree" -name 'lib*.so.*' -printf "$place/%P\n" |
        xargs --no-run-if-empty dirname | sort --unique | paste --serial --delimiters=:)
    [ -n "$loader" ] && [ -n "$libraries" ] || return 1
    mv "$tree/$bin" "$tree/${bin%/bin}/programs"
    mkdir "$tree/$bin"
    for program in "$tree/${bin%/bin}/programs"/*; do
        program=${program##*/}
        printf '#!/bin/sh\nexec %s --library-path %s --argv0 "$0" %s "$@"\n' \
            "$loader" "$libraries" "$place/${bin%/bin}/programs/$program" >"$tree/$bin/$program"
        chmod 755 "$tree/$bin/$program"
    done
}
