//! Recorded sessions: the list, and one, stepped through exchange by exchange.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::detail::{Detail, Row};
use super::error::PageError;
use super::exchanges::SUGGESTED;
use super::format;
use super::frame::{Frame, Section};
use super::search::{Fields, Form};
use super::{ROWS, render};
use crate::people::Act;
use crate::service::App;
use crate::signin::visitor::Visitor;
use crate::store::exchanges::Order;
use crate::store::search::Search;
use crate::store::sessions::Session;
use crate::store::views::What;

/// A session as pages show it.
struct Shown(Session);

impl std::ops::Deref for Shown {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Shown {
    fn first(&self) -> String {
        format::when(self.first_at)
    }

    fn machine(&self) -> String {
        format::machine(self.first_at)
    }

    fn last_clock(&self) -> String {
        self.last_at.strftime("%H:%M:%S").to_string()
    }

    fn length(&self) -> String {
        format::span(self.first_at, self.last_at)
    }

    fn count(&self) -> String {
        format::counted(u64::try_from(self.0.exchanges).unwrap_or(0), "exchange")
    }
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct ListPage {
    frame: Frame,
    form: Form,
    rows: Vec<Shown>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, PageError> {
    visitor.must(Act::ReadRecordings)?;
    let Query(fields) = query?;
    let identities = app.store.identities(SUGGESTED).await?;
    let (mut form, search) = Form::read("/sessions", fields, identities);
    let mut rows = app.store.sessions(&search, ROWS + 1, form.offset()).await?;
    form.trim(&mut rows);
    render(&ListPage {
        frame: Frame::new(&app, &visitor, Section::Sessions).await?,
        form,
        rows: rows.into_iter().map(Shown).collect(),
    })
}

#[derive(Deserialize)]
pub(super) struct Step {
    /// Which exchange of the session, from 1 on.
    step: Option<u32>,
}

#[derive(Template)]
#[template(path = "session.html")]
struct SessionPage {
    frame: Frame,
    session: Shown,
    /// The exchanges round the one that is shown, with their numbers.
    steps: Vec<(u32, Row)>,
    step: u32,
    total: u32,
    detail: Detail,
}

impl SessionPage {
    fn current(&self, number: &u32) -> &'static str {
        if *number == self.step { "step" } else { "false" }
    }

    fn before(&self) -> Option<u32> {
        self.step.checked_sub(1).filter(|&step| step > 0)
    }

    fn after(&self) -> Option<u32> {
        self.step.checked_add(1).filter(|&step| step <= self.total)
    }
}

pub(super) async fn one(
    State(app): State<App>,
    visitor: Visitor,
    id: Result<Path<i64>, PathRejection>,
    query: Result<Query<Step>, QueryRejection>,
) -> Result<Response, PageError> {
    /// So many steps are listed round the one that is shown.
    const LISTED: u32 = 21;
    visitor.must(Act::ReadRecordings)?;
    let Path(id) = id?;
    let Query(Step { step }) = query?;
    let session = app.store.session(id).await?.ok_or(PageError::NotFound)?;
    let search = Search {
        session: Some(id),
        ..Search::default()
    };
    let total = app.store.count_exchanges(&search).await?;
    let step = step.unwrap_or(1).clamp(1, total.max(1));
    let offset = step
        .saturating_sub(LISTED / 2 + 1)
        .min(total.saturating_sub(LISTED));
    let rows = app
        .store
        .exchanges(&search, Order::OldestFirst, LISTED, offset)
        .await?;
    let steps: Vec<(u32, Row)> = (offset.saturating_add(1)..)
        .zip(rows.into_iter().map(Row))
        .collect();
    let shown = steps
        .iter()
        .find(|(number, _)| *number == step)
        .ok_or(PageError::NotFound)?;
    let exchange = shown.1.exchange.clone();
    let detail = Detail::read(&app.store, &exchange)
        .await?
        .ok_or(PageError::NotFound)?;
    let frame = Frame::new(&app, &visitor, Section::Sessions).await?;
    let reader = &visitor.person.name;
    app.store
        .viewed(reader, What::Session, &id.to_string(), frame.now())
        .await?;
    app.store
        .viewed(reader, What::Exchange, &exchange, frame.now())
        .await?;
    render(&SessionPage {
        frame,
        session: Shown(session),
        steps,
        step,
        total,
        detail,
    })
}
