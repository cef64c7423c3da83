//! IP addresses. Version 4: four octets without leading zeros, not part of a longer dotted number, not called a
//! version. Version 6: eight groups, or a double colon, with something of an address about it (`a::b` is a path of
//! a programming language).

use super::{End, Next, Rest, Window, is_word, search};

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    match window.scan(from, candidate, matches) {
        // A first group may stand at the end, its dot or colon still to come.
        Next::ClearTo(to) if window.rest() == Rest::More => {
            Next::ClearTo(to.min(window.border_before(from, 5)))
        }
        next => next,
    }
}

/// Where the group stands before the first dot or colon that could be an address's first: those are rarer than digits.
fn candidate(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut searched = from;
    while let Some(at) = search::either(window, searched, b'.', b':') {
        let group = window.bytes_before(at, 4).iter().rev();
        let start = at - group.take_while(|byte| byte.is_ascii_hexdigit()).count();
        let goes_on = window
            .at(at + 1)
            .is_none_or(|byte| byte.is_ascii_hexdigit() || byte == b':');
        if start >= from && goes_on && (start < at || window.at(at) == Some(b':')) {
            return Some(start);
        }
        searched = at + 1;
    }
    None
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    let before = window.before(at, 1);
    if before.is_some_and(|byte| is_word(byte) || matches!(byte, b'_' | b'.' | b':')) {
        return None;
    }
    // Cheapest first: a dot or a colon stands behind the first group, and most words are longer.
    let group = window.run(at, 5, |byte| byte.is_ascii_hexdigit());
    let end = match window.at(group)? {
        b'.' => v4(window, at)?,
        b':' => v6(window, at)?,
        _ => return None,
    };
    Some((at, End::At(end)))
}

/// Four octets with dots between them.
fn octets(window: &Window<'_>, at: usize) -> Option<usize> {
    let mut start = at;
    for octet in 0..4 {
        if octet > 0 {
            (window.at(start)? == b'.').then_some(())?;
            start += 1;
        }
        let end = window.run(start, 4, |byte| byte.is_ascii_digit());
        let digits = window.slice(start, end);
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        if leading_zero || digits.parse::<u8>().is_err() {
            return None;
        }
        start = end;
    }
    Some(start)
}

fn v4(window: &Window<'_>, at: usize) -> Option<usize> {
    if !window.at(at)?.is_ascii_digit() {
        return None;
    }
    // `pkg-1.2.3.4`; but the second address of a range has a digit before its dash.
    if window.before(at, 1) == Some(b'-')
        && window
            .before(at, 2)
            .is_some_and(|byte| byte.is_ascii_alphabetic())
    {
        return None;
    }
    let end = octets(window, at)?;
    let after = window.at(end);
    let goes_on = match after {
        Some(b'.') => window.at(end + 1).is_some_and(is_word),
        Some(b'-' | b'+') => window.at(end + 1).is_some_and(is_word) && octets(window, end + 1).is_none(),
        Some(byte) => is_word(byte) || byte == b'_',
        None => false,
    };
    (!goes_on && !is_called_version(window, at)).then_some(end)
}

/// Whether the word before says that a version follows.
fn is_called_version(window: &Window<'_>, at: usize) -> bool {
    let mut start = at;
    while start > 0 && at - start < 24 {
        start -= 1;
    }
    let before = (start..at).find_map(|start| Some(window.slice(start, at)).filter(|text| !text.is_empty()));
    let before = before.unwrap_or_default();
    let word = before.trim_end_matches([' ', ':', '=', '"', '\'', '(', '.']);
    let word = word
        .rsplit(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    [
        "v", "ver", "version", "versions", "release", "build", "firmware", "revision", "section", "chapter",
    ]
    .iter()
    .any(|name| word.eq_ignore_ascii_case(name))
}

fn v6(window: &Window<'_>, at: usize) -> Option<usize> {
    let mut groups = 0;
    let mut double_colon = false;
    let mut digit_seen = false;
    let mut end = at;
    if window.is_at(at, "::") {
        double_colon = true;
        end += 2;
    }
    let first = window.run(end, 5, |byte| byte.is_ascii_hexdigit()) - end;
    // Every address in use begins with `::` or a group of at least two digits.
    if first == 1 && !double_colon {
        return None;
    }
    loop {
        if groups >= 1 && octets(window, end).is_some() {
            end = octets(window, end)?;
            groups += 2;
            digit_seen = true;
            break;
        }
        let group = window.run(end, 5, |byte| byte.is_ascii_hexdigit());
        if group == end || group - end > 4 {
            // A colon that nothing follows belongs to the text.
            if !window.slice(at, end).ends_with("::") {
                return None;
            }
            break;
        }
        digit_seen |= window.slice(end, group).bytes().any(|byte| byte.is_ascii_digit());
        groups += 1;
        end = group;
        if groups == 8 || window.at(end) != Some(b':') {
            break;
        }
        if window.at(end + 1) == Some(b':') {
            if double_colon {
                return None;
            }
            double_colon = true;
            end += 2;
        } else if window.at(end + 1).is_some_and(|byte| byte.is_ascii_hexdigit()) {
            end += 1;
        } else {
            break;
        }
    }
    let whole = if double_colon {
        (1..8).contains(&groups)
    } else {
        groups == 8
    };
    let after = window.at(end);
    let goes_on = match after {
        Some(b':') => window
            .at(end + 1)
            .is_some_and(|byte| is_word(byte) || byte == b':'),
        Some(byte) => is_word(byte) || byte == b'_',
        None => false,
    };
    (whole && digit_seen && !goes_on).then_some(end)
}
