//! E-mail addresses: a local part, `@`, a domain whose last label could be a top-level domain.
//!
//! Letters of the Latin, Greek and Cyrillic scripts belong to an address, others end it: text in scripts that are
//! written without spaces is not taken for a part of the address beside it. Found by its `@`.

use super::{End, Next, Rest, Window, search};

const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;
const LONGEST_DOMAIN: usize = 253;

/// Names of files and units that are written like an address (`logo@2x.png`, `getty@tty1.service`), none of them a
/// top-level domain.
const NO_TOP_LEVEL: &[&str] = &[
    "avif", "bmp", "conf", "css", "csv", "device", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json",
    "jsx", "log", "mount", "pdf", "png", "scss", "service", "slice", "socket", "svg", "target", "tgz",
    "tiff", "timer", "ts", "tsx", "txt", "webp", "xml", "yaml", "yml",
];

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.starved();
    let mut searched = from;
    while let Some(at) = search::byte(window, searched, b'@') {
        if let Some(start) = local_part(window, at, from) {
            let end = domain(window, at + 1);
            if window.starved() {
                return Next::ClearTo(start);
            }
            if let Some(end) = end {
                return Next::Hit(start, End::At(end));
            }
        }
        searched = at + 1;
    }
    match window.rest() {
        Rest::None => Next::ClearTo(window.len()),
        // What stands at the end could be a local part.
        Rest::More => Next::ClearTo(run_back(window, window.len(), from)),
    }
}

/// A letter or digit that belongs to an address.
fn is_address_letter(character: char) -> bool {
    character.is_alphanumeric() && character < '\u{590}'
}

/// The start of the run of characters of a local part that ends before `end`.
fn run_back(window: &Window<'_>, end: usize, floor: usize) -> usize {
    let floor = floor.max(end.saturating_sub(LONGEST_LOCAL));
    let mut start = end;
    while let Some(character) = window.char_before(start) {
        let before = start - character.len_utf8();
        if before < floor || !(is_address_letter(character) || "._%+-'&~!#$*^".contains(character)) {
            break;
        }
        start = before;
    }
    start
}

/// The start of the local part before the `@` at `at`.
fn local_part(window: &Window<'_>, at: usize, floor: usize) -> Option<usize> {
    let run = run_back(window, at, floor);
    let may_begin = |character: char| is_address_letter(character) || character == '_';
    let skipped = window.slice(run, at).find(may_begin)?;
    Some(run + skipped)
}

/// The end of the domain that begins at `from`.
fn domain(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut best = None;
    let mut labels = 0;
    let mut numeric_labels = 0;
    let mut start = from;
    loop {
        let mut end = start;
        while let Some(character) = window.char_at(end) {
            if !(is_address_letter(character) || character == '-') {
                break;
            }
            end += character.len_utf8();
            if end - start > LONGEST_LABEL || end - from > LONGEST_DOMAIN {
                return best;
            }
        }
        let label = window.slice(start, end);
        if label.is_empty() || label.starts_with('-') {
            return best;
        }
        let letters = label.split('-').next().unwrap_or_default();
        // `1.2.3.dev` is a version; `163.com` is a domain.
        let version = labels > 1 && numeric_labels == labels;
        if labels > 0 && !version && is_top_level(label) {
            best = Some(end);
        } else if labels > 0 && !version && is_top_level(letters) {
            // `maria@example.com-2024`
            best = Some(start + letters.len());
        }
        labels += 1;
        if label.bytes().all(|byte| byte.is_ascii_digit()) {
            numeric_labels += 1;
        }
        if window.at(end) != Some(b'.') {
            return best;
        }
        start = end + 1;
    }
}

fn is_top_level(label: &str) -> bool {
    if label.len() > 4
        && label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    {
        return true;
    }
    let letters = label.chars().count();
    (2..=24).contains(&letters)
        && label.chars().all(char::is_alphabetic)
        && !NO_TOP_LEVEL.iter().any(|name| label.eq_ignore_ascii_case(name))
}
