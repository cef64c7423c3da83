"""scripts/bench-detectors, once everything is there."""

import argparse
import sys
from collections import Counter
from importlib.metadata import version

from . import contenders
from .contenders import ROOT
from .rows import rows
from .sentences import LABELLED, LOCALES, Sentence, sentences

KINDS = ["email", "card", "iban", "ssn", "ip", "phone"]

# What a change may not fall below: recall by overlap, precision by overlap, false hits in 1,000 rows.
THRESHOLDS = ROOT / "bench" / "detectors" / "thresholds"


def score(made: list[Sentence], found: contenders.Hits) -> dict[str, dict[str, float]]:
    """Precision and recall of each kind, exact and by overlap."""
    table = {}
    for kind in KINDS:
        wanted = exact = overlapping = told = right_exact = right = 0
        for sentence, hits in zip(made, found, strict=True):
            spans = [span for span in sentence.spans if span.kind == kind]
            mine = [(start, end) for what, start, end in hits if what == kind]
            wanted += len(spans)
            told += len(mine)
            exact += sum((span.start, span.end) in mine for span in spans)
            overlapping += sum(any(s < span.end and span.start < e for s, e in mine) for span in spans)
            right_exact += sum(any((s, e) == (span.start, span.end) for span in spans) for s, e in mine)
            right += sum(any(s < span.end and span.start < e for span in spans) for s, e in mine)
        table[kind] = {
            "wanted": wanted,
            "recall": overlapping / max(1, wanted),
            "recall_exact": exact / max(1, wanted),
            "precision": right / told if told else float("nan"),
            "precision_exact": right_exact / told if told else float("nan"),
        }
    return table


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/bench-detectors")
    arguments.add_argument("--ours", action="store_true", help="ours alone, against bench/detectors/thresholds")
    arguments.add_argument("--write-thresholds", action="store_true", help="write what ours reach down as the least")
    arguments.add_argument("--sentences", type=int)
    arguments.add_argument("--rows", type=int)
    given = arguments.parse_args()
    made = sentences(given.sentences or (4_000 if given.ours else 20_000))
    business = rows(given.rows or (10_000 if given.ours else 100_000))
    texts = [sentence.text for sentence in made]
    found, seconds = contenders.ours(texts)
    damage, damage_seconds = contenders.ours(business)
    if given.ours:
        return judge(score(made, found), false_hits(damage), write=given.write_thresholds)
    results = {"Vectorgate": (score(made, found), seconds, false_hits(damage), damage_seconds)}
    for name, make in (("Presidio, patterns only", contenders.presidio), ("presidio-rs", contenders.presidio_rs)):
        find = make()
        found, seconds = find(texts)
        damage, damage_seconds = find(business)
        results[name] = (score(made, found), seconds, false_hits(damage), damage_seconds)
    tables = report(results, made, business)
    print(tables)
    document = ROOT / "docs" / "detectors.md"
    begin, end = "<!-- begin: scripts/bench-detectors -->", "<!-- end: scripts/bench-detectors -->"
    before, _, rest = document.read_text().partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{tables}\n{end}{after}")
    return 0


def false_hits(found: contenders.Hits) -> dict[str, float]:
    """By kind, in 1,000 rows."""
    counts = Counter(kind for hits in found for kind, _, _ in hits)
    return {kind: counts[kind] * 1000 / len(found) for kind in sorted(set(KINDS) | set(counts))}


def judge(scores: dict, false: dict, *, write: bool) -> int:
    """Against what was reached before."""
    seen = {f"recall {kind}": round(scores[kind]["recall"], 4) for kind in KINDS}
    seen |= {f"precision {kind}": round(scores[kind]["precision"], 4) for kind in KINDS}
    seen |= {f"damage {kind}": round(rate, 3) for kind, rate in false.items()}
    if write:
        THRESHOLDS.write_text("".join(f"{name} {value}\n" for name, value in seen.items()))
    failed = 0
    for line in THRESHOLDS.read_text().splitlines():
        name, _, least = line.rpartition(" ")
        value = seen.get(name, 0.0)
        worse = value > float(least) if name.startswith("damage") else value < float(least)
        failed |= worse
        print(f"  {'✗' if worse else '✓'} {name:<20} {value:<8} {'at most' if name[0] == 'd' else 'at least'} {least}")
    return int(failed)


def report(results: dict, made: list[Sentence], business: list[str]) -> str:
    size = sum(len(sentence.text) for sentence in made) / 1e6
    row_size = sum(map(len, business)) / 1e6
    lines = [
        f"From `{' '.join(['scripts/bench-detectors', *sys.argv[1:]])}`: {len(made):,} sentences ({size:.1f} MB; {', '.join(LOCALES)}), "
        f"{len(business):,} rows ({row_size:.1f} MB). "
        f"presidio-analyzer {version('presidio-analyzer')} at threshold 0.4, presidio-rs {version('presidio-rs')}, "
        f"Faker {version('faker')}.",
        "",
        "Found: recall / precision by overlap (in brackets: exactly the same characters).",
        "",
        "| | " + " | ".join(results) + " |",
        "|---" * (len(results) + 1) + "|",
    ]
    for kind in KINDS:
        cells = []
        for scores, *_ in results.values():
            s = scores[kind]
            cells.append(
                f"{s['recall']:.3f} / {s['precision']:.3f} ({s['recall_exact']:.3f} / {s['precision_exact']:.3f})"
            )
        wanted = next(iter(results.values()))[0][kind]["wanted"]
        lines.append(f"| {kind}, {wanted:,} of them | " + " | ".join(cells) + " |")
    lines += ["", "Damage: false hits in 1,000 rows of business JSON without personal data.", ""]
    lines += ["| | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for kind in sorted({kind for _, _, false, _ in results.values() for kind in false}):
        cells = [f"{false.get(kind, 0):.2f}" for _, _, false, _ in results.values()]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    lines += ["", "Speed: MB/s on one thread, all kinds above (Vectorgate's: natively, all its kinds).", ""]
    lines += ["| | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    speeds = [f"{size / seconds:.2f}" for _, seconds, _, _ in results.values()]
    lines.append("| sentences | " + " | ".join(speeds) + " |")
    speeds = [f"{row_size / seconds:.2f}" for *_, seconds in results.values()]
    lines.append("| rows | " + " | ".join(speeds) + " |")
    return "\n".join(lines) + "\n"


assert set(LABELLED.values()) == set(KINDS)

if __name__ == "__main__":
    sys.exit(main())
