# The server and its workers. Build: docker build -t readroom .
# Run: docker run --init -p 8443:8443 -v readroom:/data readroom
FROM node:22-slim AS pages
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN mkdir -p ../src/readroom/server && npm run build

FROM python:3.12-slim-trixie
# `readroom backup` and `restore` call the programs of PostgreSQL, which must not be older than the database.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 readroom && install -d -o readroom -g readroom /data
WORKDIR /opt/readroom
# The libraries, in a layer that stays as it is while only our code changes. Their versions are those of the lock file,
# without its hashes: pip cannot check those beside a folder of ours.
COPY requirements.lock pyproject.toml ./
RUN sed -E 's/ *--hash=[^ ]*//; s/ *\\$//' requirements.lock > constraints.txt \
    && mkdir -p src/readroom && touch README.md LICENSE src/readroom/__init__.py \
    && pip install --no-cache-dir --constraint constraints.txt ".[server,postgres,s3]" \
    && pip uninstall --yes readroom
COPY README.md LICENSE ./
COPY src src
COPY --from=pages /build/src/readroom/server/web src/readroom/server/web
RUN pip install --no-cache-dir --no-deps . && pip check
USER readroom
WORKDIR /data
ENV READROOM_DATA=/data READROOM_HOST=0.0.0.0 READROOM_HTTP_PORT=-1 READROOM_LOG_FORMAT=json
VOLUME /data
EXPOSE 8443
HEALTHCHECK --interval=10s --start-period=30s CMD ["python", "-c", "import os, ssl, urllib.request as r; e = os.environ.get; r.urlopen(f\"{'http' if e('READROOM_TLS') == 'off' else 'https'}://127.0.0.1:{e('READROOM_PORT', 8443)}/health/live\", context=ssl._create_unverified_context(), timeout=3)"]
CMD ["readroom", "serve"]
