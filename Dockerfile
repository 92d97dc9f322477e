# The server and its workers. Build: docker build -t readroom . Run: docker run -p 8443:8443 -v readroom:/data readroom
FROM node:22-slim AS pages
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN mkdir -p ../src/readroom/server && npm run build

FROM python:3.12-slim
WORKDIR /opt/readroom
# The versions of the lock file, without its hashes: pip cannot check those beside a folder of ours.
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN sed -E 's/ *--hash=[^ ]*//; s/ *\\$//' requirements.lock > constraints.txt
COPY src src
COPY --from=pages /build/src/readroom/server/web src/readroom/server/web
RUN pip install --no-cache-dir --constraint constraints.txt ".[server,postgres,s3]" \
    && useradd --create-home --uid 1000 readroom \
    && install -d -o readroom -g readroom /data
USER readroom
WORKDIR /data
ENV READROOM_DATA=/data READROOM_HOST=0.0.0.0 READROOM_HTTP_PORT=-1 READROOM_LOG_FORMAT=json
VOLUME /data
EXPOSE 8443
HEALTHCHECK --start-period=20s CMD ["python", "-c", "import ssl, urllib.request as r; r.urlopen('https://127.0.0.1:8443/health/live', context=ssl._create_unverified_context(), timeout=3)"]
CMD ["readroom", "serve"]
