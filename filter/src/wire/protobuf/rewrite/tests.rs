//! A made-up protocol: any cut, any nesting, the same answer; lengths, fillings and memory.

use super::*;
use crate::wire::grpc::frame;
use crate::wire::protobuf::read::{Records, Value};
use crate::wire::protobuf::varint::{HIGHEST_FIELD, push_bytes, push_varint};
use proptest::prelude::*;

/// | field | becomes |
/// |---|---|
/// | 1 | a message, walked |
/// | 2 | a text: `grow…` becomes 70 bytes, `cut…` three, `gone…` nothing |
/// | 3 | taken out |
/// | 4 | blocks of four bytes, the first byte of each set to 1 if it is 0 |
/// | 5 | a message that is opened: taken out if it starts with field 2 `gone`, copied if with `same` |
/// | other | copied |
#[derive(Clone, Debug, Default)]
struct Made {
    seen: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
enum At {
    Message,
    Text,
    Blocks,
}

impl Rewriter for Made {
    type Place = At;
    type Error = Fault;

    fn treat(&mut self, _place: &At, key: Key) -> Result<Treat<At>, Fault> {
        self.seen.push(key.number);
        Ok(match key.number {
            1 => Treat::Walk(At::Message),
            2 => Treat::Whole(At::Text),
            3 => Treat::Drop,
            4 => Treat::Blocks {
                place: At::Blocks,
                width: 4,
            },
            5 => Treat::Open(At::Message),
            _ => Treat::Copy,
        })
    }

    fn open(&mut self, _place: &At, content: Extent<'_>) -> Result<Opened<At>, Fault> {
        let (Extent::All(content) | Extent::Front { bytes: content, .. }) = content;
        let first = Records::new(content).next().and_then(Result::ok);
        Ok(match first.and_then(|record| record.content()) {
            Some(b"gone") => Opened::Drop,
            Some(b"same") => Opened::Copy,
            _ => Opened::Walk(At::Message),
        })
    }

    fn rewrite(&mut self, _place: &At, record: &Record<'_>, out: &mut Vec<u8>) -> Result<Outcome, Fault> {
        let content = record
            .content()
            .ok_or(Fault::Wire(Problem::WrongType("a text")))?;
        match content {
            [b'g', b'r', b'o', b'w', ..] => push_bytes(2, &[b'#'; 70], out),
            [b'c', b'u', b't', ..] => push_bytes(2, b"***", out),
            [b'g', b'o', b'n', b'e', ..] => {}
            _ => return Ok(Outcome::Same),
        }
        Ok(Outcome::Changed)
    }

    fn blocks(&mut self, _place: &At, blocks: &mut [u8]) -> Result<Outcome, Fault> {
        assert!(blocks.len().is_multiple_of(4));
        let mut outcome = Outcome::Same;
        for block in blocks.chunks_mut(4) {
            if block[0] == 0 {
                block[0] = 1;
                outcome = Outcome::Changed;
            }
        }
        Ok(outcome)
    }
}

const SMALL: Limits = Limits {
    message: u32::MAX,
    whole: 40,
    unit: 300,
    growth: 1 << 30,
};

fn stream(growth: Growth, limits: Limits) -> Stream<Made> {
    Stream::new(Made::default(), At::Message, growth, limits)
}

fn rewritten(chunks: &[&[u8]], growth: Growth, limits: Limits) -> Result<(Vec<u8>, Vec<u32>), Fault> {
    let mut stream = stream(growth, limits);
    let mut out = Vec::new();
    for chunk in chunks {
        stream.push(chunk, &mut out)?;
    }
    stream.finish()?;
    let mut seen = stream.rewriter().seen.clone();
    seen.sort_unstable();
    Ok((out, seen))
}

/// A message of the made-up protocol.
#[derive(Clone, Debug)]
enum Part {
    Number(u32, u64),
    Text(String),
    Gone(Vec<u8>),
    Blocks(Vec<u32>),
    Message(u32, Vec<Part>),
    Unknown(Vec<u8>),
}

fn write(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Number(number, value) => push_varint(*number, *value, &mut out),
            Part::Text(text) => push_bytes(2, text.as_bytes(), &mut out),
            Part::Gone(bytes) => push_bytes(3, bytes, &mut out),
            Part::Blocks(blocks) => {
                push_bytes(
                    4,
                    &blocks
                        .iter()
                        .flat_map(|block| block.to_le_bytes())
                        .collect::<Vec<u8>>(),
                    &mut out,
                );
            }
            Part::Message(number, parts) => push_bytes(*number, &write(parts), &mut out),
            Part::Unknown(bytes) => push_bytes(700, bytes, &mut out),
        }
    }
    out
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let text = prop_oneof![
        Just("grow".to_owned()),
        Just("gone".to_owned()),
        Just("same".to_owned()),
        "cut[a-z]{0,80}",
        "[a-z]{0,80}"
    ];
    let leaf = prop_oneof![
        (6u32..9, any::<u64>()).prop_map(|(number, value)| Part::Number(number, value)),
        text.prop_map(Part::Text),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Part::Gone),
        prop::collection::vec(0u32..600, 0..40).prop_map(Part::Blocks),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Part::Unknown),
    ];
    let part = leaf.prop_recursive(4, 60, 8, |inner| {
        (
            prop::sample::select(vec![1u32, 5]),
            prop::collection::vec(inner, 0..8),
        )
            .prop_map(|(number, parts)| Part::Message(number, parts))
    });
    prop::collection::vec(part, 0..12)
}

