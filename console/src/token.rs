//! Names that nobody can guess.

use sha2::{Digest, Sha256};
use vectorgate::audit::chain::hex;

/// A new name of 128 random bits, in hexadecimal: safe in a URL and a shell.
pub fn id() -> String {
    hex(&random::<16>())
}

/// A new secret of 256 random bits, in hexadecimal.
pub fn secret() -> String {
    hex(&random::<32>())
}

/// A new password that a person can copy: 100 random bits in groups of five letters and digits.
pub fn password() -> String {
    // 32 signs, without those that look like another.
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = random::<20>();
    let mut password = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at.is_multiple_of(5) {
            password.push('-');
        }
        password.push(char::from(
            SIGNS.get(usize::from(byte % 32)).copied().unwrap_or(b'a'),
        ));
    }
    password
}

/// What is kept of a secret that only has to be recognised.
pub fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A machine without random numbers cannot run this service at all, so failing here is final.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(why) = getrandom::fill(&mut bytes) {
        tracing::error!(%why, "the system gives no random numbers");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_their_form() {
        assert_eq!(id().len(), 32);
        assert_ne!(id(), id());
        assert_eq!(password().len(), 23);
        assert_eq!(
            fingerprint("x"),
            "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        );
    }
}
