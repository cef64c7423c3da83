//! Access keys of clouds and of services: a fixed prefix and the form that the issuer documents; and the secrets
//! that stand beside a name that says so (`aws_secret_access_key`, `AccountKey=`).

use super::{End, Next, Rest, Window, is_word, search};
use std::sync::LazyLock;

/// A form of keys (no key is shorter than [`search::SHORTEST_TOKEN`]): what they begin with, and what the rest is.
struct Form {
    prefix: &'static str,
    alphabet: Alphabet,
    /// The least and the greatest length of the rest.
    length: (usize, usize),
    /// What else is asked of the rest, where prefix and length alone say too little.
    proof: Proof,
}

#[derive(Clone, Copy)]
enum Alphabet {
    Hex,
    UpperDigits,
    Alphanumeric,
    Word,
    Base64Url,
    Base64,
    Dotted,
}

#[derive(Clone, Copy)]
enum Proof {
    None,
    Digit,
    Mixed,
}

impl Alphabet {
    fn holds(self, byte: u8) -> bool {
        match self {
            Alphabet::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Alphabet::UpperDigits => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Alphabet::Alphanumeric => byte.is_ascii_alphanumeric(),
            Alphabet::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Alphabet::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Alphabet::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Alphabet::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
        }
    }
}

impl Proof {
    fn holds(self, rest: &str) -> bool {
        let has = |class: fn(&u8) -> bool| rest.as_bytes().iter().any(class);
        match self {
            Proof::None => true,
            Proof::Digit => has(u8::is_ascii_digit),
            Proof::Mixed => {
                has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
            }
        }
    }
}

/// The longest rest that is looked at.
const LONGEST: usize = 300;

const fn form(prefix: &'static str, alphabet: Alphabet, length: (usize, usize), proof: Proof) -> Form {
    Form {
        prefix,
        alphabet,
        length,
        proof,
    }
}

