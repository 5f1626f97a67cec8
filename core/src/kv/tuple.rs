//! Keys as tuples of bytes and integers; the order of the bytes is the order of the tuples.
//!
//! ```text
//! bytes    10 … 00→00 ff … 00 01        a zero byte is escaped, so that the end sorts first
//! integer  11 + 8 bytes  (negative)     two's complement, big endian
//!          12 + 8 bytes  (zero and up)  the same number has the same bytes, signed or not
//! ```
//!
//! Elements end by themselves: the keys that begin with a tuple's bytes are the tuples that begin with
//! its elements. Text is written as its UTF-8 bytes, whose order is that of its characters.
//!
//! Source: Apache Doris, `cloud/src/common/codec` (tags, escape, fixed width), so that the bytes counted
//! here are the bytes of its keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

const BYTES: u8 = 0x10;
const NEGATIVE: u8 = 0x11;
const NATURAL: u8 = 0x12;
const ZERO_ESCAPED: u8 = 0xff;
const END: u8 = 0x01;

/// A key, element by element. `TupleKey::new().str("txn").u64(4)`
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TupleKey(Vec<u8>);

impl TupleKey {
    /// No element; its bytes are a prefix of every key.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same elements, with room for so many bytes more: [`TupleKey::room`] for each text, 9 for each integer.
    #[must_use]
    pub fn with_room(&self, bytes: usize) -> Self {
        let mut key = Vec::with_capacity(self.0.len() + bytes);
        key.extend_from_slice(&self.0);
        Self(key)
    }

    /// Bytes that a text without zeros takes.
    pub const fn room(text: &str) -> usize {
        text.len() + 3
    }

    /// With one element of bytes more.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.reserve(bytes.len() + 3);
        self.0.push(BYTES);
        if bytes.contains(&0) {
            for byte in bytes {
                self.0.push(*byte);
                self.0.extend((*byte == 0).then_some(ZERO_ESCAPED));
            }
        } else {
            self.0.extend_from_slice(bytes);
        }
        self.0.extend([0, END]);
        self
    }

    /// With one element of text more.
    #[must_use]
    pub fn str(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// With one integer more.
    #[must_use]
    pub fn u64(mut self, number: u64) -> Self {
        self.integer(NATURAL, number.to_be_bytes());
        self
    }

    /// With one integer more.
    #[must_use]
    pub fn i64(mut self, number: i64) -> Self {
        self.integer(if number < 0 { NEGATIVE } else { NATURAL }, number.to_be_bytes());
        self
    }

    fn integer(&mut self, tag: u8, number: [u8; 8]) {
        // In one piece: room is made once.
        let mut element = [tag; 9];
        element[1..].copy_from_slice(&number);
        self.0.extend_from_slice(&element);
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for TupleKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<TupleKey> for Vec<u8> {
    fn from(key: TupleKey) -> Self {
        key.0
    }
}

/// How many bytes of a key come before its first integer; 0 where there is none.
pub(super) fn before_integers(key: &[u8]) -> usize {
    let integer = key.windows(3).position(|bytes| matches!(bytes, [0, END, NEGATIVE | NATURAL]));
    integer.map_or(0, |at| at + 2)
}

/// One element of a key. Bytes come before integers, integers are ordered as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// Bytes or text.
    Bytes(Vec<u8>),
    /// From −2^63 to 2^64 − 1.
    Integer(i128),
}

impl fmt::Display for Element {
    /// Text in quotes, other bytes in hexadecimal, integers as they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => {
                if let Ok(text) = core::str::from_utf8(bytes) {
                    return write!(f, "{text:?}");
                }
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// Bytes that are no tuple, or not the one expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Offset of the element.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key, byte {}: expected {}", self.at, self.expected)
    }
}

impl core::error::Error for DecodeError {}

/// Takes a key apart again.
#[derive(Clone, Debug)]
pub struct TupleReader<'a> {
    key: &'a [u8],
    at: usize,
}

impl<'a> TupleReader<'a> {
    /// Reads a key from its first element on.
    pub const fn new(key: &'a [u8]) -> Self {
        Self { key, at: 0 }
    }

    /// Every element of a key.
    ///
    /// # Errors
    /// It is not a tuple.
    pub fn elements(key: &'a [u8]) -> Result<Vec<Element>, DecodeError> {
        let mut reader = Self::new(key);
        let mut elements = Vec::new();
        while !reader.is_done() {
            elements.push(match reader.key.get(reader.at) {
                Some(&BYTES) => Element::Bytes(reader.bytes()?),
                _ => Element::Integer(reader.integer()?),
            });
        }
        Ok(elements)
    }

    /// Whether no element is left.
    pub const fn is_done(&self) -> bool {
        self.at == self.key.len()
    }

    /// The next element.
    ///
    /// # Errors
    /// It is not bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, DecodeError> {
        let error = DecodeError { at: self.at, expected: "bytes" };
        let rest = &self.key[self.at..];
        let Some((&BYTES, body)) = rest.split_first() else { return Err(error) };
        let mut bytes = Vec::new();
        let mut input = body.iter();
        loop {
            match input.next() {
                None => return Err(error),
                Some(0) => match input.next() {
                    Some(&ZERO_ESCAPED) => bytes.push(0),
                    Some(&END) => break,
                    _ => return Err(error),
                },
                Some(&byte) => bytes.push(byte),
            }
        }
        self.at = self.key.len() - input.len();
        Ok(bytes)
    }

    /// The next element.
    ///
    /// # Errors
    /// It is not text.
    pub fn str(&mut self) -> Result<String, DecodeError> {
        let at = self.at;
        String::from_utf8(self.bytes()?).map_err(|_| {
            self.at = at;
            DecodeError { at, expected: "text" }
        })
    }

    /// The next element.
    ///
    /// # Errors
    /// It is not an integer, or too large or small.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        self.narrow("an integer from 0 to 2^64 - 1")
    }

    /// The next element.
    ///
    /// # Errors
    /// It is not an integer, or too large.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.narrow("an integer from -2^63 to 2^63 - 1")
    }

    /// The next element.
    ///
    /// # Errors
    /// It is not an integer.
    pub fn integer(&mut self) -> Result<i128, DecodeError> {
        let error = DecodeError { at: self.at, expected: "an integer" };
        let (tag, body) = self.key[self.at..].split_first_chunk::<1>().ok_or(error)?;
        let (number, _) = body.split_first_chunk::<8>().ok_or(error)?;
        let number = match tag[0] {
            NATURAL => i128::from(u64::from_be_bytes(*number)),
            NEGATIVE => i128::from(i64::from_be_bytes(*number)),
            _ => return Err(error),
        };
        // A negative tag before a natural number would be a second form of it.
        if (number < 0) != (tag[0] == NEGATIVE) {
            return Err(error);
        }
        self.at += 9;
        Ok(number)
    }

    fn narrow<T: TryFrom<i128>>(&mut self, expected: &'static str) -> Result<T, DecodeError> {
        let at = self.at;
        T::try_from(self.integer()?).map_err(|_| {
            self.at = at;
            DecodeError { at, expected }
        })
    }
}
