//! `vectorgate user`: the people who may sign in.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use vectorgate::policy::unseen::is_unseen;
use vectorgate_console::people::{Glob, Person, Role};
use vectorgate_console::signin::password::Hashed;
use vectorgate_console::store::people::Changed;
use vectorgate_console::store::{FILE, Store, StoreError};
use vectorgate_console::token;

use super::Outcome;

/// Adds, lists and removes the people who may sign in. Works while the service runs.
#[derive(Debug, Args)]
pub struct User {
    /// The console's data directory
    #[arg(
        long,
        value_name = "DIR",
        default_value = "vectorgate-data",
        env = "VECTORGATE_DATA_DIR",
        global = true
    )]
    data_dir: PathBuf,

    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a person.
    ///
    /// Roles: an approver decides waiting approvals; an auditor reads recordings; an admin does both and sees who read
    /// which recording.
    Add {
        /// The name to sign in with
        name: String,
        /// What they may do; can be given several times
        #[arg(long, value_name = "ROLE", required = true)]
        role: Vec<Role>,
        /// A caller that this person is, as Envoy names it, so that they cannot approve their own request: a name
        /// with * for any text, or group:NAME. Can be given several times. Their own name always counts
        #[arg(long, value_name = "GLOB")]
        is: Vec<Glob>,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// List everyone.
    List,
    /// Remove a person and sign them out.
    Remove {
        /// Whom
        name: String,
    },
    /// Give a person another password and sign them out everywhere.
    Password {
        /// Whom
        name: String,
        #[command(flatten)]
        password: PasswordSource,
    },
}

/// Where a password comes from.
#[derive(Debug, Args)]
struct PasswordSource {
    /// Read the password from standard input, one line. Otherwise it is taken from VECTORGATE_PASSWORD, or made and
    /// printed once
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordSource {
    /// The password, and whether it was made here and has to be told.
    fn take(&self) -> Result<(String, Origin), Box<dyn std::error::Error + Send + Sync>> {
        if self.password_stdin {
            let stdin = std::io::stdin();
            if stdin.is_terminal() {
                eprint!("Password (shown as you type): ");
            }
            let mut line = String::new();
            stdin.lock().read_line(&mut line)?;
            return Ok((line.trim_end_matches(['\r', '\n']).to_owned(), Origin::Given));
        }
        Ok(match std::env::var("VECTORGATE_PASSWORD") {
            Ok(password) => (password, Origin::Given),
            Err(_) => (token::password(), Origin::Made),
        })
    }
}

/// Who thought of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Given,
    Made,
}

fn tell(password: &str, origin: Origin) {
    if origin == Origin::Made {
        println!("password: {password} (shown this once)");
    }
}

impl User {
    pub(super) async fn run(self) -> Outcome {
        // Only the first person may come before the service: a directory that is mistyped is none that has nobody in it.
        if !matches!(self.action, Action::Add { .. }) && !self.data_dir.join(FILE).is_file() {
            return Err(StoreError::Missing(self.data_dir).into());
        }
        let store = Store::open(&self.data_dir).await?;
        let outcome = self.action.run(&store).await;
        store.close().await;
        outcome
    }
}

impl Action {
    async fn run(self, store: &Store) -> Outcome {
        match self {
            Action::Add {
                name,
                mut role,
                is,
                password,
            } => {
                if name.is_empty() || name.trim() != name {
                    return Err("a name needs at least one character, and no space at its ends".into());
                }
                if name.contains(is_unseen) {
                    return Err("a name has no line feed, and nothing else that nobody sees".into());
                }
                let (password, origin) = password.take()?;
                role.sort();
                role.dedup();
                let person = Person {
                    name,
                    roles: role,
                    is,
                };
                let hashed = Hashed::new(&password)?;
                match store.add_person(&person, &hashed, Timestamp::now()).await? {
                    Changed::Yes => println!("added {}", person.name),
                    Changed::No => return Err(format!("{} is there already", person.name).into()),
                }
                tell(&password, origin);
            }
            Action::List => {
                for person in store.people().await? {
                    let roles: Vec<String> = person.roles.iter().map(ToString::to_string).collect();
                    let is: Vec<String> = person.is.iter().map(ToString::to_string).collect();
                    println!("{}\t{}\t{}", person.name, roles.join(","), is.join(","));
                }
            }
            Action::Remove { name } => match store.remove_person(&name).await? {
                Changed::Yes => println!("removed {name}"),
                Changed::No => return Err(format!("there is no {name}").into()),
            },
            Action::Password { name, password } => {
                let (password, origin) = password.take()?;
                match store.set_password(&name, &Hashed::new(&password)?).await? {
                    Changed::Yes => println!("changed the password of {name}"),
                    Changed::No => return Err(format!("there is no {name}").into()),
                }
                tell(&password, origin);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
