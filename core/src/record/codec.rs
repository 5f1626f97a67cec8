//! Frames and numbers: magic, format and CRC around varints.
//!
//! ```text
//! magic 4 | format u32 LE | ... | CRC32 u32 LE over all before it
//! ```
//!
//! Magic and format keep their place in every format, so a newer one is known by name.

use super::{FORMAT, RecordError};
use crate::base::Digest;
use alloc::vec::Vec;

/// Bytes of magic and format.
pub(super) const FRAME_HEAD: usize = 8;
/// Bytes of the CRC.
const FRAME_TAIL: usize = 4;

/// What is wrong with a frame or a field, before it has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodecError {
    Magic,
    NewerFormat { found: u32 },
    UnknownFormat { found: u32 },
    Crc { stored: u32, computed: u32 },
    Truncated { at: usize },
    Malformed { at: usize },
}

macro_rules! from_codec {
    ($($error:ty),*) => {$(
        impl From<CodecError> for $error {
            fn from(error: CodecError) -> Self {
                match error {
                    CodecError::Magic => Self::Magic,
                    CodecError::NewerFormat { found } => Self::NewerFormat { found },
                    CodecError::UnknownFormat { found } => Self::UnknownFormat { found },
                    CodecError::Crc { stored, computed } => Self::Crc { stored, computed },
                    CodecError::Truncated { at } => Self::Truncated { at },
                    CodecError::Malformed { at } => Self::Malformed { at },
                }
            }
        }
    )*};
}
from_codec!(super::SegmentError, RecordError);

/// Digest of a byte string: what chains segments and names originals.
pub fn digest_of(bytes: &[u8]) -> Digest {
    let mut digest = Digest::default();
    digest.bytes(bytes);
    digest
}

/// CRC32 as zip, gzip and PNG compute it.
///
/// One table of 1 KiB, a byte at a time: segments are small. The table of crc32fast would add
/// 16 KiB of noise, which gzip cannot shrink, to a worker that may weigh 150.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

/// Begins a frame.
pub(super) fn frame(magic: [u8; 4]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(&magic);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out
}

/// Ends a frame.
pub(super) fn seal(out: &mut Vec<u8>) {
    let crc = crc32(out);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// Checks a frame and answers with a reader of its body. Offsets count from the frame's start.
pub(super) fn open(bytes: &[u8], magic: [u8; 4]) -> Result<Reader<'_>, CodecError> {
    let mut head = Reader { bytes, at: 0 };
    if head.array::<4>().map_err(|_| CodecError::Magic)? != magic {
        return Err(CodecError::Magic);
    }
    let found = u32::from_le_bytes(head.array()?);
    match found {
        FORMAT => {}
        0 => return Err(CodecError::UnknownFormat { found }),
        _ => return Err(CodecError::NewerFormat { found }),
    }
    let body = bytes.len().checked_sub(FRAME_TAIL).filter(|body| *body >= FRAME_HEAD);
    let Some((body, tail)) = body.and_then(|body| bytes.split_at_checked(body)) else {
        return Err(CodecError::Truncated { at: FRAME_HEAD });
    };
    let stored = u32::from_le_bytes(Reader { bytes: tail, at: 0 }.array()?);
    let computed = crc32(body);
    if stored != computed {
        return Err(CodecError::Crc { stored, computed });
    }
    Ok(Reader { bytes: body, at: FRAME_HEAD })
}

/// Wraps bytes of another kind: magic, format, CRC.
pub fn wrap(magic: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = frame(magic);
    out.extend_from_slice(body);
    seal(&mut out);
    out
}

/// Takes the wrapping off again. Safe for any bytes.
///
/// # Errors
/// Another magic, a newer format, or bytes that changed.
pub fn unwrap(bytes: &[u8], magic: [u8; 4]) -> Result<&[u8], RecordError> {
    Ok(open(bytes, magic)?.rest())
}

/// Appends a number, seven bits a byte, low ones first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads fields off bytes; never beyond their end.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Offset of the next field.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(CodecError::Truncated { at: self.at })?;
        self.at += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.array::<1>()?[0])
    }

    /// The next eight bytes as a number.
    pub(super) fn word(&mut self) -> Result<u64, CodecError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next number, in its shortest encoding only.
    pub(super) fn varint(&mut self) -> Result<u64, CodecError> {
        let at = self.at;
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 || shift > 0 && byte == 0 {
                return Err(CodecError::Malformed { at });
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(CodecError::Malformed { at })
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), CodecError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(CodecError::Malformed { at: self.at }) }
    }
}
