//! A rolling 64-bit digest of what happened.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Folds words in order; equal histories give equal digests on every host.
///
/// Not cryptographic: it finds differences between cores, it does not resist forgery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest(pub u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x7461_626c_6574_6f70)
    }
}

impl Digest {
    /// Folds one word in.
    #[inline]
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9fb2_1c65_1e98_df25);
        self.0 = (mixed ^ (mixed >> 32)).rotate_left(23);
    }

    /// Folds bytes in, with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks();
        for &word in words {
            self.word(u64::from_le_bytes(word));
        }
        if !rest.is_empty() {
            self.word(match bytes.last_chunk() {
                // The last eight, less those that are in already.
                Some(&word) => u64::from_le_bytes(word) >> (u64::BITS - 8 * rest.len() as u32),
                // Byte by byte: to copy so few is a call.
                None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
            });
        }
    }
}

impl fmt::Display for Digest {
    /// Sixteen hex digits in fours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04x} {:04x} {:04x} {:04x}",
            self.0 >> 48,
            self.0 >> 32 & 0xffff,
            self.0 >> 16 & 0xffff,
            self.0 & 0xffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn bytes_are_words_from_the_lowest_byte_on() {
        let bytes: [u8; 40] = core::array::from_fn(|at| (at as u8 + 1).wrapping_mul(37));
        for len in 0..bytes.len() {
            let (mut digest, mut twin) = (Digest::default(), Digest::default());
            digest.bytes(&bytes[..len]);
            twin.word(len as u64);
            for word in bytes[..len].chunks(8) {
                twin.word(word.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
            }
            assert_eq!(digest, twin, "{len} bytes");
        }
    }
}
