//! Signs that nobody sees: a name that holds one looks like another name.

/// Whether a sign is one that a reader does not see, or that turns the text around it: control characters, marks and
/// overrides of direction, spaces and joiners without width, tags.
///
/// ```
/// use vectorgate::policy::unseen::is_unseen;
///
/// assert!("svc:rag\u{200b}".contains(is_unseen));
/// assert!(!"svc:größe-東京".contains(is_unseen));
/// ```
pub fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
