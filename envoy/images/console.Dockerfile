# The console: the program alone, as a user who is nobody. The base's digest is renewed with each release.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --chmod=0755 dist/vectorgate-linux-amd64 /usr/bin/vectorgate
USER 65532:65532
ENTRYPOINT ["/usr/bin/vectorgate"]
CMD ["serve", "--listen=0.0.0.0:8400", "--data-dir=/data", "--secret-file=/etc/vectorgate/console-secret"]
