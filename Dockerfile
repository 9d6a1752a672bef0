# Mata Air in a container: `docker build -t mata-air .`, or `docker compose up` with compose.yaml beside it.
FROM python:3.13-slim-bookworm AS built
WORKDIR /src
COPY requirements.txt .
RUN python -m venv /opt/mata-air && /opt/mata-air/bin/pip install --no-cache-dir -r requirements.txt
COPY . .
RUN /opt/mata-air/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data mata-air
COPY --from=built /opt/mata-air /opt/mata-air
# compiled once, by whom can write there; the server itself writes to /data alone
ENV NUMBA_CACHE_DIR=/data/.cache/numba MPLCONFIGDIR=/data/.cache/matplotlib MATA_AIR_WORKSPACE=/data/workspace PYTHONDONTWRITEBYTECODE=1
USER mata-air
WORKDIR /data
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["/opt/mata-air/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["/opt/mata-air/bin/mata-air", "run", "--address", "0.0.0.0", "--port", "8501"]
