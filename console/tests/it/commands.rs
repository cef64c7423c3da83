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
        .current_dir(dir)
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
        (
            &["user", "add", "bob\u{200b}", "--role", "admin"],
            2,
            "nobody sees",
        ),
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

#[test]
fn a_slip_of_the_pen_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let policy = "\u{feff}version: 1\ndatabase: chroma\nrules:\n  - { name: r, identities: [ann], collections: [docs], operations: [search] }\n";
    std::fs::write(dir.path().join("policy.yaml"), policy).unwrap();
    let config = ["config", "--policy", "policy.yaml", "--for", "istio-sidecar"];
    for (words, code, says) in [
        // An editor's mark before the text changes nothing.
        (&["check", "policy.yaml"][..], 0, "right: 1 rule for chroma"),
        (
            &[&config[..], &["--namespace", "team-a"]].concat(),
            0,
            "namespace: team-a",
        ),
        (
            &[&config[..], &["--namespace", ""]].concat(),
            2,
            "1 to 63 small letters",
        ),
        (
            &[&config[..], &["--namespace", "a\nb: c"]].concat(),
            2,
            "1 to 63 small letters",
        ),
        (
            &[&config[..], &["--port", "0"]].concat(),
            2,
            "0 is not in 1..=65535",
        ),
        // An address that is none must not pass for one that is closed.
        (
            &[
                "probe",
                "--database",
                "chroma",
                "--url",
                "http://127.0.0.1:1",
                "--twin",
                "127.0.0.1:1",
            ],
            2,
            "write it as http(s)://host:port",
        ),
        (
            &["user", "list", "--data-dir", "elsewhere"],
            2,
            "holds no console.sqlite",
        ),
        (
            &["user", "remove", "ann", "--data-dir", "elsewhere"],
            2,
            "holds no console.sqlite",
        ),
        (
            &["user", "password", "ann", "--data-dir", "elsewhere"],
            2,
            "holds no console.sqlite",
        ),
    ] {
        let (exited, said) = vectorgate(dir.path(), words, None);
        assert_eq!(exited, code, "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
    assert!(!dir.path().join("elsewhere").exists());
}

/// What a kubelet shows of a ConfigMap: links into a hidden folder.
fn mounted(dir: &Path, files: &[(&str, Vec<u8>)]) {
    std::fs::create_dir_all(dir.join("..data")).unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.join("..data").join(name), bytes).unwrap();
        std::os::unix::fs::symlink(Path::new("..data").join(name), dir.join(name)).unwrap();
    }
}

#[test]
fn unpack_makes_modules_of_a_config_map() {
    use std::io::Write;
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    // sha256sum of "one" and of "two".
    let (one, two) = ("7692c3ad3540", "3fc4ccfe7458");
    let packed = |digest: &str| format!("vectorgate-{digest}.wasm.gz");
    let dir = tempfile::tempdir().unwrap();
    let run = |from: &str| vectorgate(dir.path(), &["unpack", from, "to"], None);
    let to = dir.path().join("to");
    let list = || {
        let mut names: Vec<_> = std::fs::read_dir(&to)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };

    mounted(
        &dir.path().join("both"),
        &[
            (&packed(one), gzip(b"one")),
            (&packed(two), gzip(b"two")),
            ("SHA256SUMS", b"x".to_vec()),
        ],
    );
    let said = "both/SHA256SUMS: skipped, not called vectorgate-DIGEST.wasm.gz\n\
                to/vectorgate-3fc4ccfe7458.wasm: unpacked, 3 bytes\n\
                to/vectorgate-7692c3ad3540.wasm: unpacked, 3 bytes\n";
    assert_eq!(run("both"), (0, said.to_owned()));
    assert_eq!(
        std::fs::read(to.join("vectorgate-7692c3ad3540.wasm")).unwrap(),
        b"one"
    );
    assert_eq!(
        run("both"),
        (0, said.replace("unpacked, 3 bytes", "there already"))
    );
    let all = list();
    assert_eq!(
        all,
        ["vectorgate-3fc4ccfe7458.wasm", "vectorgate-7692c3ad3540.wasm"]
    );

    // One that is wrong is named; the others are there, and so is what was there before.
    let three = "vectorgate-8b5b9db0c13d.wasm";
    mounted(
        &dir.path().join("wrong"),
        &[
            ("vectorgate-000000000000.wasm.gz", gzip(b"one")),
            ("vectorgate-8b5b9db0c13d.wasm.gz", gzip(b"three")),
        ],
    );
    let (code, said) = run("wrong");
    assert_eq!(code, 1, "{said}");
    let why = "wrong/vectorgate-000000000000.wasm.gz: its bytes have the SHA-256 7692c3ad3540";
    assert!(said.contains(why), "{said}");
    assert_eq!(list(), [&all[..], &[three.to_owned()]].concat());
    std::fs::write(to.join(three), b"another").unwrap();
    let (code, said) = run("wrong");
    assert!(
        code == 1 && said.contains("there already with other bytes"),
        "{said}"
    );
    assert_eq!(std::fs::read(to.join(three)).unwrap(), b"another");

    mounted(&dir.path().join("none"), &[("vectorgate.wasm", b"one".to_vec())]);
    let (code, said) = run("none");
    assert!(
        code == 1 && said.contains("none: no vectorgate-DIGEST.wasm.gz in it"),
        "{said}"
    );
    assert_eq!(run("nowhere").0, 2);
}
