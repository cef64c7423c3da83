//! Who read which recording, for admins.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;

use super::error::PageError;
use super::format;
use super::frame::{Frame, Section};
use super::search::{Fields, Form};
use super::{ROWS, render};
use crate::people::Act;
use crate::service::App;
use crate::signin::visitor::Visitor;
use crate::store::views::View;

struct Shown(View);

impl Shown {
    fn when(&self) -> String {
        format::when(self.0.at())
    }

    fn machine(&self) -> String {
        format::machine(self.0.at())
    }

    /// Where what was read is to be found: the path before its name.
    fn path(&self) -> Option<&'static str> {
        match self.0.what.as_str() {
            "exchange" => Some("/exchanges"),
            "session" => Some("/sessions"),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "views.html")]
struct ViewsPage {
    frame: Frame,
    form: Form,
    rows: Vec<Shown>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, PageError> {
    visitor.must(Act::SeeViews)?;
    let Query(Fields { page, .. }) = query?;
    let fields = Fields {
        page,
        ..Fields::default()
    };
    let (mut form, _) = Form::read("/views", fields, Vec::new());
    let mut rows = app.store.views(ROWS + 1, form.offset()).await?;
    form.trim(&mut rows);
    render(&ViewsPage {
        frame: Frame::new(&app, &visitor, Section::Views).await?,
        form,
        rows: rows.into_iter().map(Shown).collect(),
    })
}
