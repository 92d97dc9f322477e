# The server and its workers. Build: docker build -t readroom .
FROM node:22-slim AS pages
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN mkdir -p ../src/readroom/server && npm run build

FROM python:3.12-slim
RUN useradd --create-home --uid 1000 readroom && mkdir /data && chown readroom /data
WORKDIR /opt/readroom
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY --from=pages /build/src/readroom/server/web src/readroom/server/web
RUN pip install --no-cache-dir ".[server,postgres,s3]"
USER readroom
ENV READROOM_DATA=/data READROOM_LOG_FORMAT=json
VOLUME /data
EXPOSE 8443
HEALTHCHECK --start-period=20s CMD ["python", "-c", "import ssl, urllib.request as r; r.urlopen('https://127.0.0.1:8443/health/live', context=ssl._create_unverified_context(), timeout=3)"]
CMD ["readroom", "serve", "--data", "/data", "--host", "0.0.0.0", "--http-port", "-1", "--workers", "0"]
