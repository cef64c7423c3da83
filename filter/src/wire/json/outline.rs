//! The outline of a body that is too long to be kept: the body without its bulk, made while it streams by.
//!
//! An [`Outliner`] reads JSON, cut anywhere, and puts `null` in the place of each value that is bulk. What is left is a
//! body of the same form, so whoever reads only the rest reads the same in both. It is as strict as
//! [`super::strict`], for the outline is read by that, and bulk is held to the grammar here: brackets, commas, keys
//! (none twice), UTF-8. Not looked at in bulk are the spelling of numbers and what stands behind a backslash: neither
//! can move where bulk ends. Memory: the outline, up to a limit, and the keys of the objects that are open.

use super::rewrite::{
    Below, Fate, Handler, Inside, Numbers, Others, Removals, RewriteError, Rewriter, Unexpected, ValueKind,
};
use super::scalar::{ScalarKind, ScalarRewriter};
use super::strict;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What stands in a place of a body.
#[derive(Debug)]
pub enum Part {
    /// Bulk: `null` in the outline.
    Bulk,
    /// An object, with bulk under these keys.
    Keys(&'static [(&'static str, Part)]),
    /// A list, with bulk in each element.
    Each(&'static Part),
}

/// Why there is no outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlineError {
    /// It is not JSON.
    NotJson(RewriteError),
    /// It is not UTF-8.
    NotUtf8,
    /// A key stands twice in an object.
    DuplicateKey,
    /// A key is longer than any that is kept, or there are too many keys in one object.
    Keys,
    /// It is longer than the limit.
    TooLong,
}

impl fmt::Display for OutlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutlineError::NotJson(error) => error.fmt(f),
            OutlineError::NotUtf8 => f.write_str("it is not UTF-8"),
            OutlineError::DuplicateKey => f.write_str("a key stands twice in an object"),
            OutlineError::Keys => f.write_str("a key is too long, or an object has too many"),
            OutlineError::TooLong => f.write_str("what is not bulk is longer than the limit"),
        }
    }
}

impl std::error::Error for OutlineError {}

/// The longest key in bulk, and how many keys may be open at once.
const LONGEST_KEY: usize = 4096;
const MOST_KEYS: usize = 65_536;

/// Makes the outline of one body. It cannot be printed: it may hold values that were not masked yet.
pub struct Outliner {
    rewriter: Rewriter<Bulk>,
    bulk: Bulk,
    text: Utf8,
    out: Vec<u8>,
    limit: usize,
}

impl Outliner {
    /// For a body with its bulk there. The outline has at most `limit` bytes.
    pub fn new(root: &'static Part, limit: usize) -> Outliner {
        Outliner {
            rewriter: Rewriter::new(Place::At(root)),
            bulk: Bulk::default(),
            text: Utf8::default(),
            out: Vec::new(),
            limit,
        }
    }

    /// Takes more of the body.
    ///
    /// # Errors
    /// What is no body, and more than the limit. It cannot be read on.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), OutlineError> {
        self.text.push(chunk)?;
        // Where nothing was left out of a chunk, it is all of it outline.
        let rewritten = self.rewriter.push(&mut self.bulk, chunk, &mut self.out);
        match rewritten.map_err(|error| self.bulk.why.unwrap_or(OutlineError::NotJson(error)))? {
            super::rewrite::Output::Unchanged => self.out.extend_from_slice(chunk),
            super::rewrite::Output::Rewritten => {}
        }
        if self.out.len() > self.limit {
            return Err(OutlineError::TooLong);
        }
        Ok(())
    }

    /// Whether the body's value is complete. Nothing but blanks may follow.
    pub fn is_whole(&mut self) -> bool {
        self.bulk.depth == 0
            && self.bulk.begun
            && self.rewriter.finish(&mut self.bulk, &mut Vec::new()).is_ok()
    }

    /// The outline of what was read: JSON, also where the end of the body has not come. A member or element that is
    /// cut is not in it.
    pub fn so_far(&self) -> Vec<u8> {
        let mut whole = 0;
        let mut open: Vec<u8> = Vec::new();
        let (mut in_string, mut escaped) = (false, false);
        for (at, byte) in self.out.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => {
                    open.push(*byte + 2);
                    whole = at + 1;
                }
                b'}' | b']' => {
                    open.pop();
                    whole = at + 1;
                }
                b',' => whole = at,
                _ => {}
            }
        }
        let mut outline = self.out.get(..whole).unwrap_or_default().to_vec();
        outline.extend(open.iter().rev());
        outline
    }
}

