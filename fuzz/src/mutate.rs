//! Changes to known inputs, by a seeded generator: what is found once is found again.

/// A generator of numbers (xorshift64*).
pub struct Dice(u64);

impl Dice {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number under `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        (self.next() >> 32) as u8
    }
}

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 22] = [
    b"\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x80\x80\x80\x80\x00",
    b"\x7f\xff\xff\xff",
    b"\x0b\x0c",
    b"\x0a\x00",
    b"{\"",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\ud83d",
    b"null",
    b"-0",
    b"1e999",
    b"18446744073709551616",
    b",",
    b":",
    b"\xc3",
    b"limit",
    b"\xef\xbb\xbf",
];

/// One input, changed in a few places.
pub fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        let to = at + dice.below((input.len() - at).min(40) + 1);
        match dice.below(9) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 if at < input.len() => input[at] = dice.byte(),
            2 => drop(input.drain(at..to)),
            3 => {
                let again = input[at..to].to_vec();
                input.splice(at..at, again);
            }
            4 => input.truncate(at),
            5 => {
                let piece = PIECES[dice.below(PIECES.len())];
                input.splice(at..at, piece.iter().copied());
            }
            6 => {
                let piece = PIECES[dice.below(PIECES.len())];
                input.splice(at..to, piece.iter().copied());
            }
            7 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len() + 1);
                let until = from + dice.below((other.len() - from).min(60) + 1);
                input.splice(at..to, other[from..until].iter().copied());
            }
            _ => {
                let byte = dice.byte();
                input.insert(at, byte);
            }
        }
    }
    input
}
