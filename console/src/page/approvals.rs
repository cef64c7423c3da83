//! Approvals: those that wait, those that are over, and one, to be decided.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::error::PageError;
use super::format;
use super::frame::{Frame, Section};
use super::search::{Fields, Form};
use super::{ROWS, render};
use crate::approval::{Approval, Decided, Decision, MAX_REASON, NotDecided, Standing, State as Life};
use crate::people::Act;
use crate::service::App;
use crate::signin::visitor::{Carries, Signed, Visitor};
use crate::store::approvals::{DecideError, Which};
use crate::store::exchanges::Summary;

/// An approval as pages show it.
struct Shown {
    approval: Approval,
    now: Timestamp,
    /// The visitor is the one who asked.
    own: bool,
}

impl Shown {
    fn new(approval: Approval, visitor: &Visitor, now: Timestamp) -> Shown {
        Shown {
            own: visitor.person.is(&approval.ask.identity),
            approval,
            now,
        }
    }

    fn state(&self) -> &'static str {
        match &self.approval.state {
            Life::Pending(_) => "waiting",
            Life::Lapsed { .. } => "expired undecided",
            Life::Decided(decided) => match decided.decision {
                Decision::Approve => "approved",
                Decision::Deny => "denied",
            },
        }
    }

    /// The badge's colour.
    fn tone(&self) -> &'static str {
        match &self.approval.state {
            Life::Pending(_) => "wait",
            Life::Lapsed { .. } => "quiet",
            Life::Decided(decided) => match decided.decision {
                Decision::Approve => "good",
                Decision::Deny => "bad",
            },
        }
    }

    fn pending(&self) -> bool {
        matches!(self.approval.state, Life::Pending(_))
    }

    fn decided(&self) -> Option<&Decided> {
        match &self.approval.state {
            Life::Decided(decided) => Some(decided),
            _ => None,
        }
    }

    /// What the decision is worth now, in words.
    fn standing(&self) -> String {
        let uses = self.approval.ask.uses;
        match &self.approval.state {
            Life::Pending(pending) => format!(
                "expires undecided in {}",
                format::span(self.now, pending.lapses_at)
            ),
            Life::Lapsed { at } => format!("nobody decided before {} UTC", format::when(*at)),
            Life::Decided(decided) => {
                let used = match decided.decision {
                    Decision::Approve => format!(
                        ", used {} of {}",
                        decided.used,
                        format::counted(uses.into(), "time")
                    ),
                    Decision::Deny => String::new(),
                };
                let until = format::when(decided.expires_at);
                match decided.standing(uses, self.now) {
                    Standing::Holds => format!("holds until {until} UTC{used}"),
                    Standing::Spent => format!("used up{used}"),
                    Standing::Expired => format!("expired {until} UTC{used}"),
                }
            }
        }
    }

    fn since(&self) -> String {
        format::span(self.approval.created_at, self.now)
    }

    fn created(&self) -> String {
        format::when(self.approval.created_at)
    }

    fn created_machine(&self) -> String {
        format::machine(self.approval.created_at)
    }

    /// When it was decided or lapsed.
    fn over(&self) -> String {
        match &self.approval.state {
            Life::Pending(_) => String::new(),
            Life::Lapsed { at } => format::when(*at),
            Life::Decided(decided) => format::when(decided.at),
        }
    }

    fn collections(&self) -> String {
        format::listed(&self.approval.ask.collections)
    }

    fn results(&self) -> String {
        format::bound(self.approval.ask.results)
    }

    fn depth(&self) -> String {
        format::depth(self.approval.ask.depth)
    }

    fn terms(&self) -> String {
        let ask = &self.approval.ask;
        let uses = format::counted(ask.uses.into(), "use");
        format!("{uses} within {} of the decision", format::seconds(ask.ttl))
    }

    fn masking(&self) -> &str {
        match self.approval.ask.masking.as_str() {
            "" => "nothing is masked",
            words => words,
        }
    }

    fn vectors(&self) -> &'static str {
        if self.approval.ask.vectors {
            "asked for"
        } else {
            "not asked for"
        }
    }
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct WaitingPage {
    frame: Frame,
    rows: Vec<Shown>,
    form: Form,
}