/// What is known of the place of a value.
#[derive(Clone, Copy)]
enum Place {
    /// It stays as it is.
    Kept,
    /// This is there.
    At(&'static Part),
    /// It is in bulk.
    Within,
}

/// Leaves bulk out, and looks for keys that stand twice in it.
#[derive(Default)]
struct Bulk {
    begun: bool,
    depth: usize,
    /// The keys of the objects that are open in bulk, by their depth and their hash. Two keys of one hash count as one:
    /// that can only refuse.
    keys: BTreeSet<(usize, u64)>,
    /// Why a key was not taken.
    why: Option<OutlineError>,
    nothing: Nothing,
}

/// No value is rewritten.
#[derive(Default)]
struct Nothing;

impl ScalarRewriter for Nothing {
    fn begin(&mut self, _: ScalarKind, _: &mut Vec<u8>) {}

    fn plain(&mut self, _: &str, _: &mut Vec<u8>) {}

    fn escape(&mut self, _: &str, _: char, _: &mut Vec<u8>) {}

    fn end(&mut self, _: &mut Vec<u8>) {}
}

impl Handler for Bulk {
    type Place = Place;
    /// Every key is looked at.
    type Known = Infallible;

    fn member(&mut self, object: Place, _: u64, key: Option<&[u8]>) -> Result<Place, Unexpected> {
        match object {
            Place::At(Part::Keys(parts)) => {
                let part = parts.iter().find(|(known, _)| Some(known.as_bytes()) == key);
                Ok(part.map_or(Place::Kept, |(_, part)| Place::At(part)))
            }
            Place::Within => {
                let why = match key {
                    None => OutlineError::Keys,
                    Some(_) if self.keys.len() == MOST_KEYS => OutlineError::Keys,
                    Some(key) => {
                        let mut hasher = DefaultHasher::new();
                        key.hash(&mut hasher);
                        if self.keys.insert((self.depth, hasher.finish())) {
                            return Ok(Place::Within);
                        }
                        OutlineError::DuplicateKey
                    }
                };
                self.why = Some(why);
                Err(Unexpected)
            }
            Place::Kept | Place::At(_) => Ok(Place::Kept),
        }
    }

    fn known_member(&mut self, _: Place, _: u64, known: Infallible) -> Result<Place, Unexpected> {
        match known {}
    }

    fn element(&mut self, array: Place, _: u64) -> Place {
        match array {
            Place::At(Part::Each(part)) => Place::At(part),
            Place::Within => Place::Within,
            Place::Kept | Place::At(_) => Place::Kept,
        }
    }

    fn value(&mut self, at: &mut Place, kind: ValueKind) -> Fate {
        self.begun = true;
        match (&at, kind) {
            (Place::At(Part::Bulk), _) => {
                *at = Place::Within;
                Fate::Replace(Below::Walk)
            }
            (Place::At(Part::Keys(_)), ValueKind::Object) | (Place::At(Part::Each(_)), ValueKind::Array) => {
                Fate::Walk
            }
            (Place::Within, ValueKind::Object | ValueKind::Array) => {
                if self.depth < strict::MAX_DEPTH {
                    Fate::Walk
                } else {
                    self.why = Some(OutlineError::NotJson(RewriteError::TooDeep));
                    Fate::Refuse
                }
            }
            _ => Fate::Copy,
        }
    }

