# The build runs on the builder's own platform and cross-compiles: no emulation.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src

# Modules first: they change seldom, so this layer is mostly taken from the cache.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=unknown
RUN CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" \
    go build -trimpath -buildvcs=false -pgo=cmd/usersync/usersync.pgo -ldflags="-s -w -X main.version=$VERSION" -o /usersync ./cmd/usersync

# The final stage has no shell to make a folder with. The folder is copied as an
# entry of a tree, because only entries surely take the owner that COPY gives.
RUN mkdir -p /rootfs/data

FROM scratch

ARG VERSION=unknown
LABEL org.opencontainers.image.title="usersync" \
      org.opencontainers.image.description="Keeps a users table in your own database in step with a hosted auth provider" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"

# For calls to the providers' APIs and for databases that are reached over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usersync /usersync
COPY --from=build --chown=65532:65532 /rootfs/ /

# The configuration, the embedded database and the spool live here.
WORKDIR /data
VOLUME /data

# A number, so that an orchestrator can tell that it is not root.
USER 65532:65532

# A reconcile, and SQLite, keep more on disk for a while than they have memory for. There
# is no /tmp here, and the root is read-only where somebody cares.
ENV TMPDIR=/data

# Webhooks come from outside the container. The admin listener stays on loopback,
# where the health check finds it.
ENV USERSYNC_LISTEN=0.0.0.0:8080
EXPOSE 8080

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["/usersync", "health"]

ENTRYPOINT ["/usersync"]
CMD ["serve"]
