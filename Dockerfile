# Targets: todo, pgpool, postgres, and postgres-plain for compose.yaml. Builds with BuildKit and with the legacy builder (no --mount, no heredoc);
# nothing inside the build needs HTTPS when wheels/ was filled on the host (`python -m cluster images` does it).
ARG BASE=debian:trixie-slim

FROM ${BASE} AS base
# uid 999 exists before any Debian package could choose a dynamic one: volumes keep their owner.
RUN printf 'path-exclude=/usr/share/%s/*\n' doc man locale info > /etc/dpkg/dpkg.cfg.d/kube-flask \
 && groupadd --gid 999 postgres \
 && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /usr/sbin/nologin postgres \
 && apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* /var/cache/apt
ENV PATH=/opt/kube-flask/bin:/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/opt/kube-flask/src PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

FROM base AS wheels
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
COPY wheels/ /wheels/
COPY app/requirements.txt /requirements/app.txt
COPY ha/requirements.txt /requirements/ha.txt
# An empty wheels/ (a laptop) means PyPI; a filled one means no network at all.
RUN if ls /wheels/*.whl >/dev/null 2>&1; then echo --no-index; fi > /requirements/options \
 && for image in app ha; do \
      python3 -m venv /venv/$image \
      && /venv/$image/bin/pip install --no-cache-dir --require-hashes --find-links /wheels $(cat /requirements/options) \
         -r /requirements/$image.txt \
      && sed -i "s,/venv/$image,/opt/kube-flask,g" /venv/$image/bin/* /venv/$image/pyvenv.cfg 2>/dev/null; \
      rm -rf /venv/$image/lib/python3*/site-packages/pip* ; \
    done; test -x /venv/app/bin/gunicorn

FROM base AS todo
COPY --from=wheels /venv/app/ /opt/kube-flask/
COPY app/ /opt/kube-flask/src/app/
RUN python3 -m compileall -q /opt/kube-flask/src /opt/kube-flask/lib
WORKDIR /opt/kube-flask/src
USER 999:999
EXPOSE 8000
CMD ["python3", "-m", "app", "serve"]

FROM base AS agent
COPY --from=wheels /venv/ha/ /opt/kube-flask/
COPY ha/ /opt/kube-flask/src/ha/
RUN python3 -m compileall -q /opt/kube-flask/src /opt/kube-flask/lib \
 && printf '#!/opt/kube-flask/bin/python3\nimport sys\nfrom ha.__main__ import main\nsys.exit(main())\n' > /usr/local/bin/ha \
 && chmod 755 /usr/local/bin/ha && ln -s /usr/local/bin/ha /opt/kube-flask/bin/ha

FROM base AS pgpool-packages
RUN apt-get update && apt-get install -y --no-install-recommends pgpool2 && rm -rf /var/lib/apt/lists/* /var/cache/apt

FROM pgpool-packages AS pgpool
COPY --from=agent /opt/kube-flask/ /opt/kube-flask/
COPY --from=agent /usr/local/bin/ha /usr/local/bin/ha
USER 999:999
EXPOSE 5432 8008
ENTRYPOINT ["ha", "pool"]

FROM base AS postgres-packages
# No cluster of Debian's own; LLVM goes in the same layer (127 MB, jit is off: short queries only lose by it).
RUN mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-17 postgresql-17-repmgr repmgr-common \
 && rm -rf /usr/lib/postgresql/17/lib/bitcode /usr/lib/postgresql/17/lib/llvmjit* /usr/lib/*/libLLVM* /usr/lib/llvm-* \
    /usr/lib/*/libz3.so* /var/lib/apt/lists/* /var/cache/apt /var/lib/postgresql/*

FROM postgres-packages AS postgres
COPY --from=agent /opt/kube-flask/ /opt/kube-flask/
COPY --from=agent /usr/local/bin/ha /usr/local/bin/ha
USER 999:999
WORKDIR /var/lib/postgresql
STOPSIGNAL SIGTERM
EXPOSE 5432 8008
ENTRYPOINT ["ha", "node"]

FROM postgres-packages AS postgres-plain
COPY compose/postgres /opt/kube-flask/bin/postgres-plain
# Empty volumes take the owner of these folders.
RUN install -d -o postgres -g postgres -m 700 /var/lib/postgresql /var/lib/kube-flask
USER 999:999
# Fast shutdown: SIGTERM would wait for every client to leave.
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["postgres-plain"]
