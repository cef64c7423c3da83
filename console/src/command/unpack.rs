//! `vectorgate unpack`: from the compressed modules of a ConfigMap to files that Envoy can load.

use super::{Outcome, with_causes};
use clap::Args;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thiserror::Error;

/// The longest module that is unpacked, in bytes. One has some 2 MiB; what is longer was made to fill the disk.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Unpack the modules of a ConfigMap into files that Envoy can load
///
/// A ConfigMap takes 1 MiB, so it holds a module compressed. Every `vectorgate-DIGEST.wasm.gz` in FROM becomes
/// `TO/vectorgate-DIGEST.wasm`, if the SHA-256 of its unpacked bytes begins with the digest in its name. A file is there
/// whole or not at all; one that is there already stays. What has another name is named and skipped. Made for an init
/// container, before the proxy starts.
///
/// Exit code 0: every module is there. 1: one is not, or there was none; each is named with its cause. 2: a folder could
/// not be read or made.
#[derive(Debug, Args)]
pub(super) struct Unpack {
    /// The folder with the compressed modules: the mounted ConfigMap
    #[arg(value_name = "FROM")]
    from: PathBuf,

    /// The folder to unpack them into; made if it is missing
    #[arg(value_name = "TO")]
    to: PathBuf,
}

impl Unpack {
    pub(super) fn run(self) -> Outcome {
        let named = |folder: &Path, why: io::Error| format!("{}: {why}", folder.display());
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.from).map_err(|why| named(&self.from, why))? {
            paths.push(entry.map_err(|why| named(&self.from, why))?.path());
        }
        paths.sort();
        fs::create_dir_all(&self.to).map_err(|why| named(&self.to, why))?;
        let (mut there, mut failed) = (0, false);
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // The kubelet's own: a ConfigMap's files are links into a hidden folder.
            if name.starts_with('.') {
                continue;
            }
            let Some(digest) = digest(&name) else {
                println!(
                    "{}: skipped, not called vectorgate-DIGEST.wasm.gz",
                    path.display()
                );
                continue;
            };
            let target = self.to.join(format!("vectorgate-{digest}.wasm"));
            match unpack(&path, &target, digest, LONGEST) {
                Ok(Done::Unpacked(length)) => println!("{}: unpacked, {length} bytes", target.display()),
                Ok(Done::There) => println!("{}: there already", target.display()),
                Err(why) => {
                    eprintln!("vectorgate: {}", with_causes(&why));
                    failed = true;
                    continue;
                }
            }
            there += 1;
        }
        if there == 0 && !failed {
            eprintln!(
                "vectorgate: {}: no vectorgate-DIGEST.wasm.gz in it",
                self.from.display()
            );
            failed = true;
        }
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// The bytes of a module in a file, compressed or not.
pub(super) fn module(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut module = Vec::new();
    MultiGzDecoder::new(&bytes[..])
        .take(LONGEST)
        .read_to_end(&mut module)?;
    Ok(module)
}

/// The digest in the name of a compressed module: 12 to 64 digits, in hexadecimal, in lower case.
fn digest(name: &str) -> Option<&str> {
    let digest = name.strip_prefix("vectorgate-")?.strip_suffix(".wasm.gz")?;
    let written = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    ((12..=64).contains(&digest.len()) && digest.bytes().all(written)).then_some(digest)
}

/// What became of a module.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    /// Written, with so many bytes.
    Unpacked(u64),
    /// It was there before, with the right bytes.
    There,
}

/// Why a module is not there.
#[derive(Debug, Error)]
enum UnpackError {
    #[error("{path}: cannot be unpacked")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: cannot be written")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path}: more than {longest} bytes unpacked, which no module has")]
    TooLong { path: PathBuf, longest: u64 },
    #[error("{path}: its bytes have the SHA-256 {found}, and not the one in its name")]
    Digest { path: PathBuf, found: String },
    #[error("{path}: there already with other bytes (SHA-256 {found}), and left as it is")]
    Other { path: PathBuf, found: String },
}

/// How much of a module is read at a time.
const CHUNK: usize = 64 * 1024;