/// A message without its fillings, and lengths written shortest.
fn settled(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in Records::new(message) {
        let record = record.unwrap();
        match (record.key.number, record.value) {
            (HIGHEST_FIELD, Value::Len(content)) => assert!(content.iter().all(|byte| *byte == 0)),
            (1 | 5, Value::Len(content)) => push_bytes(record.key.number, &settled(content), &mut out),
            _ => out.extend_from_slice(record.raw),
        }
    }
    out
}

fn unframed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = crate::wire::grpc::Messages::new(u32::MAX);
    let mut input = bytes;
    let mut all = Vec::new();
    while let Some(message) = messages.next(&mut input).unwrap() {
        all.push(message);
    }
    messages.finish().unwrap();
    all
}

fn exact(message: &[u8]) -> Vec<u8> {
    let (out, _) = rewritten(&[&frame(message).unwrap()], Growth::Grows, Limits::default()).unwrap();
    unframed(&out).remove(0)
}

#[test]
fn small_messages_are_exact() {
    let text = |text: &str| Part::Text(text.to_owned());
    let table: &[(&[Part], &[Part])] = &[
        (&[], &[]),
        (
            &[text("other"), Part::Number(6, 1)],
            &[text("other"), Part::Number(6, 1)],
        ),
        (&[text("cutting")], &[text("***")]),
        (
            &[Part::Message(1, vec![text("gone")])],
            &[Part::Message(1, vec![])],
        ),
        (
            &[Part::Message(1, vec![Part::Message(1, vec![text("grow"); 3])])],
            &[Part::Message(
                1,
                vec![Part::Message(1, vec![text(&"#".repeat(70)); 3])],
            )],
        ),
        (&[Part::Message(5, vec![text("gone"), text("cut")])], &[]),
        (
            &[Part::Message(5, vec![text("same"), text("cut")])],
            &[Part::Message(5, vec![text("same"), text("cut")])],
        ),
        (
            &[Part::Blocks(vec![0, 0x200, 3])],
            &[Part::Blocks(vec![1, 0x201, 3])],
        ),
        (
            &[Part::Gone(vec![1; 300]), Part::Unknown(vec![2])],
            &[Part::Unknown(vec![2])],
        ),
    ];
    for (before, after) in table {
        assert_eq!(exact(&write(before)), write(after), "{before:?}");
    }
}

