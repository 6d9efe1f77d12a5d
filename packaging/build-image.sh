#!/usr/bin/env bash
# Builds the container image where no registry can be reached, starts it, and measures it.
#
#   packaging/build-image.sh              build, start, check
#   packaging/build-image.sh --fresh      the same, with new base images
#
# Needs: root on Debian or Ubuntu, a Debian mirror for apt, a Rust toolchain, and the crates of Cargo.lock
# (`cargo fetch --locked` runs first). Where a registry can be reached, `docker build -t factorio-isr .` is enough.
#
# The Dockerfile is used as it is. Two of its arguments are replaced: the builder is a Debian made by debootstrap that
# has gcc and sees this machine's toolchain and crates; the base stays empty unless RUNTIME=debian, which lays the
# binary upon a minimal Debian instead.
#
# What is checked: the image is at most 16 MiB larger than its base; in a running container `factorio-isr healthcheck`
# succeeds; it runs as 845:845; the log is mounted read-only; the state folder is private to that user; a line written
# to the log is relayed (to the terminal, as no webhook is configured); SIGTERM ends it with code 0. Exit code 0 means
# that all of it held.
#
# Settings by environment: RUNTIME (scratch, debian), CONTEXT (folder to build, default: this repository),
# MIRROR (Debian mirror, default: debootstrap's own), HEALTH_CHECK_PORT (default 18080), LIMIT_MIB (default 16).
set -euo pipefail

readonly SUITE=bookworm
readonly IMAGE=localhost/factorio-isr:latest
readonly BASE=localhost/factorio-isr-base:$SUITE
readonly BUILDER=localhost/factorio-isr-builder:$SUITE
readonly RUN_AS=845:845
readonly STATE=/var/lib/factorio-isr

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly context=${CONTEXT:-$repository}
readonly runtime=${RUNTIME:-scratch}
readonly mirror=${MIRROR:-}
readonly port=${HEALTH_CHECK_PORT:-18080}
readonly limit_mib=${LIMIT_MIB:-16}

# Everything that has to be undone at the end, whatever happens.
work=$(mktemp -d)
container=
daemon=
clean_up() {
    if [ -n "$daemon" ]; then
        kill "$(daemon_pid || echo "$daemon")" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    if [ -n "$container" ]; then buildah rm "$container" >/dev/null || true; fi
    rm -rf "$work"
}
trap clean_up EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

require_tools() {
    [ "$(id -u)" = 0 ] || fail "run it as root: debootstrap and chroot need that"
    [ "$runtime" = scratch ] || [ "$runtime" = debian ] || fail "RUNTIME is scratch or debian, not $runtime"
    if ! { command -v buildah && command -v debootstrap && command -v pgrep; } >/dev/null; then
        apt-get update --quiet
        apt-get install --yes --quiet --no-install-recommends buildah debootstrap procps
    fi
    command -v cargo >/dev/null || fail "install a Rust toolchain first: https://rustup.rs"
}

