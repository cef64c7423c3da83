//! Tables of endpoints: a REST dialect's protocol facts as data, found by method and path.

use crate::operation::Kind;
use crate::wire::target::Target;

/// One endpoint of a database: a row of its dialect's table. `D` is what the dialect itself needs to know.
#[derive(Debug)]
pub struct Endpoint<D: 'static> {
    /// Its name in records and support tables.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path: literal segments, `{name}` for any one segment, `{*name}` at the end for one or more.
    pub path: &'static str,
    /// What it can mean, in words that policies use. More than one where the body decides.
    pub kinds: &'static [Kind],
    /// The query parameters it knows. Any other is refused: a newer server might give it a meaning.
    pub parameters: &'static [&'static str],
    /// What bounds the number of its results; empty where it returns none.
    pub bounded: &'static str,
    /// How its answer is masked, in words.
    pub masked: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
    /// The dialect's own part.
    pub detail: D,
}

/// A row of a support table, for documents.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct EndpointRow {
    /// Its name in records.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// What it can mean.
    pub kinds: &'static [Kind],
    /// What bounds the number of its results; empty where it returns none.
    pub bounded: &'static str,
    /// How its answer is masked, in words.
    pub masked: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
}

impl<D> Endpoint<D> {
    /// The row without the dialect's own part.
    pub fn row(&self) -> EndpointRow {
        EndpointRow {
            name: self.name,
            method: self.method,
            path: self.path,
            kinds: self.kinds,
            bounded: self.bounded,
            masked: self.masked,
            source: self.source,
        }
    }
}

/// The variable segments of a path that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captures<'t>(Vec<(&'static str, &'t str)>);

impl<'t> Captures<'t> {
    /// The segment in place of `{name}`, decoded.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    }
}

/// What a table says about a request.
#[derive(Debug)]
pub enum Found<'t, D: 'static> {
    /// This row.
    Endpoint(&'static Endpoint<D>, Captures<'t>),
    /// The path is in the table, with other methods.
    OtherMethod,
    /// The path is not in the table.
    Nothing,
}

/// Finds a request in a table; the first row that fits is the one.
pub fn find<'t, D>(table: &'static [Endpoint<D>], method: &str, target: &'t Target) -> Found<'t, D> {
    let (of_method, others) = (
        table.iter().filter(|endpoint| endpoint.method == method),
        table.iter().filter(|endpoint| endpoint.method != method),
    );
    for endpoint in of_method {
        if let Some(captures) = captures(endpoint.path, target) {
            return Found::Endpoint(endpoint, captures);
        }
    }
    if others
        .into_iter()
        .any(|endpoint| captures(endpoint.path, target).is_some())
    {
        Found::OtherMethod
    } else {
        Found::Nothing
    }
}

fn captures<'t>(template: &'static str, target: &'t Target) -> Option<Captures<'t>> {
    // Every request is held against many rows, so most must cost little: they differ in their last segment, and only of
    // the one that fits anything is kept.
    let Some(last) = target.segments.last() else {
        return (template == "/").then(|| Captures(Vec::new()));
    };
    let could_fit = match template.as_bytes().last() {
        Some(b'}') => true,
        byte if byte != last.as_bytes().last() => false,
        _ => template.ends_with(last.as_str()),
    };
    if !could_fit || !fits(template, target, |_, _| {}) {
        return None;
    }
    let mut captured = Vec::new();
    fits(template, target, |name, segment| captured.push((name, segment)));
    Some(Captures(captured))
}

/// Whether a target fits a template, told each segment that stands for a name.
fn fits<'t>(template: &'static str, target: &'t Target, mut tell: impl FnMut(&'static str, &'t str)) -> bool {
    let Some(mut rest) = template.strip_prefix('/') else {
        return false;
    };
    for segment in &target.segments {
        let after = match rest.strip_prefix('{') {
            None => rest.strip_prefix(segment.as_str()),
            // Names are short: a search by bytes is over before one for long texts has begun.
            Some(named) => match named.bytes().position(|byte| byte == b'}') {
                None => None,
                Some(_) if named.starts_with('*') => return true,
                Some(end) => {
                    tell(named.get(..end).unwrap_or_default(), segment);
                    named.get(end + 1..)
                }
            },
        };
        rest = match after {
            Some("") => "",
            Some(after) => match after.strip_prefix('/') {
                Some(after) => after,
                None => return false,
            },
            None => return false,
        };
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn row(name: &'static str, method: &'static str, path: &'static str) -> Endpoint<()> {
        Endpoint {
            name,
            method,
            path,
            kinds: &[Kind::Meta],
            parameters: &[],
            bounded: "",
            masked: "",
            source: "",
            detail: (),
        }
    }

    static TABLE: [Endpoint<()>; 5] = [
        row("root", "GET", "/"),
        row("attach", "POST", "/c/{id}/attach"),
        row("read", "GET", "/c/{id}/{what}"),
        row("drop", "DELETE", "/c/{id}"),
        row("pages", "GET", "/docs/{*rest}"),
    ];

    #[test]
    fn rows_are_found_by_method_and_whole_path() {
        for (method, path, expected) in [
            ("GET", "/", "root"),
            ("POST", "/c/x/attach", "attach"),
            ("GET", "/c/x/attach", "read"),
            ("POST", "/c/x/other", "other method"),
            ("DELETE", "/c/x", "drop"),
            ("delete", "/c/x", "other method"),
            ("DELETE", "/c/x/y/z", "nothing"),
            ("DELETE", "/c", "nothing"),
            ("GET", "/docs/a/b", "pages"),
            ("GET", "/docs", "nothing"),
            ("GET", "/C/x/y", "nothing"),
        ] {
            let target = Target::parse(path).expect(path);
            let name = match find(&TABLE, method, &target) {
                Found::Endpoint(endpoint, _) => endpoint.name,
                Found::OtherMethod => "other method",
                Found::Nothing => "nothing",
            };
            assert_eq!(name, expected, "{method} {path}");
        }
    }

    /// Part by part, as a template reads.
    fn fits_by_parts<'t>(template: &'static str, target: &'t Target) -> Option<Vec<(&'static str, &'t str)>> {
        let parts: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
        let mut captured = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let segment = target.segments.get(n)?;
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) if name.starts_with('*') => return Some(captured),
                Some(name) => captured.push((name, segment.as_str())),
                None if part == segment => {}
                None => return None,
            }
        }
        (parts.len() == target.segments.len()).then_some(captured)
    }

    proptest! {
        #[test]
        fn a_target_fits_where_all_its_parts_do(
            segments in prop::collection::vec(prop::sample::select(vec!["c", "docs", "doc", "attach", "x", "{id}", "what"]), 0..5),
        ) {
            let segments = segments.into_iter().map(str::to_owned).collect();
            let target = Target { raw: String::new(), segments, query: Vec::new() };
            for row in &TABLE {
                prop_assert_eq!(captures(row.path, &target).map(|found| found.0), fits_by_parts(row.path, &target));
            }
        }
    }

    #[test]
    fn captures_are_the_decoded_segments() {
        let target = Target::parse("/c/a%20b/what").expect("normal form");
        let Found::Endpoint(_, captures) = find(&TABLE, "GET", &target) else {
            panic!("not found")
        };
        assert_eq!(captures.get("id"), Some("a b"));
        assert_eq!(captures.get("what"), Some("what"));
        assert_eq!(captures.get("rest"), None);
    }
}
