# Stands in for AWS's image of the runtime python3.13 where no registry can be reached: Debian's Python, and what AWS has there.
FROM scims-stand-in/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY lambda-runtime.lock /tmp/
RUN python3 -m pip --no-cache-dir --disable-pip-version-check install --require-hashes --no-deps --only-binary :all: \
        --target /var/runtime --requirement /tmp/lambda-runtime.lock \
    && rm /tmp/lambda-runtime.lock
COPY lambda-python.bootstrap /var/runtime/bootstrap
RUN mkdir -p /var/task
ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime LANG=C.UTF-8 TZ=:UTC
WORKDIR /var/task
ENTRYPOINT ["/var/runtime/bootstrap"]
