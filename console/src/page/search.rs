//! The form with which people look for exchanges, and the way from one page of a list to the next.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use vectorgate::audit::record::Verdict;

use super::ROWS;
use crate::store::search::Search;

/// What stands in the form's fields. An empty field is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// An identity, `*` for any text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// A collection, `*` for any text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub collection: String,
    /// A verdict's word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verdict: String,
    /// From then on, UTC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Until then, UTC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// Which page of the list, from 0 on.
    #[serde(default, skip_serializing_if = "is_first")]
    pub page: u32,
}

fn is_first(page: &u32) -> bool {
    *page == 0
}

/// All verdicts, for the choice.
pub const VERDICTS: [Verdict; 5] = [
    Verdict::Allow,
    Verdict::Clamp,
    Verdict::Approve,
    Verdict::Deny,
    Verdict::Reject,
];

/// The form as it is shown.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it leads: the list's own path.
    pub path: &'static str,
    /// What stands in it.
    pub fields: Fields,
    /// Identities to choose from.
    pub identities: Vec<String>,
    /// What could not be understood; those conditions are left out.
    pub problems: Vec<String>,
    /// There are more rows than are shown.
    pub more: bool,
}

impl Form {
    /// Reads the fields.
    pub fn read(path: &'static str, fields: Fields, identities: Vec<String>) -> (Form, Search) {
        let mut problems = Vec::new();
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut time = |name: &str, text: &str| match text.trim() {
            "" => None,
            text => {
                let read = moment(text);
                if read.is_none() {
                    problems.push(format!("“{name}” is not a time. Write it like 2025-11-24T16:30."));
                }
                read
            }
        };
        let from = time("from", &fields.from);
        let to = time("to", &fields.to);
        let verdict = VERDICTS
            .into_iter()
            .find(|verdict| verdict.as_str() == fields.verdict);
        let search = Search {
            identity: text(&fields.identity),
            collection: text(&fields.collection),
            verdict,
            from,
            to,
            ..Search::default()
        };
        let form = Form {
            path,
            fields: Fields {
                from: from.map(local).unwrap_or_default(),
                to: to.map(local).unwrap_or_default(),
                ..fields
            },
            identities,
            problems,
            more: false,
        };
        (form, search)
    }

    /// How many rows come before this page.
    pub fn offset(&self) -> u32 {
        self.fields.page.saturating_mul(ROWS)
    }

    /// Takes the row too many that was fetched to see whether there are more.
    pub fn trim<T>(&mut self, rows: &mut Vec<T>) {
        let rows_shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
        self.more = rows.len() > rows_shown;
        rows.truncate(rows_shown);
    }

    /// Whether any condition is set.
    pub fn narrowed(&self) -> bool {
        Fields {
            page: 0,
            ..self.fields.clone()
        } != Fields::default()
    }

    /// The page's number, from 1 on.
    pub fn number(&self) -> u32 {
        self.fields.page.saturating_add(1)
    }

    /// The address of the page before this one.
    pub fn before(&self) -> Option<String> {
        self.fields.page.checked_sub(1).map(|page| self.at(page))
    }

    /// The address of the page after this one.
    pub fn after(&self) -> Option<String> {
        self.more.then(|| self.at(self.fields.page.saturating_add(1)))
    }

    fn at(&self, page: u32) -> String {
        let fields = Fields {
            page,
            ..self.fields.clone()
        };
        let query = serde_urlencoded::to_string(fields).unwrap_or_default();
        if query.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// The choices of verdict: the word, and whether it is chosen.
    pub fn verdicts(&self) -> Vec<(&'static str, &'static str)> {
        VERDICTS
            .into_iter()
            .map(Verdict::as_str)
            .map(|word| {
                (
                    word,
                    if word == self.fields.verdict {
                        "selected"
                    } else {
                        ""
                    },
                )
            })
            .collect()
    }
}

/// A time as a browser's field gives it, as a date, or in RFC 3339; UTC where it says nothing else.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// A time as a browser's field takes it.
fn local(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, then) in [
            ("2025-11-24T16:30", Some("2025-11-24T16:30:00Z")),
            ("2025-11-24", Some("2025-11-24T00:00:00Z")),
            ("2025-11-24T16:30:00+01:00", Some("2025-11-24T15:30:00Z")),
            ("yesterday", None),
        ] {
            assert_eq!(moment(text).map(|at| at.to_string()).as_deref(), then, "{text}");
        }
    }

    #[test]
    fn pages_keep_the_conditions() {
        let fields = Fields {
            identity: "svc:*".into(),
            from: "soon".into(),
            page: 1,
            ..Fields::default()
        };
        let (mut form, search) = Form::read("/exchanges", fields, Vec::new());
        form.trim(&mut vec![(); 51]);
        assert_eq!(search.identity.as_deref(), Some("svc:*"));
        assert_eq!(form.problems.len(), 1);
        assert_eq!(form.before().unwrap(), "/exchanges?identity=svc%3A*");
        assert_eq!(form.after().unwrap(), "/exchanges?identity=svc%3A*&page=2");
    }
}
