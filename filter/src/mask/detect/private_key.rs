//! Private keys in PEM armour, from `-----BEGIN … PRIVATE KEY-----` to the end line, or to the value's end where that
//! is missing. A begin line that no key material follows (a manual that mentions it) is none.

use super::{End, Follow, Next, Window, search};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END";
const RULE: &str = "-----";
/// `ENCRYPTED PRIVATE KEY`, `PGP PRIVATE KEY BLOCK` and the like.
const LONGEST_LABEL: usize = 48;
/// How much white space (also written as `\n`) may stand before the first line.
const LONGEST_GAP: usize = 16;
/// So many characters of base64 are key material.
const MATERIAL: usize = 16;

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, |window, from| search::byte(window, from, b'-'), matches)
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    if !window.is_at(at, BEGIN) {
        return None;
    }
    let label_start = at + BEGIN.len();
    let in_label = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let label_end = window.run(label_start, LONGEST_LABEL, in_label);
    if !window.slice(label_start, label_end).contains("PRIVATE KEY") || !window.is_at(label_end, RULE) {
        return None;
    }
    let body = label_end + RULE.len();
    let blank =
        |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'n' | b'r' | b'"' | b'+' | b'>');
    let gap = window.run(body, LONGEST_GAP, blank);
    let in_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let material = window.run(gap, MATERIAL, in_key) - gap == MATERIAL;
    let header = ["Proc-Type:", "DEK-Info:", "Version:", "Comment:"]
        .iter()
        .any(|name| window.is_at(gap, name));
    (material || header).then_some((at, End::Open(body, Follow::PrivateKey)))
}

/// Follows a key from `end` on.
pub(super) fn follow(window: &Window<'_>, end: usize) -> End {
    let mut end = end;
    while let Some(dash) = search::byte(window, end, b'-') {
        let label = dash + END.len();
        let in_label = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
        let closes = window.is_at(dash, END) && {
            let rule = window.run(label, LONGEST_LABEL, in_label);
            window.is_at(rule, RULE)
        };
        if window.starved() {
            return End::Open(dash, Follow::PrivateKey);
        }
        if closes {
            return End::At(window.run(label, LONGEST_LABEL, in_label) + RULE.len());
        }
        end = dash + 1;
    }
    End::Open(window.len(), Follow::PrivateKey)
}
