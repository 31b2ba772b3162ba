# The web app, then the server with the app inside, then a small image that runs as nobody in particular.
FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm install --no-save --no-progress
COPY web/ ./
RUN npm run build

FROM rust:1-bookworm AS server
WORKDIR /src
COPY . .
COPY --from=web /src/web/dist web/dist
RUN cargo build --locked --release -p consilium -p consilium-press --features consilium/jemalloc

FROM debian:bookworm-slim
# The server verifies the certificates of mail servers, identity providers, webhooks and stores.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /data --uid 10001 consilium
COPY --from=server /src/target/release/consilium /usr/local/bin/consilium
# Reads uploaded files; found beside the server.
COPY --from=server /src/target/release/consilium-press /usr/local/bin/consilium-press
USER consilium
ENV CONSILIUM_LISTEN=0.0.0.0:8080 CONSILIUM_DATA=/data CONSILIUM_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]
ENTRYPOINT ["consilium"]
CMD ["serve"]
