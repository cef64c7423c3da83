"""Chroma's npm client sees what the Python client sees."""

import json

from policies import ANALYST, ASSISTANT, LOADER, STRANGER

OPEN = "const people = await client.getCollection({ name: 'people' });"


def test_a_search_is_clamped_and_masked(world, gateway, direct, crowd):
    given = world.npm(
        gateway,
        ASSISTANT,
        f"{OPEN} return await people.query({{ queryEmbeddings: [{crowd[0].embedding}], nResults: 500 }});",
    )
    control = direct.query(query_embeddings=[crowd[0].embedding], n_results=500)
    assert len(control["ids"][0]) == 500
    assert given["ids"][0] == control["ids"][0][:100]
    for masked, true in zip(given["metadatas"][0], control["metadatas"][0], strict=False):
        assert masked["email"] != true["email"] and masked["email"].endswith("@mail.example.org")
        assert "ssn" not in masked
    text = json.dumps(given, ensure_ascii=False)
    assert crowd[0].ssn in json.dumps(control["documents"])
    for secret in crowd[0].secrets_in_note():
        assert secret not in text


def test_embeddings_are_stripped(world, gateway, direct, crowd):
    script = f"{OPEN} return await people.get({{ ids: ['{crowd[0].id}'], include: ['embeddings', 'metadatas'] }});"
    given = world.npm(gateway, ASSISTANT, script)
    assert not any(given["embeddings"] or [])
    assert given["ids"] == [crowd[0].id]
    assert len(direct.get(ids=[crowd[0].id], include=["embeddings"])["embeddings"][0]) == 8


def test_refusals_raise_its_ordinary_exceptions(world, gateway, crowd):
    raised = world.npm(
        gateway,
        ANALYST,
        f"""{OPEN}
        return {{
          everything: await raised(() => people.get()),
          tooMany: await raised(() => people.get({{ limit: 51 }})),
          search: await raised(() => people.query({{ queryEmbeddings: [{crowd[0].embedding}], nResults: 1 }})),
          oracle: await raised(() => people.get({{ limit: 5, where: {{ ssn: '1' }} }})),
        }};""",
    )
    for name, error in raised.items():
        assert error, name
        assert error["name"].startswith("Chroma"), error


def test_a_stranger_is_refused(world, gateway):
    raised = world.npm(gateway, STRANGER, "return await raised(() => client.getCollection({ name: 'people' }));")
    assert raised["name"].startswith("Chroma")


def test_writing_and_reading_back(world, gateway):
    try:
        given = world.npm(
            gateway,
            LOADER,
            """const made = await client.createCollection({ name: 'kb-npm', embeddingFunction: null });
            await made.add({ ids: ['a', 'b'], embeddings: [[1, 2], [3, 4]], documents: ['one', 'two'] });
            await made.update({ ids: ['a'], metadatas: [{ lang: 'it' }] });
            await made.delete({ ids: ['b'] });
            return { count: await made.count(), got: await made.get({ ids: ['a'] }) };""",
        )
        assert given["count"] == 1
        assert given["got"]["metadatas"] == [{"lang": "it"}]
        assert world.direct().get_collection("kb-npm", embedding_function=None).count() == 1
    finally:
        world.direct().delete_collection("kb-npm")
