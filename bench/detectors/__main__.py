"""scripts/bench-detectors, once everything is there."""

import argparse
import json
import random
import sys
from collections import Counter
from importlib.metadata import version

from . import contenders
from .contenders import IN_VM, NATIVE, PEERS, ROOT
from .rows import bare_ids, rows
from .sentences import LABELLED, LOCALES, Sentence, prose, sentences
from .tokens import secrets

KINDS = ["email", "card", "iban", "ssn", "ip", "phone"]
SECRETS = ["jwt", "cloud_key", "private_key"]

# Found by a detector of ours that has another name.
LOOSE = "phone_loose"

# What a change may not fall below: recall by overlap, precision by overlap, false hits in 1,000 rows.
THRESHOLDS = ROOT / "bench" / "detectors" / "thresholds"


def score(
    made: list[Sentence],
    found: contenders.Hits,
    kind: str,
    named: str | None = None,
    only=None,
) -> dict:
    """Precision and recall of a kind, exact and by overlap; `only` says which of the spans count for recall."""
    wanted = exact = overlapping = told = right_exact = right = 0
    for sentence, hits in zip(made, found, strict=False):
        spans = [span for span in sentence.spans if span.kind == kind]
        counted = [span for span in spans if only is None or only(sentence.text[span.start : span.end])]
        mine = [(start, end) for what, start, end in hits if what == (named or kind)]
        wanted += len(counted)
        told += len(mine)
        exact += sum((span.start, span.end) in mine for span in counted)
        overlapping += sum(any(s < span.end and span.start < e for s, e in mine) for span in counted)
        right_exact += sum(any((s, e) == (span.start, span.end) for span in spans) for s, e in mine)
        right += sum(any(s < span.end and span.start < e for span in spans) for s, e in mine)
    return {
        "wanted": wanted,
        "recall": overlapping / max(1, wanted),
        "recall_exact": exact / max(1, wanted),
        "precision": right / told if told else float("nan"),
        "precision_exact": right_exact / told if told else float("nan"),
    }


def false_hits(found: contenders.Hits) -> dict[str, float]:
    """By kind, in 1,000 rows."""
    counts = Counter(kind for hits in found for kind, _, _ in hits)
    return {kind: counts[kind] * 1000 / len(found) for kind in [*KINDS, LOOSE, *SECRETS]}


def answer_of(texts: list[str], business: list[str], dimensions: int = 1536) -> str:
    """An answer of Qdrant's with vectors: what a search for a hundred points brings."""
    dice = random.Random(19)
    points = [
        {
            "id": number,
            "version": 1,
            "score": round(dice.random(), 7),
            "payload": {"text": text, "row": row},
            "vector": [round(dice.gauss(0, 0.05), 8) for _ in range(dimensions)],
        }
        for number, (text, row) in enumerate(zip(texts[:100], business[:100], strict=True))
    ]
    return json.dumps({"result": points, "status": "ok", "time": 0.001}, separators=(",", ":"))


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/bench-detectors")
    arguments.add_argument(
        "--ours",
        action="store_true",
        help="ours alone, against bench/detectors/thresholds",
    )
    arguments.add_argument(
        "--write-thresholds",
        action="store_true",
        help="write what ours reach down as the least",
    )
    arguments.add_argument("--sentences", type=int)
    arguments.add_argument("--rows", type=int)
    given = arguments.parse_args()
    made = sentences(given.sentences or (4_000 if given.ours else 20_000))
    business = rows(given.rows or (10_000 if given.ours else 100_000))
    hidden = secrets(2_000 if given.ours else 10_000)
    texts = [sentence.text for sentence in made]
    found = contenders.ours(texts)
    damage = false_hits(contenders.ours(business))
    secret_hits = contenders.ours([sentence.text for sentence in hidden])
    cut_texts = cut_sample(texts, [s.text for s in hidden], business, 20 if given.ours else 400)
    cut = contenders.cuts(cut_texts)
    if given.ours:
        scores = {kind: score(made, found, kind) for kind in KINDS}
        scores[LOOSE] = score(made, found, "phone", LOOSE)
        scores |= {kind: score(hidden, secret_hits, kind) for kind in SECRETS}
        return judge(scores, damage, cut, write=given.write_thresholds)
    results = {}
    for name, (_, package, some, some_rows) in PEERS.items():
        theirs, spent = contenders.peer(name, version(package), texts[:some])
        theirs_rows, rows_spent = contenders.peer(name, version(package), business[:some_rows])
        words = prose(50)
        _, words_spent = contenders.peer(name, version(package), words)
        ids, _ = contenders.peer(name, version(package), bare_ids(500))
        results[name] = {
            "found": theirs,
            "damage": theirs_rows,
            "ids": ids,
            "prose per second": sum(map(len, words)) / 1e6 / words_spent,
            "sentences per second": sum(map(len, texts[:some])) / 1e6 / spent,
            "rows per second": sum(map(len, business[:some_rows])) / 1e6 / rows_spent,
        }
    tables = [
        head(given, made, business, hidden, results),
        found_table(made, found, results),
        secrets_table(hidden, secret_hits),
        damage_table(damage, results, len(business)),
        ids_table(results),
        cut_line(len(cut_texts), cut),
        speed_table(texts, business, results),
    ]
    document = ROOT / "docs" / "detectors.md"
    begin, end = (
        "<!-- begin: scripts/bench-detectors -->",
        "<!-- end: scripts/bench-detectors -->",
    )
    before, _, rest = document.read_text().partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{chr(10).join(tables)}\n{end}{after}")
    print("\n".join(tables))
    return int(cut[1] > 0)


