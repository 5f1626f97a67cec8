//! Numbers in as few bytes as they need, two bits of meaning in the first byte.
//!
//! ```text
//! byte 0   c nnnnn tt      tag, five low bits, continued
//! byte 1…  c nnnnnnn       seven more each
//! ```

use alloc::vec::Vec;

/// Appends a number with a tag below 4; at most 10 bytes.
pub(super) fn put(out: &mut Vec<u8>, tag: u8, number: u64) {
    let mut rest = number >> 5;
    out.push((tag & 3) | ((number & 31) as u8) << 2 | u8::from(rest > 0) << 7);
    while rest > 0 {
        let byte = (rest & 127) as u8;
        rest >>= 7;
        out.push(byte | u8::from(rest > 0) << 7);
    }
}

/// Appends a signed number, small ones in few bytes.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, 0, ((number << 1) ^ (number >> 63)) as u64);
}

/// Bytes that a signed number takes.
#[inline]
pub(super) const fn signed_len(number: i64) -> usize {
    len(((number << 1) ^ (number >> 63)) as u64)
}

/// Bytes that a number takes.
#[inline]
pub(super) const fn len(number: u64) -> usize {
    // Two bits of tag stand before it, and a seven of nothing is written where the number is 0.
    let bits = (u64::BITS - number.leading_zeros()) as usize + 2;
    if bits <= 7 { 1 } else { bits.div_ceil(7) }
}

/// Of each of eight bytes the bit that says that another follows.
const CONTINUED: u64 = 0x8080_8080_8080_8080;

/// The low seven bits of eight bytes, joined: neighbours in pairs, pairs in fours, fours in eights.
#[inline]
const fn joined(word: u64) -> u64 {
    let word = word & !CONTINUED;
    let word = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = word & 0x0000_3fff_0000_3fff | (word & 0x3fff_0000_3fff_0000) >> 2;
    word & 0x0fff_ffff | (word & 0x0fff_ffff_0000_0000) >> 4
}

/// Reads what [`put`] wrote; what lies behind it does not matter.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// One byte.
    #[inline]
    pub(super) fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().expect("a block ends behind its last number");
        self.0 = rest;
        *first
    }

    /// Tag and number.
    #[inline]
    pub(super) fn number(&mut self) -> (u8, u64) {
        if let Some((&word, _)) = self.0.split_first_chunk() {
            let word = u64::from_le_bytes(word);
            let ends = !word & CONTINUED;
            if ends != 0 {
                let bits = ends.trailing_zeros() + 1;
                self.0 = &self.0[bits as usize / 8..];
                let number = joined(word & (u64::MAX >> (u64::BITS - bits)));
                return ((number & 3) as u8, number >> 2);
            }
        }
        self.number_by_bytes()
    }

    /// The same where fewer than eight bytes are left, and for numbers that are longer.
    fn number_by_bytes(&mut self) -> (u8, u64) {
        let first = self.byte();
        let mut number = u64::from(first >> 2 & 31);
        let mut shift = 5;
        let mut more = first & 128 != 0;
        while more {
            let byte = self.byte();
            number |= u64::from(byte & 127) << shift;
            shift += 7;
            more = byte & 128 != 0;
        }
        (first & 3, number)
    }

    /// A signed number.
    #[inline]
    pub(super) fn signed(&mut self) -> i64 {
        let (_, number) = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    /// So many bytes.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        let rising = (0..64).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
        for number in rising.chain([u64::MAX >> 1, u64::MAX]) {
            for (tag, behind) in (0..4).flat_map(|tag| (0..9).map(move |behind| (tag, behind))) {
                let mut out = Vec::new();
                put(&mut out, tag, number);
                assert!(out.len() <= 10 && out.len() == len(number));
                out.extend(core::iter::repeat_n(u8::MAX, behind));
                let mut reader = Reader(&out);
                assert_eq!(reader.number(), (tag, number), "{behind} bytes behind");
                assert_eq!(reader.0.len(), behind);
            }
        }
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            let mut out = Vec::new();
            put_signed(&mut out, number);
            assert_eq!(out.len(), signed_len(number));
            assert_eq!(Reader(&out).signed(), number);
        }
    }
}
