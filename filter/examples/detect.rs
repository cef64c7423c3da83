//! What the detectors find, for `scripts/bench-detectors`: a JSON string a line on standard input, and a line of
//! `[["email", 3, 19], …]` for each, in characters. `detect --time` prints the seconds that the search alone took.

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};
use vectorgate::mask::detect::find_all;
use vectorgate::mask::plan::Detector;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let timed = std::env::args().any(|argument| argument == "--time");
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut spent = Duration::ZERO;
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let began = Instant::now();
        let hits: Vec<_> = Detector::ALL
            .into_iter()
            .flat_map(|detector| {
                find_all(detector, &text)
                    .into_iter()
                    .map(move |hit| (detector, hit))
            })
            .collect();
        spent += began.elapsed();
        if timed {
            continue;
        }
        let characters = |to: usize| text.get(..to).map_or(0, |before| before.chars().count());
        let told: Vec<_> = hits
            .into_iter()
            .map(|(detector, hit)| (detector.as_str(), characters(hit.start), characters(hit.end)))
            .collect();
        writeln!(out, "{}", serde_json::to_string(&told)?)?;
    }
    if timed {
        writeln!(out, "{}", spent.as_secs_f64())?;
    }
    Ok(())
}
