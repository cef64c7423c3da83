//! Who a page's request comes from, and whether a form is theirs.

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;

use crate::page::error::PageError;
use crate::people::{Act, Person};
use crate::service::{App, Transport};

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who.
    pub person: Person,
    /// What their forms carry.
    pub csrf: String,
    /// The cookie's token.
    pub token: String,
}

impl Visitor {
    /// Refuses what none of the person's roles allows.
    pub fn must(&self, act: Act) -> Result<(), PageError> {
        if self.person.may(act) {
            Ok(())
        } else {
            Err(PageError::NotAllowed(act))
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visitor, PageError> {
        let jar = CookieJar::from_headers(&parts.headers);
        let stranger = || PageError::SignedOut {
            wanted: parts
                .uri
                .path_and_query()
                .filter(|_| parts.method == axum::http::Method::GET)
                .map_or_else(|| "/".to_owned(), ToString::to_string),
        };
        let token = jar
            .get(app.settings.transport().cookie())
            .map(|cookie| cookie.value().to_owned())
            .ok_or_else(stranger)?;
        let found = app.store.signed_in(&token, Timestamp::now()).await?;
        let found = found.ok_or_else(stranger)?;
        Ok(Visitor {
            person: found.person,
            csrf: found.csrf,
            token,
        })
    }
}

/// A form: it carries the token that shows it comes from one of our pages.
pub trait Carries {
    /// The token; empty where it is missing.
    fn csrf(&self) -> &str;
}

/// A form that a signed-in person sent from one of their own pages.
#[derive(Debug)]
pub struct Signed<T> {
    /// Who sent it.
    pub visitor: Visitor,
    /// What it says.
    pub form: T,
}

impl<T: DeserializeOwned + Carries> FromRequest<App> for Signed<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Signed<T>, PageError> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let Form(form) = Form::<T>::from_request(Request::from_parts(parts, body), app).await?;
        if !same(form.csrf(), &visitor.csrf) {
            return Err(PageError::Forged);
        }
        Ok(Signed { visitor, form })
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ. Empty ones never are.
pub fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

impl Transport {
    /// The name of the cookie that keeps somebody signed in.
    pub fn cookie(self) -> &'static str {
        match self {
            Transport::Https => "__Host-vectorgate",
            Transport::Http => "vectorgate",
        }
    }

    /// The name of the cookie that ties the sign-in form to the browser it was sent to.
    pub fn form_cookie(self) -> &'static str {
        match self {
            Transport::Https => "__Host-vectorgate-login",
            Transport::Http => "vectorgate-login",
        }
    }

    /// A cookie that only this service gets, and no script. Over plain HTTP (a demo on loopback) it cannot be
    /// `Secure`: the browser would not send it back. `Lax`, so that a link in a chat leads to the page.
    pub fn make_cookie(self, name: &'static str, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self == Transport::Https)
            .same_site(SameSite::Lax)
            .build()
    }
}