def cut_sample(texts: list[str], hidden: list[str], business: list[str], count: int) -> list[str]:
    """Some of each; long private keys are cut too often to take many."""
    return texts[:count] + business[:count] + [text for text in hidden if len(text) < 1000][:count]


def judge(scores: dict, false: dict, cut: tuple[int, int], *, write: bool) -> int:
    """Against what was reached before."""
    seen = {f"recall {kind}": round(values["recall"], 4) for kind, values in scores.items()}
    seen |= {f"precision {kind}": round(values["precision"], 4) for kind, values in scores.items()}
    seen |= {f"damage {kind}": round(rate, 3) for kind, rate in false.items()}
    seen["damage by cuts"] = float(cut[1])
    if write:
        THRESHOLDS.write_text("".join(f"{name} {value}\n" for name, value in seen.items()))
    failed = 0
    for line in THRESHOLDS.read_text().splitlines():
        name, _, least = line.rpartition(" ")
        # What is not seen any more is no pass.
        value = seen.get(name, float("nan"))
        good = value <= float(least) if name.startswith("damage") else value >= float(least)
        failed |= not good
        print(f"  {'✓' if good else '✗'} {name:<24} {value:<8} {'at most' if name[0] == 'd' else 'at least'} {least}")
    missing = seen.keys() - {line.rpartition(" ")[0] for line in THRESHOLDS.read_text().splitlines()}
    for name in sorted(missing):
        print(f"  ✗ {name}: no threshold (scripts/bench-detectors --ours --write-thresholds)")
    return int(failed or bool(missing))


