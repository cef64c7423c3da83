//! Times and numbers as people read them. All times are UTC.

use jiff::Timestamp;
use vectorgate::operation::Results;

/// A moment, to the second.
pub fn when(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M:%S").to_string()
}

/// A moment for the `datetime` attribute.
pub fn machine(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A span of time, in its largest one or two units.
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A number of seconds, as configured.
pub fn seconds(seconds: u64) -> String {
    match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => counted(s / 86_400, "day"),
        s if s >= 3_600 && s % 3_600 == 0 => counted(s / 3_600, "hour"),
        s if s >= 60 && s % 60 == 0 => counted(s / 60, "minute"),
        s => counted(s, "second"),
    }
}

/// "1 day", "2 days".
pub fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many results something can return.
pub fn bound(results: Results) -> String {
    match results {
        Results::AtMost(0) => "none".to_owned(),
        Results::AtMost(n) => format!("at most {}", grouped(n)),
        Results::Unbounded => "unbounded".to_owned(),
    }
}

/// How deep a query reaches.
pub fn depth(depth: Option<Results>) -> String {
    match depth {
        None => "no query".to_owned(),
        Some(Results::AtMost(n)) => format!("top {}", grouped(n)),
        Some(Results::Unbounded) => "unbounded".to_owned(),
    }
}

/// A list of names, or a dash.
pub fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "–".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(when(at(0)), "1 Jan 1970, 00:00:00");
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (3_661, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(at(0), at(seconds)), text);
        }
        assert_eq!(span(at(10), at(0)), "0 s");
        for (n, text) in [
            (900, "15 minutes"),
            (3_600, "1 hour"),
            (61, "61 seconds"),
            (172_800, "2 days"),
        ] {
            assert_eq!(seconds(n), text);
        }
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
