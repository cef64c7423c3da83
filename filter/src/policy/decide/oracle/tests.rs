//! References against masked places, each pair by itself.

use super::*;
use crate::operation::Through;

fn reference(keys: &str) -> Vec<String> {
    keys.split('.').map(str::to_owned).collect()
}

#[test]
fn field_names_begin_anywhere() {
    for (pattern, keys, touch) in [
        ("email", "email", Touch::Whole),
        ("email", "contact.email", Touch::Whole),
        ("email", "email.domain", Touch::Whole),
        ("email", "contact", Touch::None),
        ("email", "emails", Touch::None),
        ("contact", "contact.email", Touch::Whole),
        ("contact.email", "contact.email", Touch::Whole),
        ("contact.email", "user.contact.email", Touch::Whole),
        ("contact.email", "contact", Touch::Inside),
        ("contact.email", "user.contact", Touch::Inside),
        ("contact.email", "email", Touch::None),
        ("contact.email", "contact.phone", Touch::None),
        ("contact.email", "contact.work.email", Touch::None),
        ("contact.*", "contact.phone", Touch::Whole),
        // An array of contacts: references leave its level out.
        ("contact.*", "contact", Touch::Whole),
        ("people.*.email", "people.email", Touch::Whole),
        ("people.*.email", "people.ann.email", Touch::Whole),
        ("*.email", "city", Touch::None),
        ("a.a.b", "a.a.a.b", Touch::Whole),
        ("#document", "#document", Touch::Whole),
    ] {
        let guard = Guard::field(&FieldPattern::parse(pattern).unwrap(), Effect::Refuse);
        assert_eq!(
            guard.touches(&reference(keys), Arrays::LeftOut),
            touch,
            "{pattern} {keys}"
        );
    }
}

#[test]
fn paths_begin_at_the_payload() {
    for (path, keys, touch) in [
        ("$.contact.ssn", "contact.ssn", Touch::Whole),
        ("$.contact.ssn", "contact.ssn.last4", Touch::Whole),
        ("$.contact.ssn", "contact", Touch::Inside),
        ("$.contact.ssn", "ssn", Touch::None),
        ("$.contact.ssn", "user.contact.ssn", Touch::None),
        ("$.people[*].name", "people.name", Touch::Whole),
        ("$.people[0].name", "people.name", Touch::Whole),
        ("$.people[0:2].name", "people", Touch::Inside),
        ("$.people[*].name", "people.age", Touch::None),
        ("$['a','b'].c", "b.c", Touch::Whole),
        ("$['a','b'].c", "d.c", Touch::None),
        ("$.*.ssn", "contact.ssn", Touch::Whole),
        ("$.*.ssn", "contact", Touch::Inside),
        ("$..ssn", "a.b.ssn", Touch::Whole),
        ("$..ssn", "a.b", Touch::None),
        ("$.contact..ssn", "contact.old.ssn", Touch::Whole),
        ("$.contact..ssn", "contact", Touch::Inside),
        ("$.contact..ssn", "contact.city", Touch::None),
    ] {
        let guard = Guard::path(&JsonPath::parse(path).unwrap(), Effect::Refuse);
        assert_eq!(
            guard.touches(&reference(keys), Arrays::LeftOut),
            touch,
            "{path} {keys}"
        );
    }
}

#[test]
fn what_lets_through_is_read_narrowly() {
    // The entry that lets through covers the elements of an array alone, the next one its whole.
    let allow = Guard::field(&FieldPattern::parse("tags.*").unwrap(), Effect::Allow);
    let refuse = Guard::field(&FieldPattern::parse("tags").unwrap(), Effect::Refuse);
    let tags = FieldRef {
        keys: reference("tags"),
        through: Through::Filter,
    };
    assert!(betrays(&[allow.clone(), refuse.clone()], &tags));
    let below = FieldRef {
        keys: reference("tags.x"),
        through: Through::Filter,
    };
    assert!(!betrays(&[allow, refuse], &below));
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let path = format!("${}", "..*..a".repeat(20));
    let guard = Guard::path(&JsonPath::parse(&path).unwrap(), Effect::Refuse);
    let begun = std::time::Instant::now();
    guard.touches(&vec!["b".to_owned(); 1000], Arrays::LeftOut);
    assert!(begun.elapsed() < std::time::Duration::from_secs(2));
}
