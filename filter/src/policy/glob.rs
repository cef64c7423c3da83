//! Patterns for names: `*` stands for any characters (none too), `?` for one. Nothing else is special.

use std::fmt;

/// A pattern for names.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Glob {
    /// As written, with runs of `*` made one.
    text: Box<str>,
}

impl Glob {
    /// The pattern of this text.
    pub fn new(text: &str) -> Glob {
        let mut kept = String::with_capacity(text.len());
        for c in text.chars() {
            if !(c == '*' && kept.ends_with('*')) {
                kept.push(c);
            }
        }
        Glob { text: kept.into() }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a name, not a pattern.
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// Whether it matches everything.
    pub fn is_everything(&self) -> bool {
        &*self.text == "*"
    }

    /// What every name that it matches begins with.
    pub fn prefix(&self) -> &str {
        self.text.split(['*', '?']).next().unwrap_or_default()
    }

    /// Whether it matches this name. Linear in the name for each run between two `*`, without recursion.
    ///
    /// ```
    /// use vectorgate::policy::glob::Glob;
    ///
    /// assert!(Glob::new("svc:rag-*").matches("svc:rag-web"));
    /// assert!(!Glob::new("svc:rag-*").matches("svc:etl"));
    /// ```
    pub fn matches(&self, name: &str) -> bool {
        follow(&self.text, name, |pattern, c| pattern == '?' || pattern == c)
    }

    /// Whether it matches whatever `other` matches. Says `true` only where that is certain.
    pub fn covers(&self, other: &Glob) -> bool {
        // The other pattern is read as a name in which `*` is a character that only `*` stands for.
        follow(&self.text, &other.text, |pattern, c| match pattern {
            '?' => c != '*',
            pattern => pattern == c && c != '?',
        })
    }
}

/// Follows a pattern along a text, going back to the last `*` where it fails: what came before it need never be tried
/// again, so the time is at most the product of both lengths.
fn follow(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut after = pattern.clone();
        match after.next() {
            Some('*') => {
                pattern = after;
                if pattern.as_str().is_empty() {
                    return true;
                }
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            Some(p) => {
                let mut rest = text.clone();
                match rest.next() {
                    Some(c) if same(p, c) => {
                        pattern = after;
                        text = rest;
                        continue;
                    }
                    Some(_) => {}
                    None => return false,
                }
            }
            None if text.as_str().is_empty() => return true,
            None => {}
        }
        // One more character for the last `*`.
        let Some((from, rest)) = &mut retry else {
            return false;
        };
        if rest.next().is_none() {
            return false;
        }
        pattern = from.clone();
        text = rest.clone();
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Word for word what a pattern means, in time that grows without bound.
    fn slow(pattern: &[char], name: &[char]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                slow(rest, name) || name.split_first().is_some_and(|(_, name)| slow(pattern, name))
            }
            (['?', rest @ ..], [_, name @ ..]) => slow(rest, name),
            ([p, rest @ ..], [c, name @ ..]) => p == c && slow(rest, name),
            _ => false,
        }
    }

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn agrees_with_its_slow_twin(pattern in "[abé*?]{0,8}", name in "[abé*?]{0,10}") {
            prop_assert_eq!(Glob::new(&pattern).matches(&name), slow(&chars(&pattern), &chars(&name)));
        }

        #[test]
        fn what_covers_matches_all_that_is_covered(
            wide in "[ab*?]{0,5}", narrow in "[ab*?]{0,5}", name in "[ab]{0,7}",
        ) {
            let (wide, narrow) = (Glob::new(&wide), Glob::new(&narrow));
            if wide.covers(&narrow) && narrow.matches(&name) {
                prop_assert!(wide.matches(&name), "{wide} covers {narrow}, which matches {name}");
            }
        }

        #[test]
        fn begins_with_its_prefix(pattern in "[ab*?]{0,6}", name in "[ab]{0,8}") {
            let glob = Glob::new(&pattern);
            if glob.matches(&name) {
                prop_assert!(name.starts_with(glob.prefix()));
            }
        }
    }

    #[test]
    fn covers_what_is_narrower() {
        for (wide, narrow, covers) in [
            ("*", "*", true),
            ("*", "docs", true),
            ("*", "kb-*", true),
            ("kb-*", "kb-*-eu", true),
            ("kb-*", "kb-?", true),
            ("kb-?", "kb-*", false),
            ("kb-*", "*", false),
            ("docs", "docs", true),
            ("docs", "doc?", false),
            ("?", "?", true),
            ("*-eu", "kb-*-eu", true),
        ] {
            assert_eq!(
                Glob::new(wide).covers(&Glob::new(narrow)),
                covers,
                "{wide} over {narrow}"
            );
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let pattern = Glob::new(&"a*".repeat(200));
        let name = format!("{}b", "a".repeat(20_000));
        let begun = std::time::Instant::now();
        assert!(pattern.matches(&name));
        assert!(!Glob::new(&format!("{}c", "a*".repeat(200))).matches(&name));
        assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    }
}
