# A static binary and nothing else. Build: docker build -t invoca-scan . Use: docker run --rm --network none -v "$PWD:/src:ro" invoca-scan
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev gcc make
WORKDIR /build
COPY Cargo.toml Cargo.lock build.rs ./
COPY benches benches
COPY rules rules
COPY src src
ENV LIBZ_SYS_STATIC=1
RUN cargo build --profile dist --locked && install -D target/dist/invoca-scan /out/invoca-scan

FROM scratch
COPY --from=build /out/invoca-scan /invoca-scan
WORKDIR /src
ENTRYPOINT ["/invoca-scan"]
