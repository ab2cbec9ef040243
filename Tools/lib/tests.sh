# Sourced by the commands in Tools/ that run tests.

# Runs `swift test`, and names at the end those that failed. At most so many run at a time as a machine can pay attention to:
# those with servers and clocks of their own must not wait for a thousand others.
run_tests() {
    local log
    log=$(mktemp)
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(($(getconf _NPROCESSORS_ONLN) * 4)) \
        swift test "$@" 2>&1 | tee "$log" && rm -f "$log" && return
    printf '\n== what failed\n'
    grep -aE '^✘|^[^ ]* Fatal error|^error:' "$log" | cut -c1-2000
    return 1
}
