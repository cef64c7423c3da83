//! The fuzz targets, for a short time: known inputs changed at random, by a seed, so that what is found is found again.
//!
//! `VECTORGATE_FUZZ_SECONDS` (10 for all targets together) and `VECTORGATE_FUZZ_SEED` (1) say for how long and from
//! where; `VECTORGATE_FUZZ_TARGET` names one. An input that breaks a target is written to `fuzz/artifacts`; one that is
//! moved to `fuzz/regressions` is tried first in every run.

#[path = "../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use targets::{FuzzTarget, TARGETS};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(otherwise, |text| text.parse().expect(variable))
}

/// Runs one input; one that breaks the target is kept, and its name given.
fn tried(target: &FuzzTarget, input: &[u8]) -> Result<(), PathBuf> {
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).map_err(|_| {
        let folder = folder().join("artifacts").join(target.name);
        fs::create_dir_all(&folder).expect("a folder for what was found");
        let name = input.iter().fold(0u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        let file = folder.join(format!("{name:016x}"));
        fs::write(&file, input).expect("what was found is kept");
        file
    })
}

#[test]
fn no_bytes_break_a_target() {
    let chosen = std::env::var("VECTORGATE_FUZZ_TARGET").ok();
    let targets: Vec<&FuzzTarget> = TARGETS
        .iter()
        .filter(|target| chosen.as_deref().is_none_or(|name| name == target.name))
        .collect();
    assert!(!targets.is_empty(), "no target of that name");
    let each = Duration::from_secs(number("VECTORGATE_FUZZ_SECONDS", 10)) / targets.len() as u32;
    let seed = number("VECTORGATE_FUZZ_SEED", 1);
    let mut found = Vec::new();
    for target in targets {
        let seeds = (target.seeds)();
        let known = fs::read_dir(folder().join("regressions").join(target.name))
            .into_iter()
            .flatten()
            .flatten();
        let known = known.map(|entry| fs::read(entry.path()).expect("a regression can be read"));
        for input in known.chain(seeds.iter().cloned()) {
            found.extend(tried(target, &input).err());
        }
        let mut dice = mutate::Dice::new(seed);
        let (until, mut runs) = (Instant::now() + each, 0u64);
        while Instant::now() < until && found.len() < 20 {
            runs += 1;
            found.extend(tried(target, &mutate::mutated(&seeds, &mut dice)).err());
        }
        println!("{}: {} seeds, {runs} inputs", target.name, seeds.len());
    }
    assert!(found.is_empty(), "seed {seed} found: {found:#?}");
}
