//! What stands round every page of somebody who is signed in: the way to the other pages, and out.

use jiff::Timestamp;

use crate::people::Act;
use crate::service::App;
use crate::signin::visitor::Visitor;
use crate::store::StoreError;

/// Where in the console a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Waiting and decided approvals.
    Approvals,
    /// Recorded sessions.
    Sessions,
    /// Single exchanges.
    Exchanges,
    /// Who read what.
    Views,
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The person's name.
    pub name: String,
    /// What the page's forms carry.
    pub csrf: String,
    /// How many approvals wait.
    pub waiting: i64,
    /// Where links to recordings lead somewhere.
    pub reads: bool,
    /// Where the link to the list of readings leads somewhere.
    pub sees_views: bool,
    section: Section,
    now: Timestamp,
}

impl Frame {
    /// The frame for a visitor.
    pub async fn new(app: &App, visitor: &Visitor, section: Section) -> Result<Frame, StoreError> {
        let now = Timestamp::now();
        Ok(Frame {
            name: visitor.person.name.clone(),
            csrf: visitor.csrf.clone(),
            waiting: app.store.waiting(now).await?,
            reads: visitor.person.may(Act::ReadRecordings),
            sees_views: visitor.person.may(Act::SeeViews),
            section,
            now,
        })
    }

    /// The moment of the page.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The attribute of the link to the section that the page is in.
    pub fn current(&self, section: &str) -> &'static str {
        let here = match self.section {
            Section::Approvals => "approvals",
            Section::Sessions => "sessions",
            Section::Exchanges => "exchanges",
            Section::Views => "views",
        };
        if here == section { "page" } else { "false" }
    }
}
