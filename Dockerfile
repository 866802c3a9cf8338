# The image of jobflow: one static program, no shell, no libraries. `cargo xtask image` writes the same without Docker.
#
#   docker build --tag jobflow:0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 --tag jobflow:0.1.0 .
#
# Each platform is built by its own Alpine, whose Rust links statically against musl.
ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-alpine AS build
RUN apk add --no-cache gcc make musl-dev
WORKDIR /src
COPY . .
# Stripped, since the release profile says so.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target,id=jobflow-target \
    cargo build --release --locked --bin jobflow && cp target/release/jobflow /jobflow

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="jobflow" \
      org.opencontainers.image.description="Kubernetes operator for graphs of Jobs, with admission that tells everything that is wrong at once" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /jobflow /jobflow
COPY LICENSE /LICENSE
# Nobody's account, by number: Kubernetes checks `runAsNonRoot` by it. Nothing is ever written.
USER 65532:65532
EXPOSE 8443 8081 8080
ENTRYPOINT ["/jobflow"]
