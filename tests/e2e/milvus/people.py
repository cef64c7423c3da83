"""Twenty people in Milvus, who may see what of them, and how they get there."""

ASSISTANT = "spiffe://example.org/assistant"
ANALYST = "spiffe://example.org/analyst"
LOADER = "spiffe://example.org/loader"
RESEARCHER = "spiffe://example.org/researcher"
STRANGER = "spiffe://example.org/stranger"

POLICY = {
    "version": 1,
    "database": "milvus",
    "identity": [{"mtls": {"san": "uri"}}],
    "rules": [
        {
            "name": "assistant-searches",
            "identities": [ASSISTANT],
            "collections": ["people"],
            "operations": ["search", "fetch", "describe"],
            "top_k": {"max": 5, "over": "clamp"},
            "mask": [
                {"fields": ["email"], "with": "partial"},
                {"fields": ["ssn"], "with": "remove"},
            ],
            "vectors": "strip",
            "scores": {"round": 1},
        },
        {
            "name": "analysts-page",
            "identities": [ANALYST],
            "collections": ["people"],
            "operations": ["list", "aggregate", "describe"],
            "results": {"max": 10, "over": "deny"},
            "mask": [{"fields": ["email", "ssn"], "with": "remove"}],
            "vectors": "strip",
        },
        {
            "name": "researchers-ask-first",
            "identities": [RESEARCHER],
            "collections": ["people"],
            "operations": ["search", "list", "describe"],
            "results": {"max": 10, "over": "approve"},
            "mask": [{"fields": ["email", "ssn"], "with": "remove"}],
            "vectors": "strip",
        },
        {"name": "loads", "identities": [LOADER], "collections": ["bulk"], "operations": ["write", "describe"]},
    ],
    "lookup": {"cluster": "database", "grpc_cluster": "database-grpc"},
    "approval": {"cluster": "console", "path": "/v1/approvals", "wait": "15s", "ttl": "15m", "uses": 1},
    "audit": {"cluster": "console", "path": "/v1/records", "bodies": "masked", "required": True},
}

LOAD = """
schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("email", DataType.VARCHAR, max_length=100)
schema.add_field("age", DataType.INT64)
schema.add_field("vec", DataType.FLOAT_VECTOR, dim=4)
index = client.prepare_index_params()
index.add_index("vec", index_type="FLAT", metric_type="L2")
client.create_collection("people", schema=schema, index_params=index)
client.insert("people", [
    {"id": n, "email": f"person{n}@example.com", "age": 20 + n, "vec": [n / 10, 0, 0, 0], "ssn": f"100-45-60{n:02}", "city": "Leeds"}
    for n in range(20)
])
client.load_collection("people")
client.create_alias("people", "staff")
"""

LOAD_2_3 = """
from pymilvus import CollectionSchema, FieldSchema
connections.connect(uri=given["uri"])
schema = CollectionSchema([
    FieldSchema("id", DataType.INT64, is_primary=True),
    FieldSchema("email", DataType.VARCHAR, max_length=100),
    FieldSchema("age", DataType.INT64),
    FieldSchema("vec", DataType.FLOAT_VECTOR, dim=4),
], enable_dynamic_field=True)
people = Collection("people", schema)
people.insert([
    {"id": n, "email": f"person{n}@example.com", "age": 20 + n, "vec": [n / 10, 0, 0, 0], "ssn": f"100-45-60{n:02}", "city": "Leeds"}
    for n in range(20)
])
people.flush()
people.create_index("vec", {"index_type": "FLAT", "metric_type": "L2", "params": {}})
people.load()
from pymilvus import utility
utility.create_alias("people", "staff")
# Nobody asks for this one over gRPC, where the filter would learn whose it is.
utility.create_alias("people", "crew")
"""
