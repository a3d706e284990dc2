# promtool and node_exporter, which the tests of dashboards/ and of the text format start themselves; sourced after pooler.sh.

ensure_prometheus() {
    ! { command -v promtool && command -v prometheus-node-exporter; } >/dev/null || return 0
    if ! apt_is_usable; then
        say "no Prometheus: its tests will be skipped (to get it: apt-get install prometheus prometheus-node-exporter)"
        return 0
    fi
    without_services apt_install prometheus prometheus-node-exporter
    forget_default_service prometheus
    forget_default_service prometheus-node-exporter
}
