# What checks template.yaml: the SAM CLI and cfn-lint, and checkov, from the Python package index; sourced.
# A virtual environment per lock file at <cache>/<name>/<hash>/. Its own paths are written into it, so it is made in
# place, under a lock, and counts only once its stamp is there.

ensure_aws_tools() {
    ensure_tools aws-tools
    ensure_tools checkov
}

# Print the directory of the programs that scripts/NAME.lock names.
tools_directory() {
    local hash
    hash=$(sha256sum "scripts/$1.lock")
    echo "$(dirname "$(servers_directory)")/$1/${hash:0:12}/bin"
}

ensure_tools() {
    local name=$1 place
    place=$(dirname "$(tools_directory "$name")")
    [ ! -e "$place/.installed" ] || return 0
    mkdir -p "$(dirname "$place")"
    (
        flock 9
        [ -e "$place/.installed" ] || install_tools "$name" "$place"
    ) 9>"$place.lock"
}

install_tools() {
    local name=$1 place=$2
    say "installing what checks template.yaml: $name (a fifth of a gigabyte, once per machine)"
    rm -rf "$place"
    "$VENV/bin/python" -m venv "$place"
    "$place/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input install \
        --require-hashes --no-deps --requirement "scripts/$name.lock"
    touch "$place/.installed"
}

# Fail if template.yaml is not as AWS, cfn-lint and checkov want it. Nothing is sent anywhere.
check_template() {
    local aws checkov
    aws=$(tools_directory aws-tools)
    checkov=$(tools_directory checkov)
    "$aws/cfn-lint"
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
        "$aws/sam" validate --lint --template template.yaml >/dev/null
    "$checkov/checkov" --config-file .checkov.yaml
}