pub(super) async fn waiting(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<PageNumber>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(PageNumber { page }) = query?;
    let (frame, rows, form) = listed(&app, &visitor, Which::Waiting, "/approvals", page).await?;
    render(&WaitingPage { frame, rows, form })
}

#[derive(Template)]
#[template(path = "decided.html")]
struct DecidedPage {
    frame: Frame,
    rows: Vec<Shown>,
    form: Form,
}

#[derive(Deserialize)]
pub(super) struct PageNumber {
    #[serde(default)]
    page: u32,
}

pub(super) async fn decided(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<PageNumber>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(PageNumber { page }) = query?;
    let (frame, rows, form) = listed(&app, &visitor, Which::Over, "/approvals/decided", page).await?;
    render(&DecidedPage { frame, rows, form })
}

/// A page of one of the two lists.
async fn listed(
    app: &App,
    visitor: &Visitor,
    which: Which,
    path: &'static str,
    page: u32,
) -> Result<(Frame, Vec<Shown>, Form), PageError> {
    let fields = Fields {
        page,
        ..Fields::default()
    };
    let (mut form, _) = Form::read(path, fields, Vec::new());
    let frame = Frame::new(app, visitor, Section::Approvals).await?;
    let now = frame.now();
    let mut rows = app.store.approvals(which, ROWS + 1, form.offset(), now).await?;
    form.trim(&mut rows);
    let rows = rows
        .into_iter()
        .map(|row| Shown::new(row, visitor, now))
        .collect();
    Ok((frame, rows, form))
}

#[derive(Template)]
#[template(path = "approval.html")]
struct ApprovalPage {
    frame: Frame,
    shown: Shown,
    /// The visitor may decide approvals.
    decides: bool,
    /// Why the visitor's decision was not taken.
    problem: Option<String>,
    /// The reason as it was typed.
    reason: String,
    exchanges: Vec<Summary>,
}

impl ApprovalPage {
    fn max_reason(&self) -> usize {
        MAX_REASON
    }
}

pub(super) async fn one(
    State(app): State<App>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, PageError> {
    let Path(id) = id?;
    show(&app, &visitor, &id, None, String::new()).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    id: &str,
    problem: Option<String>,
    reason: String,
) -> Result<Response, PageError> {
    let frame = Frame::new(app, visitor, Section::Approvals).await?;
    let now = frame.now();
    let approval = app.store.approval(id, now).await?.ok_or(PageError::NotFound)?;
    let exchanges = if frame.reads {
        app.store.exchanges_with_approval(id).await?
    } else {
        Vec::new()
    };
    render(&ApprovalPage {
        frame,
        shown: Shown::new(approval, visitor, now),
        decides: visitor.person.may(Act::Decide),
        problem,
        reason,
        exchanges,
    })
}

#[derive(Deserialize)]
pub(super) struct DecisionForm {
    decision: Decision,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    csrf: String,
}

impl Carries for DecisionForm {
    fn csrf(&self) -> &str {
        &self.csrf
    }
}

pub(super) async fn decide(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    Signed { visitor, form }: Signed<DecisionForm>,
) -> Result<Response, PageError> {
    let Path(id) = id?;
    let now = Timestamp::now();
    let outcome = app
        .store
        .decide(&id, &visitor.person, form.decision, &form.reason, now)
        .await;
    match outcome {
        Ok(decided) => {
            app.decisions.announce();
            tracing::info!(approval = id, by = decided.by, decision = ?decided.decision, "decided");
            Ok(Redirect::to(&format!("/approvals/{id}")).into_response())
        }
        Err(DecideError::NotDecided(why)) => {
            let page = show(&app, &visitor, &id, Some(why.to_string()), form.reason).await?;
            Ok((status(why), page).into_response())
        }
        Err(DecideError::Unknown) => Err(PageError::NotFound),
        Err(DecideError::Store(why)) => Err(why.into()),
    }
}

fn status(why: NotDecided) -> StatusCode {
    match why {
        NotDecided::NotAnApprover | NotDecided::OwnRequest => StatusCode::FORBIDDEN,
        NotDecided::NoReason | NotDecided::LongReason => StatusCode::UNPROCESSABLE_ENTITY,
        NotDecided::AlreadyDecided | NotDecided::Lapsed => StatusCode::CONFLICT,
    }
}
