//! The seam between the streaming rewriter and what is done to one scalar value.
//!
//! The rewriter finds a value; a [`ScalarRewriter`] turns it into another, seeing it in pieces. The pieces are cut
//! anywhere, but never inside a character or an escape.

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// A string; its pieces are what stands between the quotes.
    String,
    /// A number; its pieces are its literal.
    Number,
    /// `true` or `false`; its piece is the literal.
    Bool,
    /// `null`; no pieces.
    Null,
}

/// Writes another value in the place of one scalar.
///
/// Calls come as `begin`, any number of `plain` and `escape`, `end`; what is appended to `out` over all of them must
/// be one JSON value (with its quotes, if it is a string). Memory must be bounded however long the value is.
pub trait ScalarRewriter {
    /// A value of this kind begins.
    fn begin(&mut self, kind: ScalarKind, out: &mut Vec<u8>);
    /// Text that stands in the answer as it is meant: no escapes in it, whole characters.
    fn plain(&mut self, text: &str, out: &mut Vec<u8>);
    /// One escape (a surrogate pair is one): its bytes as they stood, and the character it means. A lone surrogate
    /// means U+FFFD.
    fn escape(&mut self, raw: &str, meaning: char, out: &mut Vec<u8>);
    /// The value is over.
    fn end(&mut self, out: &mut Vec<u8>);

    /// A value that is there as a whole, without escapes or anything that needs one: the same as the other calls one
    /// after the other.
    fn whole(&mut self, kind: ScalarKind, text: &str, out: &mut Vec<u8>) {
        self.begin(kind, out);
        self.plain(text, out);
        self.end(out);
    }

    /// Goes on in a list of numbers that all become what this makes of them. `bytes` from `from` on begin behind a
    /// number; says behind which number it stopped, and how many it wrote. What it does not read as far as it could
    /// is read one by one.
    fn numbers(&mut self, bytes: &[u8], from: usize, out: &mut Vec<u8>) -> (usize, u64) {
        let _ = (bytes, out);
        (from, 0)
    }
}