#[test]
fn what_is_not_changed_stays_to_the_byte() {
    // Lengths and numbers written longer than needed, around and beside what is walked.
    let message = [
        0x0a, 0x87, 0x80, 0x00, 0x12, 0x01, b'a', 0xb0, 0x80, 0x00, 0x30, 0x30, 0x81, 0x80, 0x00,
    ];
    assert_eq!(exact(&message), message[..].to_vec());
    let with_change = [&message[..], &[0x12, 3, b'c', b'u', b't']].concat();
    assert_eq!(
        exact(&with_change),
        [&message[..], &[0x12, 3, b'*', b'*', b'*']].concat()
    );
}

#[test]
fn what_is_refused() {
    let framed = |message: &[u8]| frame(message).unwrap();
    let long = |number: u32, size: usize| {
        let mut out = vec![0x30, 1];
        push_bytes(number, &vec![b'a'; size], &mut out);
        out
    };
    let in_long = |bytes: &[u8]| [&long(9, 100)[..], bytes].concat();
    let wire = |problem| Fault::Wire(problem);
    let table: &[(Vec<u8>, Fault)] = &[
        (vec![1, 0, 0, 0, 0], Fault::Frame(FrameError::Compressed)),
        (framed(b"ab")[..6].to_vec(), Fault::Frame(FrameError::Truncated)),
        (framed(&[0x0a, 5, 1]), wire(Problem::Truncated)),
        (framed(&in_long(&[0x0a, 5, 1])), wire(Problem::Truncated)),
        (framed(&in_long(&[0x0a])), wire(Problem::Truncated)),
        (framed(&in_long(&[0x80])), wire(Problem::Truncated)),
        (framed(&in_long(&[0x35, 1, 2])), wire(Problem::Truncated)),
        (framed(&in_long(&[0x33])), wire(Problem::Group)),
        (framed(&in_long(&[0x36])), wire(Problem::WireType)),
        (framed(&in_long(&[0x00])), wire(Problem::FieldNumber)),
        (framed(&in_long(&[0x80; 10])), wire(Problem::Varint)),
        (
            framed(&in_long(&[&[0x32][..], &[0x80; 10]].concat())),
            wire(Problem::Varint),
        ),
        (
            framed(&in_long(&[&[0x30][..], &[0x80; 10]].concat())),
            wire(Problem::Varint),
        ),
        (
            framed(&long(2, 301)),
            Fault::TooLarge {
                size: 301,
                limit: 300,
            },
        ),
        (
            framed(&long(4, 301)),
            wire(Problem::WrongType("a row of values of one size")),
        ),
        (
            framed(&in_long(&[0x08, 1])),
            wire(Problem::WrongType("a message")),
        ),
    ];
    for (bytes, fault) in table {
        for growth in [Growth::None, Growth::Shrinks, Growth::Grows] {
            assert_eq!(
                rewritten(&[bytes], growth, SMALL).map(drop),
                Err(*fault),
                "{bytes:?}"
            );
        }
    }
    let deep = (0..150).fold(vec![0u8; 0], |inner, _| {
        let mut out = Vec::new();
        push_bytes(1, &inner, &mut out);
        out
    });
    for growth in [Growth::None, Growth::Grows] {
        for limits in [SMALL, Limits::default()] {
            let refused = rewritten(&[&framed(&deep)], growth, limits).map(drop);
            assert_eq!(refused, Err(wire(Problem::TooDeep)));
        }
    }
}

#[test]
fn growth_over_the_allowance_cuts_the_answer_off() {
    // The first 1 MiB says nothing of what follows.
    let mut message = Vec::new();
    push_bytes(9, &vec![0; 1 << 20], &mut message);
    for _ in 0..40_000 {
        push_bytes(2, b"grow", &mut message);
    }
    let bytes = frame(&message).unwrap();
    assert_eq!(
        rewritten(&[&bytes], Growth::Grows, Limits::default()).map(drop),
        Err(Fault::Overrun)
    );
    // Evenly spread it is foreseen.
    let mut message = Vec::new();
    for _ in 0..200_000 {
        push_bytes(2, b"grow", &mut message);
    }
    let (out, _) = rewritten(&[&frame(&message).unwrap()], Growth::Grows, Limits::default()).unwrap();
    assert_eq!(settled(&unframed(&out)[0]).len(), 200_000 * 72);
}

