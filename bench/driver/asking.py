"""One request, the way the load sends it: to look at the answer before it is measured."""

import urllib.error
import urllib.request

import grpc


def ask(port: int, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer over HTTP."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=body if method == "POST" else None,
        method=method,
        headers={"content-type": "application/json", "x-client-id": "svc:bench"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def call(port: int, method: str, message: bytes, workload: str) -> bytes:
    """The answer's message over gRPC; a refusal raises `grpc.RpcError`."""
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        metadata = [("x-client-id", "svc:bench"), ("x-answer", workload)]
        return channel.unary_unary(method)(message, timeout=60, metadata=metadata)
