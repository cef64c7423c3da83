//! US social security numbers: `###-##-####`, the dashes required, within the ranges that were ever given out.

use super::{End, Next, Window, digits, search};

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, search::digit, matches)
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    // Cheapest first: three digits and a separator.
    if !digits::begins_word(window, at) {
        return None;
    }
    let area_end = digits::run(window, at);
    if area_end - at != 3 || !digits::goes_on(window, area_end) {
        return None;
    }
    let groups = digits::Groups::read(window, at);
    let (area, group, serial) = (groups.value(0)?, groups.value(1)?, groups.value(2)?);
    let end = groups.end(2)?;
    let shape = groups.lengths_are(&[3, 2, 4]) && groups.separated_by(0..2, digits::Separator::Dash);
    let given = (1..=899).contains(&area) && area != 666 && group > 0 && serial > 0;
    (shape && given && digits::ends_word(window, end)).then_some((at, End::At(end)))
}
