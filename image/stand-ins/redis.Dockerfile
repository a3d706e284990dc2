# Stands in for the official image of a Redis or Valkey where no registry can be reached: a server program of a Python package.
FROM scims-stand-in/debian
COPY server /usr/local/bin/
ENTRYPOINT []
