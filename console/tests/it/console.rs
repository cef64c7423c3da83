//! A console to test, the filter that calls it, and people with browsers.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use vectorgate_console::people::{Person, Role};
use vectorgate_console::secret::Secret;
use vectorgate_console::service::{App, Settings};
use vectorgate_console::signin::password::Hashed;
use vectorgate_console::store::Store;

pub const SECRET: &str = "the-secret-of-the-tests";
pub const PASSWORD: &str = "correct horse battery";

pub struct Console {
    pub store: Store,
    pub router: Router,
    pub dir: TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }

    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The token that the page's forms carry.
    pub fn csrf(&self) -> String {
        let (_, after) = self.body.split_once("name=\"csrf\" value=\"").expect("a form");
        after.split_once('"').unwrap().0.to_owned()
    }

    /// Asserts the status, showing the body where it is another.
    #[track_caller]
    pub fn is(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Console {
    pub async fn start() -> Console {
        Console::at("http://console.test", SignedDuration::from_hours(1)).await
    }

    pub async fn at(public_url: &str, patience: SignedDuration) -> Console {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let settings = Settings {
            public_url: public_url.into(),
            secret: Secret::new(SECRET),
            patience,
        };
        Console {
            router: App::new(store.clone(), settings).router(),
            store,
            dir,
        }
    }

    /// A connection beside the service's own, to do what it would not.
    pub async fn database(&self) -> sqlx::SqlitePool {
        let file = self.dir.path().join("console.sqlite");
        sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display()))
            .await
            .unwrap()
    }

    /// A person with a role, signed in.
    pub async fn browser(&self, name: &str, role: Role) -> Browser {
        self.browser_who_is(name, role, &[]).await
    }

    pub async fn browser_who_is(&self, name: &str, role: Role, is: &[&str]) -> Browser {
        self.person(name, role, is).await;
        let mut browser = self.stranger();
        browser.sign_in(name, PASSWORD).await.is(303);
        browser
    }

    pub async fn person(&self, name: &str, role: Role, is: &[&str]) {
        let person = Person {
            name: name.into(),
            roles: vec![role],
            is: is.iter().map(|glob| glob.parse().unwrap()).collect(),
        };
        let hashed = Hashed::new(PASSWORD).unwrap();
        self.store
            .add_person(&person, &hashed, Timestamp::now())
            .await
            .unwrap();
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: Vec::new(),
        }
    }

    /// The filter asks.
    pub async fn ask(&self, ask: &Value, wait: u64) -> Reply {
        let path = format!("/v1/approvals?wait={wait}");
        self.call(Method::POST, &path, "application/json", ask.to_string())
            .await
    }

    /// The filter hands in records.
    pub async fn keep(&self, lines: impl Into<String>) -> Reply {
        self.call(Method::POST, "/v1/records", "application/x-ndjson", lines.into())
            .await
    }

    pub async fn read(&self, query: &str) -> Reply {
        self.call(Method::GET, &format!("/v1/records{query}"), "", String::new())
            .await
    }

    pub async fn call(&self, method: Method, path: &str, kind: &str, body: String) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        send(&self.router, request).await
    }
}

/// Somebody's browser: it keeps cookies.
pub struct Browser {
    router: Router,
    pub cookies: Vec<(String, String)>,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.go(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.go(request, Body::from(body)).await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Reply {
        let csrf = self.get("/login").await.is(200).csrf();
        self.post(
            "/login",
            &[("name", name), ("password", password), ("csrf", &csrf)],
        )
        .await
    }

    /// Decides through the approval's own form.
    pub async fn decide(&mut self, id: &str, decision: &str, reason: &str) -> Reply {
        let csrf = self.get(&format!("/approvals/{id}")).await.is(200).csrf();
        let fields = [
            ("decision", decision),
            ("reason", reason),
            ("csrf", csrf.as_str()),
        ];
        self.post(&format!("/approvals/{id}/decide"), &fields).await
    }

    async fn go(&mut self, request: axum::http::request::Builder, body: Body) -> Reply {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::COOKIE, cookies.join("; "))
            .body(body)
            .unwrap();
        let reply = send(&self.router, request).await;
        for set in reply.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        reply
    }
}

pub async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response: Response<Body> = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}
