//! Who is signed in. The cookie's token is kept only as its hash.

use jiff::{SignedDuration, Timestamp};

use super::{Store, StoreError};
use crate::people::Person;
use crate::token;

/// How long somebody stays signed in.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// What every form must carry.
    pub csrf: String,
}

impl Store {
    /// Signs a person in and gives the cookie's token.
    pub async fn sign_in(&self, name: &str, now: Timestamp) -> Result<String, StoreError> {
        let token = token::secret();
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM signins WHERE expires_at <= ?")
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO signins (token, person, csrf, begun_at, expires_at) VALUES (?, ?, ?, ?, ?)")
            .bind(token::fingerprint(&token))
            .bind(name)
            .bind(token::secret())
            .bind(now.as_millisecond())
            .bind(
                now.saturating_add(LIFETIME)
                    .unwrap_or(Timestamp::MAX)
                    .as_millisecond(),
            )
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Who has this token.
    pub async fn signed_in(&self, token: &str, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT person, csrf FROM signins WHERE token = ? AND expires_at > ?")
                .bind(token::fingerprint(token))
                .bind(now.as_millisecond())
                .fetch_optional(&self.read)
                .await?;
        let Some((name, csrf)) = row else { return Ok(None) };
        let person = self.person(&name).await?;
        Ok(person.map(|(person, _)| SignedIn { person, csrf }))
    }

    /// Signs out.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM signins WHERE token = ?")
            .bind(token::fingerprint(token))
            .execute(&self.write)
            .await?;
        Ok(())
    }
}
