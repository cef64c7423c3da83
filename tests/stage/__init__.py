"""What an end-to-end run stands on: real Envoy, real Chroma, the real console, official clients, and people who do not exist.

In the order in which a request meets it:

    clients       official Python and npm clients, and plain HTTP for what no client would send
    tokens        who they are: an issuer with its keys
    certificates  the authority that signed every certificate here
    envoy         Envoy with envoy/standalone.yaml, its paths and addresses replaced
    console       the approval service and recorder, and the person who uses it in a browser
    database      Chroma, and the front that demands TLS and the key before it
    qdrant        Qdrant's two ports: what answers from fixtures, or a front before a real one
    nonsense      a gRPC upstream that breaks the protocol
    interposer    a database that misbehaves on purpose
    people        the data
    processes     starting, awaiting and ending all of these
    world         one of each, put together
"""
