//! The limit on guessing: so many failures for one name, or from one address, and no more for a while.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::token;

/// How many failures of one key are allowed within [`WINDOW`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Name,
    Address,
}

impl Scope {
    fn allowed(self) -> usize {
        match self {
            Scope::Name => 8,
            // A proxy in front shows all people under one address.
            Scope::Address => 60,
        }
    }
}

const WINDOW: Duration = Duration::from_secs(300);

/// So many keys are remembered at most.
const MAX_KEYS: usize = 20_000;

/// The failures that are remembered.
#[derive(Debug, Default)]
pub struct Limit {
    failures: Mutex<HashMap<(Scope, String), Vec<Instant>>>,
}

impl Limit {
    /// How long to wait before another try for this name from this address; `None` where it may be tried now.
    pub fn wait(&self, name: &str, address: &str, now: Instant) -> Option<Duration> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(name, address)
            .into_iter()
            .filter_map(|key| {
                let scope = key.0;
                let times = failures.get_mut(&key)?;
                times.retain(|&time| now.duration_since(time) < WINDOW);
                let first = *times.first()?;
                (times.len() >= scope.allowed()).then(|| WINDOW.saturating_sub(now.duration_since(first)))
            })
            .max()
    }

    /// Takes down a failure.
    pub fn failed(&self, name: &str, address: &str, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_KEYS {
            failures.retain(|_, times| times.iter().any(|&time| now.duration_since(time) < WINDOW));
        }
        for key in keys(name, address) {
            if failures.len() < MAX_KEYS || failures.contains_key(&key) {
                failures.entry(key).or_default().push(now);
            }
        }
    }

    /// Forgets the failures of a name whose owner has come in.
    pub fn succeeded(&self, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(Scope::Name, token::fingerprint(name)));
    }
}

/// What is remembered has a bounded size, however long a name somebody makes up.
fn keys(name: &str, address: &str) -> [(Scope, String); 2] {
    [
        (Scope::Name, token::fingerprint(name)),
        (Scope::Address, address.to_owned()),
    ]
}

/// Whom an address stands for: of IPv6 a whole /64, which is the least that one customer gets.
pub fn origin(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_rests_after_eight_failures() {
        let limit = Limit::default();
        let start = Instant::now();
        for _ in 0..8 {
            assert_eq!(limit.wait("ada", "a", start), None);
            limit.failed("ada", "a", start);
        }
        assert_eq!(limit.wait("ada", "b", start), Some(WINDOW));
        assert_eq!(limit.wait("bob", "a", start), None);
        assert_eq!(limit.wait("ada", "b", start + WINDOW), None);
    }

    #[test]
    fn an_address_rests_after_sixty() {
        let limit = Limit::default();
        let start = Instant::now();
        for n in 0..60 {
            limit.failed(&format!("n{n}"), "a", start);
        }
        assert_eq!(limit.wait("ada", "a", start), Some(WINDOW));
        assert_eq!(limit.wait("ada", "b", start), None);
    }

    #[test]
    fn whoever_has_many_addresses_is_one() {
        for (address, then) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ] {
            assert_eq!(origin(address.parse().unwrap()), then);
        }
    }

    #[test]
    fn coming_in_forgets() {
        let limit = Limit::default();
        let start = Instant::now();
        for _ in 0..8 {
            limit.failed("ada", "a", start);
        }
        limit.succeeded("ada");
        assert_eq!(limit.wait("ada", "a", start), None);
    }
}
