//! The header `grpc-timeout`: how long the client waits.

use std::fmt;
use std::time::Duration;

/// A `grpc-timeout` that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTimeout;

impl fmt::Display for BadTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("grpc-timeout is not one to eight digits and one of H, M, S, m, u, n")
    }
}

impl std::error::Error for BadTimeout {}

/// Reads the header's value: one to eight digits, and a unit.
///
/// ```
/// use std::time::Duration;
/// use vectorgate::wire::grpc::parse_timeout;
///
/// assert_eq!(parse_timeout("6S"), Ok(Duration::from_secs(6)));
/// assert!(parse_timeout("6").is_err());
/// ```
///
/// # Errors
/// Anything else.
pub fn parse_timeout(value: &str) -> Result<Duration, BadTimeout> {
    let (digits, unit) = value
        .split_at_checked(value.len().saturating_sub(1))
        .ok_or(BadTimeout)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadTimeout);
    }
    let count: u64 = digits.parse().map_err(|_| BadTimeout)?;
    match unit {
        "H" => Ok(Duration::from_secs(count * 3600)),
        "M" => Ok(Duration::from_secs(count * 60)),
        "S" => Ok(Duration::from_secs(count)),
        "m" => Ok(Duration::from_millis(count)),
        "u" => Ok(Duration::from_micros(count)),
        "n" => Ok(Duration::from_nanos(count)),
        _ => Err(BadTimeout),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let table = [
            ("6S", Some(Duration::from_secs(6))),
            ("00000001M", Some(Duration::from_secs(60))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("250m", Some(Duration::from_millis(250))),
            ("7u", Some(Duration::from_micros(7))),
            ("0n", Some(Duration::ZERO)),
            ("", None),
            ("S", None),
            ("6", None),
            ("123456789S", None),
            ("-1S", None),
            ("+1S", None),
            ("1 S", None),
            ("1s", None),
            ("1é", None),
            ("é", None),
        ];
        for (value, expected) in table {
            assert_eq!(parse_timeout(value).ok(), expected, "{value}");
        }
    }
}
