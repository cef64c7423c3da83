//! Compiles `protocol/` into one set of descriptors, which [`message`](src/message/mod.rs) reads.

use protox::prost::Message;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=protocol");
    let mut files: Vec<PathBuf> = std::fs::read_dir("protocol")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut compiler = protox::Compiler::new(["protocol"])?;
    compiler.include_imports(true).open_files(files)?;
    let to = Path::new(&std::env::var("OUT_DIR")?).join("protocol.bin");
    std::fs::write(to, compiler.file_descriptor_set().encode_to_vec())?;
    Ok(())
}
