# The image of factorio-isr: one static binary, no shell, no root.
#
#   docker build -t factorio-isr .
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/factorio-isr --push .
#
# Docker 23 or newer, podman or buildah will do. The second command compiles for both architectures on the machine at
# hand: with a cross compiler, no emulation.
# Where no registry can be reached: packaging/build-image.sh.
#
# Build arguments:
#   BUILDER_IMAGE   Debian with cargo and gcc.
#   RUNTIME_IMAGE   what the binary is laid upon. Nothing is enough: it is linked statically and carries its certificate
#                   roots and time zones. For a shell inside: --build-arg RUNTIME_IMAGE=debian:bookworm-slim
#   UID, GID        who it runs as. 845 is the user of factoriotools/factorio, who owns the log.
ARG BUILDER_IMAGE=docker.io/library/rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=scratch

FROM --platform=$BUILDPLATFORM ${BUILDER_IMAGE} AS build
ARG TARGETARCH
WORKDIR /src

# A compiler and a C library for the other architecture, when that is what was asked for.
RUN set -eu; \
    case "${TARGETARCH:-$(dpkg --print-architecture)}" in \
        amd64) echo x86_64-unknown-linux-gnu > /rust-target; cross="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
        arm64) echo aarch64-unknown-linux-gnu > /rust-target; cross="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
        *) echo "no image is built for the architecture $TARGETARCH" >&2; exit 1 ;; \
    esac; \
    if [ "${TARGETARCH:-$(dpkg --print-architecture)}" != "$(dpkg --print-architecture)" ]; then \
        apt-get update; \
        apt-get install --yes --no-install-recommends $cross; \
        rm -rf /var/lib/apt/lists/*; \
        rustup target add "$(cat /rust-target)"; \
    fi

COPY . .

# The target is named so that the flags hold for the program only, not for build scripts. `touch`: the cache keeps what
# earlier builds compiled, and an older source must not pass for one that is compiled already. The folders are made
# here because the final stage may have no shell. Packed relocations make
# the program half a MiB smaller.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=factorio-isr-target,target=/src/target \
    set -eu; \
    target="$(cat /rust-target)"; \
    find crates patterns xtask -type f -exec touch {} +; \
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc; \
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc; \
    RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs" \
        cargo build --locked --release --package factorio-isr --bin factorio-isr --target "$target"; \
    install -D -m 0755 "target/$target/release/factorio-isr" /image/bin/factorio-isr; \
    install -d -m 0755 /image/var/lib; \
    install -d -m 0700 /image/state/factorio-isr

FROM ${RUNTIME_IMAGE}
ARG UID=845
ARG GID=845

LABEL org.opencontainers.image.title="factorio-isr" \
      org.opencontainers.image.description="Relays Factorio servers to Discord: nothing is lost, nobody can abuse it." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

COPY --from=build /image/bin/ /usr/local/bin/
# Two steps, so that the first one's folders stay root's and only the last one belongs to the user.
COPY --from=build /image/var/ /var/
COPY --from=build --chown=${UID}:${GID} /image/state/ /var/lib/
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/factorio-isr/

# The folder for everything that is worth keeping: the position in each log and the messages not yet delivered.
# SQLite's scratch files go there too, so that the root file system can be read-only.
ENV FACTORIO_ISR_STATE_DIR=/var/lib/factorio-isr \
    SQLITE_TMPDIR=/var/lib/factorio-isr
VOLUME ["/var/lib/factorio-isr"]

# factorio-isr.yml, .env and .secrets/ are looked for here.
WORKDIR /etc/factorio-isr

USER ${UID}:${GID}
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/factorio-isr", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/factorio-isr"]
