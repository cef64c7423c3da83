//! The secret that Envoy and the console share.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The shortest secret that is taken.
pub const MIN_BYTES: usize = 16;

/// A secret, kept as its hash: it can be recognised and not be shown.
#[derive(Clone)]
pub struct Secret([u8; 32]);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret file {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// Too easy to guess.
    #[error(
        "the secret in {0} is too short: it needs at least {MIN_BYTES} bytes (try: openssl rand -hex 32)"
    )]
    Short(PathBuf),
}

impl Secret {
    /// A secret.
    pub fn new(secret: &str) -> Secret {
        Secret(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads a secret from a file. White space around it does not count.
    pub fn from_file(path: &Path) -> Result<Secret, SecretError> {
        let text =
            std::fs::read_to_string(path).map_err(|why| SecretError::Unreadable(path.to_owned(), why))?;
        match text.trim() {
            secret if secret.len() < MIN_BYTES => Err(SecretError::Short(path.to_owned())),
            secret => Ok(Secret::new(secret)),
        }
    }

    /// Whether somebody knows it. Takes the same time whatever they say.
    pub fn is(&self, said: &[u8]) -> bool {
        let said: [u8; 32] = Sha256::digest(said).into();
        self.0.ct_eq(&said).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
