//! Signing in and out.

use std::net::SocketAddr;
use std::time::Instant;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use jiff::Timestamp;
use serde::Deserialize;

use super::error::PageError;
use crate::service::App;
use crate::signin::visitor::{Carries, Signed, Visitor, same};
use crate::signin::{limit, password};
use crate::token;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    csrf: String,
    name: String,
    next: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

/// The form. It is tied to the browser by a cookie: nobody can be signed in as somebody else from another site.
pub(super) async fn form(
    State(app): State<App>,
    visitor: Result<Visitor, PageError>,
    jar: CookieJar,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(wanted) = query?;
    if visitor.is_ok() {
        return Ok(Redirect::to(local(&wanted.next)).into_response());
    }
    let page = LoginPage {
        csrf: token_of(&app, &jar),
        name: String::new(),
        next: local(&wanted.next).to_owned(),
        problem: None,
    };
    show(&app, jar, &page, StatusCode::OK)
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn sign_in(
    State(app): State<App>,
    address: Option<Extension<ConnectInfo<SocketAddr>>>,
    jar: CookieJar,
    form: Result<Form<Credentials>, axum::extract::rejection::FormRejection>,
) -> Result<Response, PageError> {
    let Form(said) = form?;
    let transport = app.settings.transport();
    let expected = jar
        .get(transport.form_cookie())
        .map_or("", Cookie::value)
        .to_owned();
    let mut page = LoginPage {
        csrf: token_of(&app, &jar),
        name: said.name.clone(),
        next: local(&said.next).to_owned(),
        problem: None,
    };
    if !same(&said.csrf, &expected) {
        page.problem = Some("This form was too old, or cookies are blocked. Please try again.".into());
        return show(&app, jar, &page, StatusCode::FORBIDDEN);
    }
    let address = address.map_or_else(String::new, |Extension(ConnectInfo(address))| {
        limit::origin(address.ip())
    });
    if let Some(wait) = app.limit.wait(&said.name, &address, Instant::now()) {
        let seconds = wait.as_secs().saturating_add(1);
        page.problem = Some(format!(
            "Too many tries. Please wait {}.",
            super::format::seconds(seconds)
        ));
        let mut response = show(&app, jar, &page, StatusCode::TOO_MANY_REQUESTS)?;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    // Taken down before the check, so that many tries at the same time count as well.
    app.limit.failed(&said.name, &address, Instant::now());
    let known = app.store.person(&said.name).await?.map(|(_, hashed)| hashed);
    if !password::check(known, said.password).await {
        tracing::warn!(address, "a sign-in failed");
        page.problem = Some("Name or password is wrong.".into());
        return show(&app, jar, &page, StatusCode::UNAUTHORIZED);
    }
    app.limit.succeeded(&said.name);
    // Whoever was signed in here before is so no more, not even with a copy of the cookie.
    if let Some(before) = jar.get(transport.cookie()) {
        app.store.sign_out(before.value()).await?;
    }
    let token = app.store.sign_in(&said.name, Timestamp::now()).await?;
    let jar = jar
        .remove(transport.make_cookie(transport.form_cookie(), String::new()))
        .add(transport.make_cookie(transport.cookie(), token));
    Ok((jar, Redirect::to(local(&page.next))).into_response())
}

#[derive(Deserialize)]
pub(super) struct Leaving {
    #[serde(default)]
    csrf: String,
}

impl Carries for Leaving {
    fn csrf(&self) -> &str {
        &self.csrf
    }
}

pub(super) async fn sign_out(
    State(app): State<App>,
    jar: CookieJar,
    Signed { visitor, .. }: Signed<Leaving>,
) -> Result<Response, PageError> {
    app.store.sign_out(&visitor.token).await?;
    let transport = app.settings.transport();
    let jar = jar.remove(transport.make_cookie(transport.cookie(), String::new()));
    Ok((jar, Redirect::to("/login")).into_response())
}

/// The form's token: the browser's own if it has one, so that two open forms both work.
fn token_of(app: &App, jar: &CookieJar) -> String {
    let known = jar.get(app.settings.transport().form_cookie()).map(Cookie::value);
    let known = known.filter(|token| token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()));
    known.map_or_else(token::secret, str::to_owned)
}

fn show(app: &App, jar: CookieJar, page: &LoginPage, status: StatusCode) -> Result<Response, PageError> {
    let transport = app.settings.transport();
    let jar = jar.add(transport.make_cookie(transport.form_cookie(), page.csrf.clone()));
    Ok((status, jar, Html(super::seen(page.render()?))).into_response())
}

/// A path of this console; anything else becomes the front page.
fn local(next: &str) -> &str {
    let inside = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside { next } else { "/" }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_way_back_stays_inside() {
        for (next, then) in [
            ("/approvals/1?x=%20", "/approvals/1?x=%20"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(super::local(next), then, "{next}");
        }
    }
}