/// Unpacks one module: under another name first, so that nobody ever loads a part of one.
fn unpack(path: &Path, target: &Path, digest: &str, longest: u64) -> Result<Done, UnpackError> {
    let cannot_read = |path: &Path| {
        let path = path.to_owned();
        move |source| UnpackError::Read { path, source }
    };
    match File::open(target) {
        Ok(mut there) => {
            let mut found = Sha256::new();
            let mut chunk = vec![0; CHUNK];
            while let Some(bytes) = next(&mut there, &mut chunk).map_err(cannot_read(target))? {
                found.update(bytes);
            }
            return match hex(found) {
                found if found.starts_with(digest) => Ok(Done::There),
                found => Err(UnpackError::Other {
                    path: target.to_owned(),
                    found,
                }),
            };
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => {}
        Err(why) => return Err(cannot_read(target)(why)),
    }
    let packed = File::open(path).map_err(cannot_read(path))?;
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = Part(PathBuf::from(name));
    let cannot_write = |source| UnpackError::Write {
        path: part.0.clone(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&part.0)
        .map_err(cannot_write)?;
    // One byte more than may be there, to see that there is more.
    let mut module = MultiGzDecoder::new(packed).take(longest.saturating_add(1));
    let mut found = Sha256::new();
    let mut length = 0;
    let mut chunk = vec![0; CHUNK];
    while let Some(bytes) = next(&mut module, &mut chunk).map_err(cannot_read(path))? {
        length += bytes.len() as u64;
        if length > longest {
            return Err(UnpackError::TooLong {
                path: path.to_owned(),
                longest,
            });
        }
        found.update(bytes);
        file.write_all(bytes).map_err(cannot_write)?;
    }
    let found = hex(found);
    if !found.starts_with(digest) {
        return Err(UnpackError::Digest {
            path: path.to_owned(),
            found,
        });
    }
    // The proxy runs as another user.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .map_err(cannot_write)?;
    file.sync_all().map_err(cannot_write)?;
    fs::rename(&part.0, target).map_err(cannot_write)?;
    Ok(Done::Unpacked(length))
}

/// The bytes that come next; `None` at the end.
fn next<'a>(from: &mut impl Read, chunk: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
    let read = loop {
        match from.read(chunk) {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    Ok(chunk.get(..read).filter(|bytes| !bytes.is_empty()))
}

/// A file that is being written. What is left of it goes away.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is nothing of that name.
        let _ = fs::remove_file(&self.0);
    }
}

fn hex(digest: Sha256) -> String {
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_name_carries_a_digest() {
        for (name, is) in [
            ("vectorgate-0123456789ab.wasm.gz", Some("0123456789ab")),
            ("vectorgate-0123456789a.wasm.gz", None),
            ("vectorgate-0123456789AB.wasm.gz", None),
            ("vectorgate-0123456789ag.wasm.gz", None),
            ("vectorgate-0123456789ab.wasm", None),
            ("vectorgate.wasm.gz", None),
            ("vectorgate-../../../etc/x.wasm.gz", None),
        ] {
            assert_eq!(digest(name), is, "{name}");
        }
    }

    #[test]
    fn what_is_too_long_or_damaged_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let module = b"a module, a module, a module";
        let right = hex(Sha256::new_with_prefix(module));
        let packed = dir.path().join("packed");
        let target = dir.path().join("target");
        let whole = gzip(module);
        let length = module.len() as u64;
        for (bytes, digest, longest, says) in [
            (&whole[..], right.as_str(), length - 1, "more than 27 bytes"),
            (&whole[..whole.len() - 9], &right, length, "cannot be unpacked"),
            (&module[..], &right, length, "cannot be unpacked"),
            (&whole[..], "000000000000", length, "not the one in its name"),
        ] {
            fs::write(&packed, bytes).unwrap();
            let why = unpack(&packed, &target, digest, longest).unwrap_err().to_string();
            assert!(why.contains("packed: ") && why.contains(says), "{why}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{says}");
        }
        fs::write(&packed, &whole).unwrap();
        let done = unpack(&packed, &target, &right, length).unwrap();
        assert_eq!(done, Done::Unpacked(length));
        for path in [&packed, &target] {
            assert_eq!(super::module(path).unwrap(), module);
        }
        assert_eq!(fs::read(&target).unwrap(), module);
    }
}
