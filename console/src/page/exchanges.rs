//! Exchanges: the list, and one in full.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::detail::{Detail, Row};
use super::error::PageError;
use super::frame::{Frame, Section};
use super::search::{Fields, Form};
use super::{ROWS, render};
use crate::people::Act;
use crate::service::App;
use crate::signin::visitor::Visitor;
use crate::store::exchanges::Order;
use crate::store::views::What;

/// So many identities are suggested.
pub(super) const SUGGESTED: u32 = 100;

#[derive(Template)]
#[template(path = "exchanges.html")]
struct ListPage {
    frame: Frame,
    form: Form,
    rows: Vec<Row>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, PageError> {
    visitor.must(Act::ReadRecordings)?;
    let Query(fields) = query?;
    let identities = app.store.identities(SUGGESTED).await?;
    let (mut form, search) = Form::read("/exchanges", fields, identities);
    let order = Order::NewestFirst;
    let mut rows = app
        .store
        .exchanges(&search, order, ROWS + 1, form.offset())
        .await?;
    form.trim(&mut rows);
    render(&ListPage {
        frame: Frame::new(&app, &visitor, Section::Exchanges).await?,
        form,
        rows: rows.into_iter().map(Row).collect(),
    })
}

#[derive(Template)]
#[template(path = "exchange.html")]
struct ExchangePage {
    frame: Frame,
    detail: Detail,
}

pub(super) async fn one(
    State(app): State<App>,
    visitor: Visitor,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, PageError> {
    visitor.must(Act::ReadRecordings)?;
    let Path(id) = id?;
    let detail = Detail::read(&app.store, &id).await?.ok_or(PageError::NotFound)?;
    let frame = Frame::new(&app, &visitor, Section::Exchanges).await?;
    app.store
        .viewed(&visitor.person.name, What::Exchange, &id, frame.now())
        .await?;
    render(&ExchangePage { frame, detail })
}