#[test]
fn a_plan_that_only_shrinks_may_not_grow() {
    let mut message = write(&vec![Part::Text("grow".to_owned()); 20_000]);
    push_bytes(9, &vec![0; 1 << 20], &mut message);
    let bytes = frame(&message).unwrap();
    assert_eq!(
        rewritten(&[&bytes], Growth::Shrinks, Limits::default()).map(drop),
        Err(Fault::Overrun)
    );
}

#[test]
fn memory_is_bounded_and_nothing_is_lost() {
    // Over 12 MB: columns that go, columns that stay, and many points.
    let mut message = Vec::new();
    for n in 0..6 {
        push_bytes(3, &vec![7; 1_000_000], &mut message);
        let mut points = Vec::new();
        for _ in 0..500 {
            let texts = ["cut this text down", "same as it was", "gone with the wind"];
            let mut point: Vec<Part> = texts.iter().map(|text| Part::Text((*text).to_owned())).collect();
            point.push(Part::Gone(vec![0; 600]));
            point.push(Part::Blocks(vec![n; 500]));
            push_bytes(1, &write(&point), &mut points);
        }
        push_bytes(5, &points, &mut message);
        push_bytes(9, &vec![3; 150_000], &mut message);
    }
    let expected = {
        let large = Limits {
            whole: 1 << 30,
            ..Limits::default()
        };
        let (out, _) = rewritten(&[&frame(&message).unwrap()], Growth::Shrinks, large).unwrap();
        unframed(&out).remove(0)
    };
    assert!(message.len() > 12_000_000 && expected.len() < 9_000_000);
    let mut stream = stream(Growth::Shrinks, Limits::default());
    let (mut all, mut most, mut longest) = (Vec::new(), 0, 0);
    for chunk in frame(&message).unwrap().chunks(16 << 10) {
        let mut out = Vec::new();
        stream.push(chunk, &mut out).unwrap();
        most = most.max(stream.held());
        longest = longest.max(out.len());
        all.extend(out);
    }
    stream.finish().unwrap();
    assert_eq!(settled(&unframed(&all)[0]), expected);
    assert!(most <= 4 << 20, "held {most}");
    assert!(longest <= 4 << 20, "wrote {longest} at once");
    let overhead = all.len() - message.len();
    assert!(overhead < 16 << 10, "{overhead} bytes longer");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_cut_and_any_limits_give_the_same(
        messages in prop::collection::vec(parts(), 1..3),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        whole in 20usize..400,
    ) {
        let messages: Vec<Vec<u8>> = messages.iter().map(|parts| write(parts)).collect();
        let bytes: Vec<u8> = messages.iter().flat_map(|message| frame(message).unwrap()).collect();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();

        let limits = Limits { whole, unit: 100_000, ..SMALL };
        let (in_one, seen) = rewritten(&[&bytes], Growth::Grows, limits).unwrap();
        let (cut, seen_cut) = rewritten(&chunks, Growth::Grows, limits).unwrap();
        prop_assert!(in_one == cut, "cutting changes nothing");
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert!(in_one == rewritten(&singles, Growth::Grows, limits).unwrap().0);
        prop_assert_eq!(&seen, &seen_cut);
        let (collected, seen_whole) = rewritten(&[&bytes], Growth::Grows, Limits::default()).unwrap();
        prop_assert_eq!(seen, seen_whole, "each field is asked for once");
        for (entered, collected) in unframed(&in_one).iter().zip(unframed(&collected)) {
            prop_assert_eq!(settled(entered), settled(&collected));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), whole in 1usize..100) {
        let limits = Limits { whole, unit: 50, ..SMALL };
        for growth in [Growth::None, Growth::Shrinks, Growth::Grows] {
            let _ = rewritten(&[&bytes], growth, limits);
            let _ = rewritten(&[&frame(&bytes).unwrap()], growth, limits);
            let mut close = write(&[Part::Message(1, vec![Part::Message(5, vec![Part::Unknown(bytes.clone())])])]);
            close.extend_from_slice(&bytes);
            let _ = rewritten(&[&frame(&close).unwrap()], growth, limits);
        }
    }
}
