"""Vectorgate shown to somebody who has never seen it: `scripts/demo`.

narrator   how it is told, and what is asserted on the way
policy     the policy that it runs under
story      the chapters, in their order, as far as they are the same in front of every database
chroma, milvus, qdrant   what is a database's own: its clients, its door, what it is asked
approver   who decides about a request that is held
"""
