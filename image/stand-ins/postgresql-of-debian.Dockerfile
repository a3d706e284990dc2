# Stands in for postgres:17-trixie where no registry can be reached: what Debian itself has of that major.
FROM scims-stand-in/debian
RUN groupadd --system --gid 999 postgres \
    && useradd --system --gid postgres --uid 999 --home-dir /var/lib/postgresql --create-home --shell /bin/bash postgres
ARG PG_MAJOR
RUN mkdir -p /etc/postgresql-common \
    && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
    && apt-get update \
    && apt-get install --yes --no-install-recommends locales postgresql-$PG_MAJOR \
    && rm -rf /var/lib/apt/lists/* \
    && localedef --inputfile en_US --force --charmap UTF-8 --alias-file /usr/share/locale/locale.alias en_US.UTF-8
ENV LANG=en_US.utf8 PG_MAJOR=$PG_MAJOR PATH=$PATH:/usr/lib/postgresql/$PG_MAJOR/bin PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
CMD ["postgres"]
