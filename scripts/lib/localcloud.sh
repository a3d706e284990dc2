# What localcloud/ needs beside .venv and LocalStack, from the Python package index; sourced.
# The runtime of the zip functions: a virtual environment per lock file at <cache>/lambda-runtime/<hash>/, with what
# AWS's own runtime has and nothing else. Made in place, under a lock, and counted only once its stamp is there.

ensure_lambda_runtime() {
    local place hash
    hash=$(sha256sum localcloud/lambda-runtime.lock)
    place=$(dirname "$(servers_directory)")/lambda-runtime/${hash:0:12}
    [ ! -e "$place/.installed" ] || return 0
    mkdir -p "$(dirname "$place")"
    (
        flock 9
        [ -e "$place/.installed" ] || install_lambda_runtime "$place"
    ) 9>"$place.lock"
}

install_lambda_runtime() {
    local place=$1
    say "installing the runtime of the zip functions"
    rm -rf "$place"
    "$VENV/bin/python" -m venv "$place"
    "$place/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input install \
        --require-hashes --no-deps --requirement localcloud/lambda-runtime.lock
    touch "$place/.installed"
}