    fn enter(&mut self, _: Place, _: ValueKind) -> Inside {
        self.depth += 1;
        Inside {
            removals: Removals::Never,
            numbers: Numbers::Copied,
            others: Others::Asked,
        }
    }

    fn leave(&mut self) {
        drop(self.keys.split_off(&(self.depth, 0)));
        self.depth = self.depth.saturating_sub(1);
    }

    fn removes(&self, _: Place) -> bool {
        false
    }

    fn replacement(&self, _: Place) -> &[u8] {
        b"null"
    }

    fn rewriter(&mut self, _: Place) -> &mut dyn ScalarRewriter {
        &mut self.nothing
    }

    fn masked(&mut self, _: Place, _: u64) {}

    fn known(&self, _: &[u8]) -> Option<Infallible> {
        None
    }

    fn longest_key(&self) -> usize {
        LONGEST_KEY
    }
}

/// Looks whether bytes that come in pieces are UTF-8.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character that is cut.
    cut: Vec<u8>,
}

impl Utf8 {
    fn push(&mut self, chunk: &[u8]) -> Result<(), OutlineError> {
        let mut rest = chunk;
        while !self.cut.is_empty() {
            let Some((&byte, after)) = rest.split_first() else {
                return Ok(());
            };
            rest = after;
            self.cut.push(byte);
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(OutlineError::NotUtf8),
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_none() => {
                self.cut
                    .extend_from_slice(rest.get(error.valid_up_to()..).unwrap_or_default());
                Ok(())
            }
            Err(_) => Err(OutlineError::NotUtf8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static BATCH: Part = Part::Keys(&[
        ("data", Part::Bulk),
        (
            "operations",
            Part::Each(&Part::Keys(&[("upsert", Part::Keys(&[("points", Part::Bulk)]))])),
        ),
    ]);

    fn streamed(chunks: &[&[u8]], limit: usize) -> Result<Option<String>, OutlineError> {
        let mut outliner = Outliner::new(&BATCH, limit);
        for chunk in chunks {
            outliner.push(chunk)?;
        }
        let whole = outliner.is_whole();
        Ok(whole.then(|| String::from_utf8(outliner.so_far()).unwrap()))
    }

    #[test]
    fn bulk_is_left_out_and_the_rest_stays() {
        let body = br#"{"data" : [{"a": [1,2.5], "b": "}"}, 3], "name":"docs",
            "operations":[{"upsert":{"points":[{"id":1}],"update_filter":{"must":[]}}},{"delete":{"points":[1]}}]}"#;
        let outline = r#"{"data" : null, "name":"docs",
            "operations":[{"upsert":{"points":null,"update_filter":{"must":[]}}},{"delete":{"points":[1]}}]}"#;
        assert_eq!(streamed(&[body], 1000), Ok(Some(outline.to_owned())));
        assert_eq!(streamed(&[body], 50), Err(OutlineError::TooLong));
    }

    #[test]
    fn what_is_begun_is_json_already() {
        for (begun, so_far) in [
            (r#""#, ""),
            (r#"{"#, "{}"),
            (r#"{"name":"do"#, "{}"),
            (r#"{"name":"docs""#, "{}"),
            (r#"{"name":"docs","data":[1,2"#, r#"{"name":"docs"}"#),
            (r#"{"data":[1],"name":"docs","#, r#"{"data":null,"name":"docs"}"#),
            (
                r#"{"operations":[{"upsert":{"points":[{"id""#,
                r#"{"operations":[{"upsert":{}}]}"#,
            ),
            (
                r#"{"operations":[{"upsert":{}},{"delete"#,
                r#"{"operations":[{"upsert":{}},{}]}"#,
            ),
        ] {
            let mut outliner = Outliner::new(&BATCH, 1000);
            outliner.push(begun.as_bytes()).unwrap();
            assert!(!outliner.is_whole());
            assert_eq!(String::from_utf8(outliner.so_far()).unwrap(), so_far, "{begun}");
        }
    }

    #[test]
    fn what_is_refused() {
        use OutlineError::*;
        let deep = format!(r#"{{"data":{}"#, "[".repeat(200));
        let keys: String = (0..70_000).map(|n| format!(r#""{n}":0,"#)).collect();
        let many = format!(r#"{{"data":{{{keys}"#);
        let long = format!(r#"{{"data":{{"{}":1}}"#, "k".repeat(5000));
        for (body, error) in [
            (&br#"{"data":[{"a":1,"a":2}]}"#[..], DuplicateKey),
            (br#"{"data":[{"a":1,"\u0061":2}]}"#, DuplicateKey),
            (br#"{"data":{"a":{"b":1},"c":{"b":1},"a":0}}"#, DuplicateKey),
            (b"{\"data\":[\"\xff\"]}", NotUtf8),
            (br#"{"data":[x]}"#, NotJson(RewriteError::NotJson { at: 9 })),
            (br#"{"data":[1}}"#, NotJson(RewriteError::NotJson { at: 10 })),
            (br#"{"data":[1]} {}"#, NotJson(RewriteError::Trailing { at: 13 })),
            (b"\xef\xbb\xbf{}", NotJson(RewriteError::NotJson { at: 0 })),
            (deep.as_bytes(), NotJson(RewriteError::TooDeep)),
            (many.as_bytes(), Keys),
            (long.as_bytes(), Keys),
        ] {
            assert_eq!(
                streamed(&[body], 10_000),
                Err(error),
                "{:?}",
                String::from_utf8_lossy(&body[..body.len().min(60)])
            );
        }
        let same_key_twice_but_apart = br#"{"data":[{"a":1},{"a":2}]}"#;
        assert!(streamed(&[same_key_twice_but_apart], 100).is_ok());
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            (-9i32..99).prop_map(|n| n.to_string()),
            prop::sample::select(vec![
                r#""""#,
                r#""a\"b\\""#,
                r#""ö€😀""#,
                "1.5e3",
                "true",
                "[1,2,3]",
                "x",
                "\"\\u00e9"
            ])
            .prop_map(str::to_owned),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            let key = prop::sample::select(vec![
                "data",
                "operations",
                "upsert",
                "points",
                "name",
                "k\\u0065y",
                "key",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|parts| format!("[{}]", parts.join(" ,"))),
                prop::collection::vec((key, inner), 0..5).prop_map(|members| {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(key, value)| format!("\"{key}\": {value}"))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    /// The outline of a document that is at hand.
    fn outlined(value: &mut serde_json::Value, part: &Part) {
        match part {
            Part::Bulk => *value = serde_json::Value::Null,
            Part::Keys(parts) => {
                for (key, part) in *parts {
                    if let Some(value) = value.as_object_mut().and_then(|object| object.get_mut(*key)) {
                        outlined(value, part);
                    }
                }
            }
            Part::Each(part) => {
                for value in value.as_array_mut().into_iter().flatten() {
                    outlined(value, part);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_outline_of_the_whole(
            body in json(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            prop_assume!(body.starts_with(['{', '[']));
            let bytes = body.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            if strict::parse(bytes).is_ok() {
                let mut outliner = Outliner::new(&BATCH, usize::MAX);
                for chunk in &chunks {
                    outliner.push(chunk).unwrap();
                    let so_far = outliner.so_far();
                    prop_assert!(so_far.is_empty() || strict::parse(&so_far).is_ok());
                }
            }
            let outline = streamed(&chunks, usize::MAX).ok().flatten();
            let outline = outline.filter(|outline| strict::parse(outline.as_bytes()).is_ok());
            let expected = strict::parse(bytes).is_ok().then(|| {
                let mut value: serde_json::Value = serde_json::from_str(&body).unwrap();
                outlined(&mut value, &BATCH);
                value
            });
            let outline = outline.map(|outline| serde_json::from_str::<serde_json::Value>(&outline).unwrap());
            prop_assert_eq!(outline, expected);
        }
    }
}