const FORMS: &[Form] = &[
    // AWS access key ids, by what they belong to.
    form("AKIA", Alphabet::UpperDigits, (16, 16), Proof::None),
    form("ASIA", Alphabet::UpperDigits, (16, 16), Proof::Digit),
    form("ABIA", Alphabet::UpperDigits, (16, 16), Proof::Digit),
    form("ACCA", Alphabet::UpperDigits, (16, 16), Proof::Digit),
    // Google: API keys, OAuth tokens and client secrets.
    form("AIza", Alphabet::Base64Url, (35, 35), Proof::None),
    form("ya29.", Alphabet::Base64Url, (20, LONGEST), Proof::Digit),
    form("GOCSPX-", Alphabet::Base64Url, (28, 28), Proof::None),
    // GitHub, GitLab.
    form("ghp_", Alphabet::Alphanumeric, (36, 255), Proof::None),
    form("gho_", Alphabet::Alphanumeric, (36, 255), Proof::None),
    form("ghu_", Alphabet::Alphanumeric, (36, 255), Proof::None),
    form("ghs_", Alphabet::Alphanumeric, (36, 255), Proof::None),
    form("ghr_", Alphabet::Alphanumeric, (36, 255), Proof::None),
    form("github_pat_", Alphabet::Word, (22, 255), Proof::Digit),
    form("glpat-", Alphabet::Dotted, (20, LONGEST), Proof::None),
    // Slack.
    form("xoxb-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxp-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxa-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxr-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxs-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxe-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xoxe.xox", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    form("xapp-", Alphabet::Base64Url, (10, LONGEST), Proof::Digit),
    // Stripe.
    form("sk_live_", Alphabet::Alphanumeric, (16, 255), Proof::None),
    form("sk_test_", Alphabet::Alphanumeric, (16, 255), Proof::None),
    form("rk_live_", Alphabet::Alphanumeric, (16, 255), Proof::None),
    form("rk_test_", Alphabet::Alphanumeric, (16, 255), Proof::None),
    form("whsec_", Alphabet::Base64, (24, 128), Proof::Digit),
    // Providers of models.
    form("sk-proj-", Alphabet::Base64Url, (20, LONGEST), Proof::Mixed),
    form("sk-svcacct-", Alphabet::Base64Url, (20, LONGEST), Proof::Mixed),
    form("sk-admin-", Alphabet::Base64Url, (20, LONGEST), Proof::Mixed),
    form("sk-ant-", Alphabet::Base64Url, (20, LONGEST), Proof::Mixed),
    form("sk-or-v1-", Alphabet::Hex, (64, 64), Proof::None),
    form("sk-", Alphabet::Alphanumeric, (32, 64), Proof::Digit),
    form("gsk_", Alphabet::Alphanumeric, (40, 64), Proof::Digit),
    form("hf_", Alphabet::Alphanumeric, (34, 40), Proof::Mixed),
    form("r8_", Alphabet::Alphanumeric, (37, 37), Proof::None),
    form("nvapi-", Alphabet::Base64Url, (60, 80), Proof::None),
    form("pcsk_", Alphabet::Word, (40, 128), Proof::Mixed),
    // Others.
    form("SG.", Alphabet::Dotted, (66, 66), Proof::Mixed),
    form("npm_", Alphabet::Alphanumeric, (36, 36), Proof::None),
    form("pypi-AgE", Alphabet::Base64Url, (50, LONGEST), Proof::None),
    form("dop_v1_", Alphabet::Hex, (64, 64), Proof::None),
    form("shpat_", Alphabet::Hex, (32, 32), Proof::None),
    form("shpss_", Alphabet::Hex, (32, 32), Proof::None),
    form("shpca_", Alphabet::Hex, (32, 32), Proof::None),
    form("dckr_pat_", Alphabet::Base64Url, (27, 27), Proof::None),
    form("dapi", Alphabet::Hex, (32, 32), Proof::None),
    form("hvs.", Alphabet::Base64Url, (24, LONGEST), Proof::Mixed),
    form("AGE-SECRET-KEY-1", Alphabet::UpperDigits, (58, 58), Proof::None),
];

/// Which forms a key may have by its first two bytes, so that few words are compared with any.
static BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(Beginnings::new);

/// For each byte, the forms whose prefix has it in the first, and in the second place: a bit for each form.
struct Beginnings {
    first: [u64; 256],
    second: [u64; 256],
}

const _: () = assert!(FORMS.len() <= 64);

const _: () = {
    let mut forms = FORMS;
    while let [form, rest @ ..] = forms {
        assert!(form.prefix.len() + form.length.0 >= search::SHORTEST_TOKEN);
        forms = rest;
    }
};

impl Beginnings {
    fn new() -> Beginnings {
        let mut found = Beginnings {
            first: [0; 256],
            second: [0; 256],
        };
        for (index, form) in FORMS.iter().enumerate() {
            let mut bytes = form.prefix.bytes();
            for place in [&mut found.first, &mut found.second] {
                if let Some(bits) = bytes.next().and_then(|byte| place.get_mut(usize::from(byte))) {
                    *bits |= 1 << index;
                }
            }
        }
        found
    }

    fn forms(&self, first: u8, second: u8) -> impl Iterator<Item = &'static Form> {
        let bits = |place: &[u64; 256], byte: u8| place.get(usize::from(byte)).copied().unwrap_or_default();
        let mut left = bits(&self.first, first) & bits(&self.second, second);
        std::iter::from_fn(move || {
            let index = usize::try_from(left.trailing_zeros()).ok()?;
            left &= left.wrapping_sub(1);
            FORMS.get(index)
        })
    }
}

/// Names right after which a secret stands, and the secret's form.
const NAMED: &[Form] = &[
    form("AccountKey=", Alphabet::Base64, (88, 88), Proof::None),
    form("SharedAccessKey=", Alphabet::Base64, (44, 44), Proof::None),
];

