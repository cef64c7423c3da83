//! People and their passwords.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::people::{Glob, Person, Role};
use crate::signin::password::Hashed;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    password: String,
    roles: String,
    is_also: String,
}

impl Row {
    fn read(self) -> Result<(Person, Hashed), StoreError> {
        let bad = |why: serde_json::Error| StoreError::Row {
            table: "people",
            why: why.to_string(),
        };
        let roles: Vec<Role> = serde_json::from_str(&self.roles).map_err(bad)?;
        let is: Vec<Glob> = serde_json::from_str(&self.is_also).map_err(bad)?;
        let person = Person {
            name: self.name,
            roles,
            is,
        };
        Ok((person, Hashed::stored(self.password)))
    }
}

/// Whether something was there to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Done.
    Yes,
    /// The name is taken, for adding; nobody has it, for anything else.
    No,
}

impl Changed {
    fn rows(count: u64) -> Changed {
        if count == 0 { Changed::No } else { Changed::Yes }
    }
}

impl Store {
    /// Adds a person. A name that is taken stays as it is.
    pub async fn add_person(
        &self,
        person: &Person,
        password: &Hashed,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let done = sqlx::query(
            "INSERT INTO people (name, password, roles, is_also, added_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&person.name)
        .bind(password.as_str())
        .bind(serde_json::to_string(&person.roles).unwrap_or_default())
        .bind(serde_json::to_string(&person.is).unwrap_or_default())
        .bind(now.as_millisecond())
        .execute(&self.write)
        .await?;
        Ok(Changed::rows(done.rows_affected()))
    }

    /// A person and their password, by name.
    pub async fn person(&self, name: &str) -> Result<Option<(Person, Hashed)>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, password, roles, is_also FROM people WHERE name = ?")
                .bind(name)
                .fetch_optional(&self.read)
                .await?;
        row.map(Row::read).transpose()
    }

    /// Everyone, by name.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT name, password, roles, is_also FROM people ORDER BY name")
                .fetch_all(&self.read)
                .await?;
        rows.into_iter()
            .map(|row| row.read().map(|(person, _)| person))
            .collect()
    }

    /// Removes a person and signs them out.
    pub async fn remove_person(&self, name: &str) -> Result<Changed, StoreError> {
        let done = sqlx::query("DELETE FROM people WHERE name = ?")
            .bind(name)
            .execute(&self.write)
            .await?;
        Ok(Changed::rows(done.rows_affected()))
    }

    /// Gives a person another password and signs them out everywhere.
    pub async fn set_password(&self, name: &str, password: &Hashed) -> Result<Changed, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE people SET password = ? WHERE name = ?")
            .bind(password.as_str())
            .bind(name)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM signins WHERE person = ?")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Changed::rows(done.rows_affected()))
    }
}
