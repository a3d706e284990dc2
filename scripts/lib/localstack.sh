# LocalStack for the tests, from the Python package index; sourced.
# A virtual environment per lock file at <cache>/localstack/<hash>/. Its own paths are written into it, so it is made
# in place, under a lock, and counts only once its stamp is there.

ensure_localstack() {
    local place hash
    hash=$(sha256sum tests/localstack.lock)
    place=$(dirname "$(servers_directory)")/localstack/${hash:0:12}
    [ ! -e "$place/.installed" ] || return 0
    mkdir -p "$(dirname "$place")"
    (
        flock 9
        [ -e "$place/.installed" ] || install_localstack "$place"
    ) 9>"$place.lock"
}

install_localstack() {
    local place=$1
    say "installing LocalStack (half a gigabyte, once per machine)"
    rm -rf "$place"
    "$VENV/bin/python" -m venv "$place"
    "$place/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input install \
        --require-hashes --no-deps --requirement tests/localstack.lock
    touch "$place/.installed"
}
