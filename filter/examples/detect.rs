//! What the detectors find, for `scripts/bench-detectors`: a JSON string a line on standard input, and a line of
//! `[["email", 3, 19], …]` for each, in characters.
//!
//! - `detect --time` prints the seconds that the search alone took, for all kinds but `phone_loose`.
//! - `detect --cut` cuts each text at every character, the one behind the cut written as an escape of JSON, masks the
//!   pieces, and prints how many cuts there were and how many of them gave another text than the whole did.
//! - `detect --answer` reads a whole answer of Qdrant's, masks it in chunks of 16 KiB, and prints the seconds.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vectorgate::mask::answer::{CompiledMask, Masker};
use vectorgate::mask::detect::find_all;
use vectorgate::mask::plan::{
    Action, Detector, MaskEntry, MaskPlan, Oracle, ScoreMask, Selector, VectorMask,
};
use vectorgate::mask::shape::{Format, Others, Place, Role, Shape, WhenStripped};
use vectorgate::mask::text::TextMasker;
use vectorgate::wire::json::path::FieldPattern;
use vectorgate::wire::json::scalar::{ScalarKind, ScalarRewriter};

/// Each piece is timed so often, and its best time counts: what else the machine does is left out.
const ROUNDS: usize = 5;

/// So many texts are timed at once.
const PIECE: usize = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mode = std::env::args().nth(1).unwrap_or_default();
    if mode == "--answer" {
        let mut answer = Vec::new();
        std::io::stdin().lock().read_to_end(&mut answer)?;
        writeln!(out, "{}", time_answer(&answer)?.as_secs_f64())?;
        return Ok(());
    }
    let texts: Vec<String> = std::io::stdin()
        .lock()
        .lines()
        .map(|line| Ok::<_, Box<dyn std::error::Error>>(serde_json::from_str(&line?)?))
        .collect::<Result<_, _>>()?;
    match mode.as_str() {
        "--time" => writeln!(out, "{}", time(&texts).as_secs_f64())?,
        "--cut" => {
            let (cuts, different) = cut(&texts);
            writeln!(out, "{cuts} {different}")?;
        }
        _ => {
            for text in &texts {
                writeln!(out, "{}", serde_json::to_string(&told(text))?)?;
            }
        }
    }
    Ok(())
}

/// The hits of every kind in a text, in characters.
fn told(text: &str) -> Vec<(&'static str, usize, usize)> {
    let characters = |to: usize| text.get(..to).map_or(0, |before| before.chars().count());
    let hits = |detector: Detector| {
        find_all(detector, text)
            .into_iter()
            .map(move |hit| (detector, hit))
    };
    Detector::ALL
        .into_iter()
        .flat_map(hits)
        .map(|(detector, hit)| (detector.as_str(), characters(hit.start), characters(hit.end)))
        .collect()
}

/// All kinds but the one that nobody has beside its twin.
fn kinds() -> impl Iterator<Item = Detector> {
    Detector::ALL
        .into_iter()
        .filter(|&detector| detector != Detector::PhoneLoose)
}

fn best(mut work: impl FnMut()) -> Duration {
    let once = |_| {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..ROUNDS).map(once).min().unwrap_or_default()
}

fn time(texts: &[String]) -> Duration {
    let search = |piece: &[String]| {
        best(|| {
            for text in piece {
                for detector in kinds() {
                    std::hint::black_box(find_all(detector, text));
                }
            }
        })
    };
    texts.chunks(PIECE).map(search).sum()
}

/// How many cuts there are, and after how many of them the masked text is another one.
fn cut(texts: &[String]) -> (usize, usize) {
    let entries: Vec<_> = kinds()
        .map(|detector| (vec![detector], Action::Redact(detector.as_str().into())))
        .collect();
    let mut masker = TextMasker::new(&entries);
    let (mut cuts, mut different) = (0, 0);
    for text in texts {
        let whole = masker.mask(text);
        for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
            let (before, after) = text.split_at(at);
            let mut json = Vec::new();
            masker.begin(ScalarKind::String, &mut json);
            feed(&mut masker, before, &mut json);
            let mut rest = after.chars();
            if let Some(first) = rest.next() {
                feed_escaped(&mut masker, first, &mut json);
            }
            feed(&mut masker, rest.as_str(), &mut json);
            masker.end(&mut json);
            let same = serde_json::from_slice::<String>(&json).is_ok_and(|masked| masked == whole);
            cuts += 1;
            different += usize::from(!same);
        }
    }
    (cuts, different)
}

/// Hands a piece of text over as a JSON string would bring it: what cannot stand in one as it is comes as an escape.
fn feed(masker: &mut TextMasker, piece: &str, out: &mut Vec<u8>) {
    let special = |character: char| matches!(character, '"' | '\\' | '\0'..='\x1f');
    for part in piece.split_inclusive(special) {
        let plain = part.trim_end_matches(special);
        if !plain.is_empty() {
            masker.plain(plain, out);
        }
        for character in part.chars().skip(plain.chars().count()) {
            feed_escaped(masker, character, out);
        }
    }
}

/// Hands a character over as `\u0040`.
fn feed_escaped(masker: &mut TextMasker, character: char, out: &mut Vec<u8>) {
    let raw: String = character
        .encode_utf16(&mut [0; 2])
        .iter()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    masker.escape(&raw, character, out);
}

const PLACES: &[Place] = &[
    place("result[].id", Role::Result),
    place("result[].payload", Role::Payload),
    place("result[].vector", Role::Vectors(WhenStripped::Absent)),
    place("result[].score", Role::Scores(WhenStripped::Null)),
];

const fn place(path: &'static str, role: Role) -> Place {
    Place { path, role }
}

/// Masks an answer to a search, all kinds looked for in `text` and `row` of each payload.
fn time_answer(answer: &[u8]) -> Result<Duration, Box<dyn std::error::Error>> {
    let shape = Shape {
        format: Format::Json,
        places: PLACES,
        others: Others::Copied,
        named: vec![],
    };
    let plan = MaskPlan {
        entries: vec![MaskEntry {
            select: Selector::Detect {
                detectors: kinds().collect(),
                fields: vec![FieldPattern::parse("text")?, FieldPattern::parse("row")?],
            },
            action: Action::Redact("[redacted]".into()),
            oracle: Oracle::Refuse,
        }],
        vectors: VectorMask::Pass,
        scores: ScoreMask::Pass,
    };
    let mut masker = Masker::new(Arc::new(CompiledMask::new(&shape, &plan)));
    let mut out = Vec::with_capacity(64 * 1024);
    let mut failed = None;
    let spent = best(|| {
        masker.reset();
        for chunk in answer.chunks(16 * 1024) {
            out.clear();
            if let Err(error) = masker.push(chunk, &mut out) {
                failed = Some(error.to_string());
            }
        }
        out.clear();
        if let Err(error) = masker.finish(&mut out) {
            failed = Some(error.to_string());
        }
    });
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(spent),
    }
}
