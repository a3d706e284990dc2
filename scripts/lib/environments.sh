# Tools in virtual environments of their own, from the Python package index; sourced.
# One for each lock file, at <cache>/<name>/<hash>/. Its own paths are written into it, so it is made in place, under a
# lock, and counts only once its stamp is there.

# Beside the tests' moto it would not do: their modules would get in each other's way.
ensure_localstack() {
    ensure_environment localstack tests/localstack.lock "half a gigabyte"
}

# What AWS's own runtime of zip functions has, and nothing else.
ensure_lambda_runtime() {
    ensure_environment lambda-runtime localcloud/lambda-runtime.lock "a few megabytes"
}

# What checks template.yaml; checkov wants older packages than the others.
ensure_aws_tools() {
    ensure_sam
    ensure_environment checkov scripts/checkov.lock "a fifth of a gigabyte"
}

# The SAM CLI, with cfn-lint beside it
ensure_sam() {
    ensure_environment aws-tools scripts/aws-tools.lock "a fifth of a gigabyte"
}

# Print the directory of the environment NAME for a LOCK file.
environment_directory() {
    local name=$1 hash
    hash=$(sha256sum "$2")
    echo "$(dirname "$(servers_directory)")/$name/${hash:0:12}"
}

ensure_environment() {
    local name=$1 lock=$2 size=$3 place
    place=$(environment_directory "$name" "$lock")
    [ ! -e "$place/.installed" ] || return 0
    mkdir -p "$(dirname "$place")"
    (
        flock 9
        [ -e "$place/.installed" ] || install_environment "$name" "$lock" "$size" "$place"
    ) 9>"$place.lock"
}

install_environment() {
    local name=$1 lock=$2 size=$3 place=$4
    say "installing $name ($size, once per machine)"
    rm -rf "$place"
    "$VENV/bin/python" -m venv "$place"
    "$place/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input install \
        --require-hashes --no-deps --requirement "$lock"
    touch "$place/.installed"
}
