//! The binary: its commands, what they print and what they exit with.

use std::path::Path;
use std::process::{Command, Output};

use vectorgate::audit::chain::Chain;

use crate::console::Console;
use crate::samples::{self, record};

/// Runs a command on a data directory.
fn vectorgate(dir: &Path, words: &[&str], password: Option<&str>) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vectorgate"));
    command
        .args(words)
        .env("VECTORGATE_DATA_DIR", dir)
        .env_remove("VECTORGATE_PASSWORD");
    if let Some(password) = password {
        command.env("VECTORGATE_PASSWORD", password);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn people_come_and_go_while_the_service_runs() {
    let console = Console::start().await;
    let run = |words: &[&str], password| vectorgate(console.dir.path(), words, password);
    let (code, said) = run(
        &["user", "add", "ann", "--role", "approver", "--is", "svc:ann-*"],
        None,
    );
    let made = said
        .strip_prefix("added ann\npassword: ")
        .and_then(|rest| rest.split_once(' '))
        .unwrap()
        .0;
    assert_eq!(code, 0);
    let mut browser = console.stranger();
    browser.sign_in("ann", made).await.is(303);
    assert_eq!(
        run(&["user", "list"], None),
        (0, "ann\tapprover\tsvc:ann-*\n".to_owned())
    );

    let short = run(&["user", "password", "ann"], Some("short"));
    assert_eq!(
        short,
        (
            2,
            "vectorgate: a password needs at least 10 characters\n".to_owned()
        )
    );
    browser.get("/approvals").await.is(200);
    let changed = run(&["user", "password", "ann"], Some("another password"));
    assert_eq!(changed, (0, "changed the password of ann\n".to_owned()));
    browser.get("/approvals").await.is(303);
    browser.sign_in("ann", made).await.is(401);
    browser.sign_in("ann", "another password").await.is(303);

    for (words, code, says) in [
        (
            &["user", "add", "ann", "--role", "admin"][..],
            2,
            "ann is there already",
        ),
        (&["user", "add", "bob"], 2, "--role"),
        (
            &["user", "add", "bob", "--role", "king"],
            2,
            "possible values: admin, approver, auditor",
        ),
        (&["user", "add", " bob", "--role", "admin"], 2, "a name needs"),
        (&["user", "remove", "nobody"], 2, "there is no nobody"),
        (&["user", "remove", "ann"], 0, "removed ann"),
    ] {
        let (exited, said) = run(words, Some("another password"));
        assert_eq!(exited, code, "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
    browser.get("/approvals").await.is(303);
}

#[tokio::test]
async fn verify_tells_by_its_exit_code() {
    let console = Console::start().await;
    let verify = || vectorgate(console.dir.path(), &["verify"], None);
    let mut chain = Chain::new("c".into());
    let line = |chain: &mut Chain, name: &str| {
        chain.append(&samples::json(&record(name, "2025-11-24T16:00:00.000Z")))
    };
    console.keep(line(&mut chain, "x")).await.is(200);
    assert_eq!(
        verify(),
        (
            0,
            "1 chains, 1 records, 0 exchanges under way, 0 findings\n".to_owned()
        )
    );
    line(&mut chain, "lost");
    console.keep(line(&mut chain, "y")).await.is(200);
    let (code, said) = verify();
    assert_eq!(code, 1);
    assert!(said.starts_with("c record 1: missing\n"), "{said}");
    let nowhere = tempfile::tempdir().unwrap();
    assert_eq!(vectorgate(nowhere.path(), &["verify"], None).0, 2);
}