# make_debian IMAGE PACKAGES [CONFIG...]: a Debian image with some packages, unless it is there already.
make_debian() {
    local image=$1 packages=$2
    shift 2
    if buildah images --quiet "$image" >/dev/null 2>&1; then
        echo "$image is there already"
        return
    fi
    local root=$work/root
    debootstrap --variant=minbase ${packages:+--include="$packages"} "$SUITE" "$root" ${mirror:+"$mirror"} \
        >"$work/debootstrap.log" || { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap could not make $image"; }
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,locale,man}
    local made
    made=$(buildah from scratch)
    buildah copy --quiet "$made" "$root" / >/dev/null
    [ $# -eq 0 ] || buildah config "$@" "$made"
    buildah commit --quiet --rm "$made" "$image" >/dev/null
    rm -rf "$root"
    echo "$image is made"
}

make_bases() {
    say "base images"
    if [ "${1:-}" = --fresh ]; then
        buildah rmi --force "$BASE" "$BUILDER" >/dev/null 2>&1 || true
    fi
    [ "$runtime" = scratch ] || make_debian "$BASE" ""
    # The places of the toolchain and of cargo's folder, into which the build mounts what this machine has.
    make_debian "$BUILDER" ca-certificates,gcc,libc6-dev \
        --env CARGO_HOME=/opt/cargo --env CARGO_NET_OFFLINE=true \
        --env PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

build_image() {
    say "the image"
    local registry=${CARGO_HOME:-$HOME/.cargo}/registry
    local base=scratch
    [ "$runtime" = scratch ] || base=$BASE
    mkdir -p "$registry"
    (cd "$context" && cargo fetch --locked --quiet)
    buildah bud --isolation chroot --format docker --tag "$IMAGE" \
        --build-arg TARGETARCH="$(dpkg --print-architecture)" \
        --build-arg BUILDER_IMAGE="$BUILDER" --build-arg RUNTIME_IMAGE="$base" \
        --volume "$(cd "$context" && rustc --print sysroot):/opt/rust:ro" \
        --volume "$registry:/opt/cargo/registry" \
        --ignorefile "$repository/.dockerignore" --file "$repository/Dockerfile" "$context"
}

# Bytes of all files of an image.
image_bytes() {
    local opened bytes
    opened=$(buildah from "$1")
    bytes=$(du --summarize --bytes --one-file-system "$(buildah mount "$opened")" | cut -f1)
    buildah umount "$opened" >/dev/null
    buildah rm "$opened" >/dev/null
    echo "$bytes"
}

measure_image() {
    say "size"
    local whole base=0
    whole=$(image_bytes "$IMAGE")
    [ "$runtime" = scratch ] || base=$(image_bytes "$BASE")
    awk -v whole="$whole" -v base="$base" -v limit="$limit_mib" 'BEGIN {
        mib = 1048576
        printf "image %.2f MiB, base %.2f MiB, beyond the base %.2f MiB (limit %d)\n",
            whole / mib, base / mib, (whole - base) / mib, limit
        exit (whole - base) / mib > limit
    }' || fail "the image is too large"
}

# inside COMMAND...: runs a command in the container, with the log mounted read-only and as the image's own user.
# The state folder is the image's own, as a new named volume would be.
inside() {
    buildah run --isolation chroot --volume "$work/log:/factorio:ro" \
        --env HEALTH_CHECK_PORT="$port" --env FACTORIO_LOG_PATH=/factorio/console.log --env LOG_FORMAT=console \
        "$container" -- /usr/local/bin/factorio-isr "$@"
}

# The daemon's own process below the one that runs the container; fails when there is none.
daemon_pid() {
    local pid name queue=("$daemon")
    while [ ${#queue[@]} -gt 0 ]; do
        pid=${queue[0]}
        queue=("${queue[@]:1}")
        name=$(cat "/proc/$pid/comm" 2>/dev/null || true)
        if [ "$name" = factorio-isr ]; then echo "$pid"; return; fi
        mapfile -t -O "${#queue[@]}" queue < <(pgrep --parent "$pid" || true)
    done
    return 1
}

# await WHAT COMMAND...: repeats a command until it succeeds, for at most 15 s.
await() {
    local what=$1 deadline=$((SECONDS + 15))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$daemon" 2>/dev/null || { cat "$work/output" >&2; fail "the container ended before: $what"; }
        [ "$SECONDS" -lt "$deadline" ] || { cat "$work/output" >&2; fail "waited 15 s for: $what"; }
        sleep 0.2
    done
    echo "ok: $what"
}

start_container() {
    say "a container"
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        fail "port $port is taken: choose another with HEALTH_CHECK_PORT"
    fi
    mkdir "$work/log"
    echo '=== Log opened 2026-01-31 18:00:00 ===' >"$work/log/console.log"
    chmod 0755 "$work" "$work/log"
    container=$(buildah from "$IMAGE")
    buildah inspect --type image "$IMAGE" | grep --quiet '"Healthcheck"' || fail "the image has no health check"
    inside >"$work/output" 2>&1 &
    daemon=$!
    await "factorio-isr healthcheck succeeds" inside healthcheck
}

check_confinement() {
    local pid ids
    pid=$(daemon_pid) || fail "the daemon's process was not found"
    ids=$(awk '/^[UG]id:/ { printf "%s%s", separator, $3; separator = ":" }' "/proc/$pid/status")
    [ "$ids" = "$RUN_AS" ] || fail "it runs as $ids, not as $RUN_AS"
    echo "ok: it runs as $ids"
    # The last mount of a path is the one that counts.
    awk '$5 ~ /\/factorio$/ { options = $6 } END { exit options !~ /^ro(,|$)/ }' "/proc/$pid/mountinfo" \
        || fail "the log is not mounted read-only"
    echo "ok: the log is mounted read-only"
    [ "$(stat --format=%u:%g:%a "/proc/$pid/root$STATE")" = "$RUN_AS:700" ] \
        || fail "the state folder is not private to $RUN_AS"
    echo "ok: the state folder belongs to $RUN_AS alone and holds: $(ls -x "/proc/$pid/root$STATE")"
}

check_relay() {
    local text="hello from the image $RANDOM"
    printf '%s [CHAT] Bob: %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$text" >>"$work/log/console.log"
    await "a line of the log is relayed" grep --fixed-strings "$text" "$work/output"
    grep --fixed-strings "$text" "$work/output"
}

check_stop() {
    local code=0
    kill -TERM "$(daemon_pid)"
    wait "$daemon" || code=$?
    daemon=
    [ "$code" = 0 ] || { cat "$work/output" >&2; fail "SIGTERM ended it with code $code"; }
    echo "ok: SIGTERM ended it with code 0"
}

require_tools
make_bases "$@"
build_image
measure_image
start_container
check_confinement
check_relay
check_stop
say "$IMAGE is built and works"
