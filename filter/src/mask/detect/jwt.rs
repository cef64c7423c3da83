//! JSON Web Tokens: a header that decodes to a JSON object with an `alg`, and what follows it after dots.
//!
//! The header is decoded before anything is reported; the other parts are followed however long they are.

use super::{End, Follow, Next, Rest, Window, is_base64url, is_word, search};
use crate::wire::json::strict;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A header that is longer is judged by its beginning.
const LONGEST_HEADER: usize = 2048;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How many more parts a token may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// The one that is being read is the last.
    Last,
    /// So many follow it.
    More(u8),
}

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, candidate, matches)
}

/// Where `ey` or `ew` stands, which is what a JSON object begins with in base64.
fn candidate(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut searched = from;
    while let Some(at) = search::byte(window, searched, b'e') {
        let begins = !window.before(at, 1).is_some_and(is_word);
        if begins && matches!(window.at(at + 1), None | Some(b'y' | b'w')) {
            return Some(at);
        }
        searched = at + 1;
    }
    None
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    // `{"`, `{ `, `{\n` and `{\r`, in base64.
    let begins = window.at(at)? == b'e'
        && matches!(window.at(at + 1)?, b'y' | b'w')
        && !window.before(at, 1).is_some_and(is_word);
    let looks_like_json = begins && {
        let start = window.run(at, 8, is_base64url);
        let decoded = LENIENT.decode(window.slice(at, start)).unwrap_or_default();
        decoded.len() == 6
            && decoded.first() == Some(&b'{')
            && decoded
                .trim_ascii_end()
                .iter()
                .all(|byte| (b' '..=b'~').contains(byte) || b"\r\n\t".contains(byte))
    };
    if !looks_like_json {
        return None;
    }
    let end = window.run(at, LONGEST_HEADER, is_base64url);
    let mut header = window.slice(at, end);
    let decode = |text: &str| LENIENT.decode(text).unwrap_or_default();
    let kind = if end - at == LONGEST_HEADER {
        header = header.get(..LONGEST_HEADER / 4 * 4).unwrap_or_default();
        header_begun(&decode(header))?
    } else {
        header_whole(&decode(header))?
    };
    if end - at < LONGEST_HEADER {
        // `..` is a token whose payload is elsewhere, or one that is encrypted with a shared key.
        let dot = window.at(end)? == b'.';
        let goes_on = match window.at(end + 1)? {
            b'.' => is_base64url(window.at(end + 2)?),
            byte => is_base64url(byte),
        };
        if !(dot && goes_on) {
            return None;
        }
    }
    let more = match kind {
        Kind::Signed => 2,
        Kind::Encrypted => 4,
    };
    Some((at, End::Open(end, Follow::Jwt(Parts::More(more)))))
}

enum Kind {
    Signed,
    Encrypted,
}

fn header_whole(json: &[u8]) -> Option<Kind> {
    let header = strict::parse(json).ok()?;
    header.member("alg")?.as_str()?;
    Some(match header.member("enc") {
        Some(_) => Kind::Encrypted,
        None => Kind::Signed,
    })
}

/// A header of which only the beginning is known (one that carries certificates).
fn header_begun(json: &[u8]) -> Option<Kind> {
    let text = match std::str::from_utf8(json) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(json.get(..error.valid_up_to())?).ok()?,
    };
    let names = ["\"alg\"", "\"x5c\"", "\"jwk\"", "\"typ\"", "\"kid\""];
    names
        .iter()
        .any(|name| text.contains(name))
        .then(|| match text.contains("\"enc\"") {
            true => Kind::Encrypted,
            false => Kind::Signed,
        })
}

/// Follows a token from `end` on.
pub(super) fn follow(window: &Window<'_>, end: usize, parts: Parts) -> End {
    let end = window.run(end, usize::MAX, is_base64url);
    let Parts::More(more) = parts else {
        return if window.starved() {
            End::Open(end, Follow::Jwt(parts))
        } else {
            End::At(end)
        };
    };
    // A dot belongs to the token if another part follows it, be that empty.
    let joins = window.at(end) == Some(b'.')
        && match window.at(end + 1) {
            Some(b'.') => more > 1 && window.at(end + 2).is_some_and(is_base64url),
            Some(byte) => is_base64url(byte),
            None => false,
        };
    if window.starved() && window.rest() == Rest::More {
        return End::Open(end, Follow::Jwt(parts));
    }
    if !joins {
        return End::At(end);
    }
    let parts = if more > 1 {
        Parts::More(more - 1)
    } else {
        Parts::Last
    };
    follow(window, end + 1, parts)
}
