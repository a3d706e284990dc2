# Python 3.13, the virtual environment and what is installed in it; sourced.

# Print a Python 3.13 that runs (pyenv's shims exist for versions that are not switched on).
find_python() {
    local candidate
    for candidate in $(command -v python3.13) $(pyenv_pythons) $(uv_python); do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

pyenv_pythons() {
    command -v pyenv >/dev/null || return 0
    ls -d "$(pyenv root)"/versions/3.13.*/bin/python 2>/dev/null | sort --version-sort --reverse
}

uv_python() {
    command -v uv >/dev/null || return 0
    uv python find --quiet --no-project 3.13 2>/dev/null || true
}

# Get a Python 3.13 where there is none: from uv, else from the distribution if it has one.
fetch_python() {
    if command -v uv >/dev/null; then
        say "installing Python 3.13 by uv"
        uv python install 3.13 >&2 && return 0
    fi
    if apt_is_usable && distribution_has python3.13-venv; then
        apt_install python3.13-venv
        return 0
    fi
    return 1
}

distribution_has() {
    apt-cache show "$1" >/dev/null 2>&1 && return 0
    apt_get update >/dev/null 2>&1 && apt-cache show "$1" >/dev/null 2>&1
}

ensure_venv() {
    [ ! -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || return 0
    local python
    python=$(find_python) || { fetch_python && python=$(find_python); } || fail "Python 3.13 was not found: not as python3.13 on PATH, \
not in pyenv, and neither uv nor apt could install it. Install one of them, e.g.: apt-get install python3.13-venv (Debian 13), \
pyenv install 3.13, or uv python install 3.13"
    "$python" -c 'import ensurepip' 2>/dev/null || apt_install python3.13-venv
    say "creating $VENV with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
}

# The lock file names every package with its hashes; nothing is installed again while neither it nor pyproject.toml changes.
ensure_dependencies() {
    local stamp=$VENV/.installed wanted
    wanted=$(cat requirements-dev.lock pyproject.toml | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x "$VENV/bin/scims-backup" ]; then
        return 0
    fi
    say "installing Python packages"
    rm -f "$stamp"
    quiet_pip install --require-hashes --requirement requirements-dev.lock
    quiet_pip install --no-deps --no-build-isolation --editable .
    echo "$wanted" >"$stamp"
}

quiet_pip() {
    "$VENV/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input "$@"
}
