//! Passwords, kept as argon2id hashes.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

/// The shortest password that can be set.
pub const MIN_CHARS: usize = 10;

/// Why a password cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too easy to guess.
    #[error("a password needs at least {MIN_CHARS} characters")]
    Short,
    /// It cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// A hashed password.
#[derive(Clone)]
pub struct Hashed(String);

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed(…)")
    }
}

impl Hashed {
    /// Hashes a password. Takes a while, on purpose.
    pub fn new(password: &str) -> Result<Hashed, PasswordError> {
        if password.chars().count() < MIN_CHARS {
            return Err(PasswordError::Short);
        }
        let salt = SaltString::generate(&mut OsRng);
        let hash = Argon2::default()
            .hash_password(password.as_bytes(), &salt)
            .map_err(PasswordError::Hash)?;
        Ok(Hashed(hash.to_string()))
    }

    /// As it stands in the database.
    pub fn stored(hash: String) -> Hashed {
        Hashed(hash)
    }

    /// As it is put into the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn verify(&self, password: &str) -> bool {
        PasswordHash::new(&self.0).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
    }
}

/// A hash that no password fits, to spend the same time on names that nobody has.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$dmVjdG9yZ2F0ZS1ub2JvZHk$\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How many passwords are checked at once: each takes 19 MiB and a core.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// Whether this is the password; `None` stands for a person who does not exist.
pub async fn check(hashed: Option<Hashed>, password: String) -> bool {
    let exists = hashed.is_some();
    let hashed = hashed.unwrap_or_else(|| Hashed(NOBODY.to_owned()));
    let Ok(_permit) = CHECKS.acquire().await else {
        return false;
    };
    let fits = tokio::task::spawn_blocking(move || hashed.verify(&password)).await;
    exists && fits.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits() {
        let hashed = Hashed::new("correct horse").unwrap();
        assert!(check(Some(hashed.clone()), "correct horse".into()).await);
        assert!(!check(Some(hashed), "correct horsf".into()).await);
        assert!(!check(None, "correct horse".into()).await);
        assert!(matches!(Hashed::new("short"), Err(PasswordError::Short)));
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_a_real_one() {
        let real = Hashed::new("correct horse").unwrap();
        let cost = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            (
                hash.algorithm.to_string(),
                hash.params.to_string(),
                hash.hash.unwrap().len(),
            )
        };
        assert_eq!(cost(NOBODY), cost(real.as_str()));
    }
}
