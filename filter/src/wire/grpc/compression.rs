//! Undoing the compression of a message, up to a limit.

use flate2::bufread::{GzDecoder, ZlibDecoder};
use std::io::Read;

/// How a message is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `gzip`, of one member.
    Gzip,
    /// `deflate`: in the zlib format, as gRPC has it.
    Deflate,
}

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InflateError {
    /// It is not compressed as it says, or something follows.
    Broken,
    /// It is longer than the limit.
    TooLong,
}

impl Compression {
    /// By its name in `grpc-encoding`.
    pub fn named(name: &str) -> Option<Compression> {
        match name {
            "gzip" => Some(Compression::Gzip),
            "deflate" => Some(Compression::Deflate),
            _ => None,
        }
    }

    /// The message as it was. Memory: no more than twice the limit, whatever it claims to be.
    ///
    /// # Errors
    /// What is broken or too long.
    pub fn undo(self, mut compressed: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        let mut plain = Vec::new();
        let most = limit as u64 + 1;
        let read = match self {
            Compression::Gzip => GzDecoder::new(&mut compressed).take(most).read_to_end(&mut plain),
            Compression::Deflate => ZlibDecoder::new(&mut compressed)
                .take(most)
                .read_to_end(&mut plain),
        };
        let read = read.map_err(|_| InflateError::Broken)?;
        if read > limit {
            return Err(InflateError::TooLong);
        }
        // `take` stops the reader at the last byte of a message that fits exactly; its checksum is read all the same.
        if compressed.is_empty() {
            Ok(plain)
        } else {
            Err(InflateError::Broken)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn compressed(how: Compression, plain: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::default();
        match how {
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    #[test]
    fn what_is_refused() {
        for how in [Compression::Gzip, Compression::Deflate] {
            let whole = compressed(how, b"a message");
            assert_eq!(how.undo(&whole, 9), Ok(b"a message".to_vec()));
            assert_eq!(how.undo(&whole, 8), Err(InflateError::TooLong));
            assert_eq!(
                how.undo(&whole[..whole.len() - 1], 100),
                Err(InflateError::Broken)
            );
            assert_eq!(
                how.undo(&[&whole[..], b"x"].concat(), 100),
                Err(InflateError::Broken)
            );
            assert_eq!(
                how.undo(&[&whole[..], &whole[..]].concat(), 100),
                Err(InflateError::Broken)
            );
            assert_eq!(how.undo(b"", 100), Err(InflateError::Broken));
            let mut wrong = whole.clone();
            let last = wrong.len() - 6;
            wrong[last] ^= 1;
            assert_eq!(how.undo(&wrong, 100), Err(InflateError::Broken), "the checksum");
        }
    }

    #[test]
    fn a_bomb_takes_no_memory() {
        let bomb = compressed(Compression::Gzip, &vec![0; 50_000_000]);
        assert!(bomb.len() < 60_000);
        assert_eq!(Compression::Gzip.undo(&bomb, 1 << 20), Err(InflateError::TooLong));
    }

    proptest! {
        #[test]
        fn there_and_back(plain in prop::collection::vec(any::<u8>(), 0..3000)) {
            for how in [Compression::Gzip, Compression::Deflate] {
                prop_assert_eq!(how.undo(&compressed(how, &plain), plain.len()), Ok(plain.clone()));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Compression::Gzip.undo(&bytes, 100);
            let _ = Compression::Deflate.undo(&bytes, 100);
        }
    }
}
