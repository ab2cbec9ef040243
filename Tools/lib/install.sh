# Sourced by the commands in Tools/: installs what a Debian machine lacks, and says so.

# Installs Debian packages, as root or by sudo; otherwise prints the one command to run and ends.
install_packages() {
    local packages=("$@")
    if [ "${#packages[@]}" -eq 0 ]; then return; fi
    if ! command -v apt-get >/dev/null; then
        echo "perilune needs these C libraries and programs (Debian's names): ${packages[*]}" >&2
        exit 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo)
        else
            echo "perilune needs packages that only root can install. Run this, then try again:" >&2
            echo "    sudo apt-get install --no-install-recommends ${packages[*]}" >&2
            exit 1
        fi
    fi
    echo "installing ${packages[*]}" >&2
    # The packages of servers start them at once; here they are only wanted as programs.
    local policy=/usr/sbin/policy-rc.d
    local made_policy=0
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        made_policy=1
    fi
    local status=0
    {
        "${as_root[@]}" apt-get update -q &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -q -y --no-install-recommends "${packages[@]}"
    } >&2 || status=$?
    if [ "$made_policy" -eq 1 ]; then "${as_root[@]}" rm -f "$policy"; fi
    return "$status"
}

# What the package needs to be built.
install_build_libraries() {
    if ! command -v swift >/dev/null; then
        echo "perilune needs Swift 6.2 or newer: https://www.swift.org/install" >&2
        exit 1
    fi
    local missing=()
    [ -e /usr/include/hiredis/read.h ] || missing+=(libhiredis-dev)
    [ -e /usr/include/lua5.4/lua.h ] || missing+=(liblua5.4-dev)
    [ -e /usr/include/openssl/ssl.h ] || missing+=(libssl-dev)
    [ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
    if [ "$(uname)" = Linux ]; then install_packages "${missing[@]}"; fi
}

# What tests and benchmarks compare with.
install_test_servers() {
    local missing=()
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v redis-benchmark >/dev/null || missing+=(redis-tools)
    command -v luac5.1 >/dev/null || missing+=(lua5.1)
    command -v curl >/dev/null || missing+=(curl)
    if [ "$(uname)" = Linux ]; then install_packages "${missing[@]}"; fi
}

# What searches the models in Tools/models.
install_model_checker() {
    local missing=()
    command -v spin >/dev/null || missing+=(spin)
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    if [ "$(uname)" = Linux ]; then install_packages "${missing[@]}"; fi
}