def row_of(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def table(title: str, columns: list[str], lines: list[list[str]]) -> str:
    head_lines = [title, "", row_of("", *columns), "|---" * (len(columns) + 1) + "|"]
    return "\n".join([*head_lines, *(row_of(*line) for line in lines), ""])


def head(given, made, business, hidden, results) -> str:
    size = sum(len(sentence.text) for sentence in made) / 1e6
    row_size = sum(map(len, business)) / 1e6
    parts = [
        f"{name}: the first {len(one['found']):,} sentences and {len(one['damage']):,} rows"
        for name, one in results.items()
    ]
    return (
        f"From `{' '.join(['scripts/bench-detectors', *sys.argv[1:]])}`: {len(made):,} sentences ({size:.1f} MB; {', '.join(LOCALES)}), "
        f"{len(hidden):,} texts with secrets, {len(business):,} rows ({row_size:.1f} MB). "
        f"presidio-analyzer {version('presidio-analyzer')} at threshold 0.4, presidio-rs {version('presidio-rs')}, "
        f"Faker {version('faker')}. The others are slow and get a part ({'; '.join(parts)}).\n"
    )


def cell(s: dict) -> str:
    return f"{s['recall']:.3f} / {s['precision']:.3f} ({s['recall_exact']:.3f} / {s['precision_exact']:.3f})"


def found_table(made, found, results) -> str:
    bare = str.isdigit
    lines = []
    for kind in KINDS:
        cells = [cell(score(made, found, kind))] + [cell(score(made, one["found"], kind)) for one in results.values()]
        lines.append([f"{kind}, {score(made, found, kind)['wanted']:,} of them", *cells])
    for words, only in (
        ("with separators or `+`", lambda text: not bare(text)),
        ("digits alone", bare),
    ):
        mine = score(made, found, "phone", only=only)
        cells = [
            f"{score(made, one, 'phone', only=only)['recall']:.3f}"
            for one in [found, *(r["found"] for r in results.values())]
        ]
        lines.append([f"&nbsp; phone, {words}, {mine['wanted']:,}: recall", *cells])
    lines.append(
        [
            "phone, by `phone_loose`",
            cell(score(made, found, "phone", LOOSE)),
            *["" for _ in results],
        ]
    )
    title = "**Found.** Recall / precision by overlap (in brackets: exactly the same characters)."
    return table(title, ["Vectorgate", *results], lines)


def secrets_table(hidden, secret_hits) -> str:
    scores = {kind: score(hidden, secret_hits, kind) for kind in SECRETS}
    lines = [[f"{kind}, {one['wanted']:,} of them", cell(one)] for kind, one in scores.items()]
    return table(
        "**Secrets.** The same for tokens and keys; the others do not look for them.",
        ["Vectorgate"],
        lines,
    )


def damage_table(damage, results, count) -> str:
    theirs = [false_hits(one["damage"]) for one in results.values()]
    lines = []
    for kind, rate in damage.items():
        cells = [f"{one[kind]:.1f}" if kind in KINDS else "" for one in theirs]
        lines.append(
            [
                kind,
                f"{rate * count / 1000:,.0f} in {count:,} rows ({rate:.3f})" if rate else f"0 in {count:,} rows",
                *cells,
            ]
        )
    title = "**Damage.** False hits in rows of business JSON without personal data (in brackets and for the others: in 1,000 rows)."
    return table(title, ["Vectorgate", *results], lines)


def share(found: contenders.Hits, kind: str) -> float:
    """Of 100 texts, in how many a kind was found."""
    return 100 * sum(any(what == kind for what, _, _ in hits) for hits in found) / len(found)


def ids_table(results) -> str:
    ids = bare_ids(10_000)
    mine = contenders.ours(ids)
    lines = []
    for kind in ("card", "phone", LOOSE):
        cells = [f"{share(one['ids'], kind):.1f}" if kind in KINDS else "" for one in results.values()]
        lines.append([kind, f"{share(mine, kind):.1f}", *cells])
    title = (
        "**Ids of 16 digits with nothing around them**, as a field's whole value: how many in 100 are taken for something. One in ten "
        "passes Luhn, and nothing else tells them from cards."
    )
    return table(title, ["Vectorgate", *results], lines)


def cut_line(texts: int, cut: tuple[int, int]) -> str:
    made, different = cut
    return (
        f"**Cut.** {texts:,} of the texts above, each cut at every character, the one behind the cut written as an "
        f"escape of JSON: {made:,} cuts, {different} of them masked differently than the whole text.\n"
    )


def speed_table(texts, business, results) -> str:
    answer = answer_of(texts, business)
    lines = []
    for words, part, key in (
        ("prose, nothing to find", prose(2_000), "prose per second"),
        ("sentences", texts[:10_000], "sentences per second"),
        ("rows as text", business[:10_000], "rows per second"),
    ):
        megabytes = sum(len(text.encode()) for text in part) / 1e6
        speeds = [f"{megabytes / contenders.seconds(command, part):.0f}" for command in (NATIVE, IN_VM)]
        lines.append([words, *speeds, *(f"{one[key]:.3f}" for one in results.values())])
    speeds = [f"{len(answer) / 1e6 / contenders.answer_seconds(command, answer):.0f}" for command in (NATIVE, IN_VM)]
    lines.append(
        [
            f"an answer of {len(answer) / 1e6:.1f} MB: 100 points, 1,536 dimensions",
            *speeds,
            *["" for _ in results],
        ]
    )
    title = (
        "**Speed.** MB/s on one thread, all kinds above but `phone_loose`. In the VM: the same code as Wasm under node's WASI, whose "
        "engine, V8, is Envoy's. Ours is the best of five rounds; theirs is the processor's time."
    )
    return table(title, ["Vectorgate, native", "Vectorgate, in the VM", *results], lines)


assert set(LABELLED.values()) == set(KINDS)

if __name__ == "__main__":
    sys.exit(main())