/// The length of a secret access key of AWS, which has no prefix.
const AWS_SECRET: usize = 40;

/// How far before it the word secret, or a key id, is looked for: a line of column names may stand between.
const FAR_FROM_NAME: usize = 64;

pub(super) fn next(window: &Window<'_>, from: usize) -> Next {
    window.scan(from, candidate, matches)
}

/// Where a word begins, in a run long enough for a key, that a key could begin with.
fn candidate(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut at = search::token(window, from)?;
    loop {
        if may_begin(window, at) {
            return Some(at);
        }
        at = window.past_word(at);
        if !window.before(at + 1, 1).is_some_and(search::in_token) {
            at = search::token(window, at)?;
        }
    }
}

fn may_begin(window: &Window<'_>, at: usize) -> bool {
    let (first, second) = (window.before(at + 1, 1), window.before(at + 2, 1));
    let prefixed = match (first, second) {
        (Some(first), Some(second)) => BEGINNINGS.forms(first, second).next().is_some(),
        _ => true,
    };
    let secret = match window.before(at + AWS_SECRET, 1) {
        Some(last) => in_secret(last),
        None => window.rest() == Rest::More,
    };
    prefixed || secret || window.before(at, 1) == Some(b'=')
}

fn matches(window: &Window<'_>, at: usize) -> Option<(usize, End)> {
    let before = window.before(at, 1);
    if before.is_some_and(is_word) {
        return None;
    }
    let prefixed = || {
        let mut may_be = BEGINNINGS.forms(window.at(at)?, window.at(at + 1)?);
        may_be.find_map(|form| {
            let start = at + form.prefix.len();
            window
                .is_at(at, form.prefix)
                .then(|| rest_of(window, form, start))?
        })
    };
    let named = || {
        NAMED.iter().find_map(|form| {
            let name = window.slice(at.checked_sub(form.prefix.len())?, at);
            (name == form.prefix).then(|| rest_of(window, form, at))?
        })
    };
    let end = match before {
        Some(b'=') => named().or_else(prefixed),
        _ => prefixed(),
    };
    let end = end.or_else(|| aws_secret(window, at))?;
    Some((at, End::At(end)))
}

/// The end of the rest of a key, if it has the form.
fn rest_of(window: &Window<'_>, form: &Form, start: usize) -> Option<usize> {
    let (least, greatest) = form.length;
    let mut end = window.run(start, greatest + 1, |byte| form.alphabet.holds(byte));
    // A dot at the end of a sentence is not part of the key.
    if matches!(form.alphabet, Alphabet::Dotted) && window.slice(start, end).ends_with('.') {
        end -= 1;
    }
    let whole = (least..=greatest).contains(&(end - start)) && !window.at(end).is_some_and(is_word);
    (whole && form.proof.holds(window.slice(start, end))).then_some(end)
}

fn in_secret(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// A secret access key of AWS: 40 characters of base64, known by what stands before it.
fn aws_secret(window: &Window<'_>, at: usize) -> Option<usize> {
    if window.before(at, 1).is_some_and(in_secret) {
        return None;
    }
    // Cheapest first: words are shorter.
    let reaches = |back: usize| window.at(at + AWS_SECRET - back).is_some_and(in_secret);
    if !(reaches(1) && reaches(AWS_SECRET / 2) && reaches(AWS_SECRET - 8)) {
        return None;
    }
    let end = window.run(at, AWS_SECRET + 1, in_secret);
    let whole = end - at == AWS_SECRET && window.at(end) != Some(b'=');
    if !whole || !Proof::Mixed.holds(window.slice(at, end)) {
        return None;
    }
    let before = window.bytes_before(at, FAR_FROM_NAME);
    let says_secret = before.windows(6).any(|word| word.eq_ignore_ascii_case(b"secret"));
    let key_id = before.windows(4).any(|word| matches!(word, b"AKIA" | b"ASIA"));
    (says_secret || key_id).then_some(end)
}
