# Programs and libraries from Debian's or Ubuntu's packages; sourced.

# Say how to run apt-get here: '' as root, 'sudo ' where sudo can be used, else fail.
privilege() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    elif [ -t 0 ] && command -v sudo >/dev/null; then
        echo sudo
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo sudo
    else
        return 1
    fi
}

apt_is_usable() {
    command -v apt-get >/dev/null && privilege >/dev/null
}

# The lists of packages may be missing (a fresh container) or old (a package was replaced): update and try again.
apt_install() {
    apt_is_usable || fail "missing: $*. Install it as root: apt-get update && apt-get install $*"
    say "installing by apt: $*"
    apt_get_install "$@" >/dev/null 2>&1 && return 0
    apt_get update >/dev/null || fail "apt-get update failed; repair apt, or install by other means: $*"
    apt_get_install "$@" >/dev/null || fail "apt-get install failed; install by other means: $*"
}

apt_get_install() {
    apt_get install --yes --no-install-recommends "$@"
}

# UCF_FORCE_CONFFOLD: a configuration file that was there first stays.
apt_get() {
    # shellcheck disable=SC2046  # no word at all when root
    $(privilege) env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 \
        apt-get --quiet --quiet --option DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Install PACKAGE unless PROGRAM is there.
ensure_program() {
    local program=$1 package=$2
    command -v "$program" >/dev/null || apt_install "$package"
}
