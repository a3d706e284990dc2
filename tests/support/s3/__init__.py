"""S3 servers that live for the tests: moto, seaweedfs and LocalStack, each on a loopback port of its own."""
