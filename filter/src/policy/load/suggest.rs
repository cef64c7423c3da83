//! What was probably meant by a word that means nothing.

use super::super::fault::Hint;

/// The nearest of the known words, or all of them.
pub(super) fn hint(word: &str, known: &'static [&'static str]) -> Hint {
    let asked = folded(word);
    // `round: 3` in quotes, where `{ round: 3 }` is meant.
    if let Some((head, value)) = word.split_once([':', ' '])
        && let Some(known) = known.iter().find(|known| **known == head.trim())
        && !value.trim().is_empty()
    {
        return Hint::DidYouMean(format!(
            "{{ {known}: {} }}",
            value.trim_start_matches([':', ' ']).trim()
        ));
    }
    let nearest = known
        .iter()
        .map(|candidate| (distance(&asked, &folded(candidate)), *candidate))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, candidate)) if distance <= (asked.chars().count() / 3).max(1) => {
            Hint::DidYouMean(candidate.to_owned())
        }
        _ => Hint::OneOf(known.to_vec()),
    }
}

/// Lower case, with one spelling of what separates words: `topK` and `top-k` are `top_k`.
fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len() + 2);
    for c in word.chars().take(64) {
        if c.is_uppercase() && !folded.is_empty() && !folded.ends_with('_') {
            folded.push('_');
        }
        match c {
            '-' | ' ' | '.' => folded.push('_'),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Edit distance, with two neighbours that changed places as one edit.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&row, j + 1) + 1)
                .min(at(&next, j) + 1)
                .min(at(&row, j) + usize::from(x != *y));
            if let (Some(last), Some(j_before)) = (last, j.checked_sub(1))
                && last == *y
                && b.get(j_before) == Some(&x)
            {
                best = best.min(at(&before, j_before) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(x);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &[
        "name",
        "identities",
        "collections",
        "operations",
        "top_k",
        "results",
        "mask",
        "round",
    ];

    #[test]
    fn near_words_are_found() {
        for (word, meant) in [
            ("top-k", "top_k"),
            ("topK", "top_k"),
            ("TopK", "top_k"),
            ("topk", "top_k"),
            ("colections", "collections"),
            ("collection", "collections"),
            ("operation", "operations"),
            ("identites", "identities"),
            ("reslut", "results"),
            ("naem", "name"),
            ("Mask", "mask"),
            ("round: 3", "{ round: 3 }"),
            ("round 3", "{ round: 3 }"),
        ] {
            assert_eq!(hint(word, KEYS), Hint::DidYouMean(meant.to_owned()), "{word}");
        }
    }

    #[test]
    fn far_words_get_the_list() {
        for word in ["", "x", "limit", "permissions", "🦀🦀🦀"] {
            assert_eq!(hint(word, KEYS), Hint::OneOf(KEYS.to_vec()), "{word}");
        }
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("abc", "acb", 1),
            ("abc", "abx", 1),
            ("abc", "xabc", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
