//! `vectorgate serve`: runs the service.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use vectorgate_console::listen::{self, Patience};
use vectorgate_console::people::{Person, Role};
use vectorgate_console::secret::Secret;
use vectorgate_console::service::{App, Settings};
use vectorgate_console::signin::password::Hashed;
use vectorgate_console::store::Store;
use vectorgate_console::store::people::Changed;
use vectorgate_console::token;

use super::Outcome;

/// Runs the approval service, the recorder and the pages.
///
/// Envoy calls /v1/approvals and /v1/records with the shared secret; people open the pages and sign in. The service
/// speaks plain HTTP: put Envoy (or another proxy) with TLS in front of it, and say with --public-url where people
/// reach it. Only with an https address are its cookies Secure; a plain http address is for one machine.
///
/// The address that it listens on is printed to standard output once it is ready; the log goes to standard error.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8400",
        env = "VECTORGATE_LISTEN"
    )]
    listen: SocketAddr,

    /// Directory for the database; made if missing
    #[arg(
        long,
        value_name = "DIR",
        default_value = "vectorgate-data",
        env = "VECTORGATE_DATA_DIR"
    )]
    data_dir: PathBuf,

    /// Address at which people reach the pages [default: http:// and what it listens on]
    #[arg(long, value_name = "URL", env = "VECTORGATE_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,

    /// File with the secret that Envoy sends as `authorization: Bearer …`; at least 16 bytes
    #[arg(long, value_name = "FILE", env = "VECTORGATE_SECRET_FILE")]
    secret_file: PathBuf,

    /// Make sure that this admin exists. The password comes from VECTORGATE_ADMIN_PASSWORD, or is made and printed
    /// once; one who exists is left as they are
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,

    /// How long an approval waits for a person before it lapses, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pending_for: u32,

    /// What to log: a level (error, warn, info, debug, trace), or target=level pairs
    #[arg(long, value_name = "FILTER", default_value = "info", env = "VECTORGATE_LOG")]
    log: Targets,
}

impl Serve {
    pub(super) async fn run(self) -> Outcome {
        tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .with(self.log)
            .init();
        let secret = Secret::from_file(&self.secret_file)?;
        let store = Store::open(&self.data_dir).await?;
        if let Some(name) = self.admin {
            make_admin(&store, name).await?;
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|why| format!("cannot listen on {}: {why}", self.listen))?;
        let address = listener.local_addr()?;
        let public_url = self.public_url.unwrap_or_else(|| format!("http://{address}"));
        let settings = Settings {
            public_url,
            secret,
            patience: SignedDuration::from_mins(self.pending_for.into()),
        };
        println!("listening on http://{address}, pages at {}", settings.public_url);
        let app = App::new(store.clone(), settings);
        let decisions = app.decisions.clone();
        listen::serve(listener, app.router(), Patience::default(), async move {
            stop().await;
            tracing::info!("stopping");
            // Those who are held get an answer now instead of a broken connection later.
            decisions.close();
        })
        .await;
        store.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

async fn make_admin(store: &Store, name: String) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if store.person(&name).await?.is_some() {
        return Ok(());
    }
    let (password, made) = match std::env::var("VECTORGATE_ADMIN_PASSWORD") {
        Ok(password) => (password, None),
        Err(_) => {
            let password = token::password();
            (password.clone(), Some(password))
        }
    };
    let person = Person {
        is: Vec::new(),
        roles: vec![Role::Admin],
        name,
    };
    let added = store
        .add_person(&person, &Hashed::new(&password)?, Timestamp::now())
        .await?;
    if let (Changed::Yes, Some(password)) = (added, made) {
        println!(
            "made the admin {} with the password {password} (shown this once)",
            person.name
        );
    }
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', ' ']) => Ok(url.to_owned()),
        _ => Err("must be http:// or https:// and a host, without a path".to_owned()),
    }
}
