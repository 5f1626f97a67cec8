//! Values as bytes: the wire format of protocol buffers, so that the bytes counted here are the
//! reference's. A chunk info takes 14 bytes and up; 23 to 30 with ids and offsets of a real file.
//!
//! Source: protobuf's encoding (varints, tags, length-delimited messages). The fields of a chunk info and
//! of a list are numbered as in the reference; those of an inode are our own.

use super::ChunkInfo;
use alloc::vec::Vec;
use core::fmt;

/// Bytes that are no value of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireError {
    /// What should have been there.
    pub expected: &'static str,
    /// Bytes that were left.
    pub left: usize,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "value: expected {}, {} bytes before its end", self.expected, self.left)
    }
}

impl core::error::Error for WireError {}

const VARINT: u64 = 0;
const BYTES: u64 = 2;

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a field that is a number.
pub(super) fn put_number(out: &mut Vec<u8>, field: u64, number: u64) {
    put_varint(out, field << 3 | VARINT);
    put_varint(out, number);
}

/// Appends the head of a field that is a message of so many bytes.
pub(super) fn put_head(out: &mut Vec<u8>, field: u64, bytes: usize) {
    put_varint(out, field << 3 | BYTES);
    put_varint(out, bytes as u64);
}

/// Bytes of a number.
pub(super) const fn varint_len(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A number.
    Number(u64, u64),
    /// A message.
    Bytes(u64, &'a [u8]),
}

/// Reads fields one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    fn error(&self, expected: &'static str) -> WireError {
        WireError { expected, left: self.0.len() }
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0;
        for (at, &byte) in self.0.iter().enumerate().take(10) {
            // The tenth byte has one bit left.
            if at == 9 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.0 = &self.0[at + 1..];
                return Ok(number);
            }
        }
        Err(self.error("a varint"))
    }

    /// The next field; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        match tag & 7 {
            VARINT => Ok(Some(Field::Number(tag >> 3, self.varint()?))),
            BYTES => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                if length > self.0.len() {
                    return Err(self.error("a message of the length it claims"));
                }
                let (message, rest) = self.0.split_at(length);
                self.0 = rest;
                Ok(Some(Field::Bytes(tag >> 3, message)))
            }
            _ => Err(self.error("a number or a message")),
        }
    }
}

fn info_len(info: &ChunkInfo) -> usize {
    let numbers = [info.chunk_id, info.compaction, info.offset, info.len, info.size];
    numbers.iter().map(|&number| 1 + varint_len(number)).sum::<usize>() + 2
}

pub(super) fn put_info(out: &mut Vec<u8>, info: &ChunkInfo) {
    put_head(out, 1, info_len(info));
    let numbers = [info.chunk_id, info.compaction, info.offset, info.len, info.size, u64::from(info.zero)];
    for (field, number) in (1..).zip(numbers) {
        put_number(out, field, number);
    }
}

fn read_info(message: &[u8]) -> Result<ChunkInfo, WireError> {
    let mut fields = Fields(message);
    let mut numbers = [None; 6];
    while let Some(field) = fields.next()? {
        match field {
            Field::Number(at @ 1..=6, number) => numbers[at as usize - 1] = Some(number),
            _ => return Err(fields.error("a field of a chunk info")),
        }
    }
    let [Some(chunk_id), Some(compaction), Some(offset), Some(len), Some(size), Some(zero)] = numbers else {
        return Err(fields.error("every field of a chunk info"));
    };
    Ok(ChunkInfo { chunk_id, compaction, offset, len, size, zero: zero != 0 })
}

/// Bytes of a list.
pub fn list_len(infos: &[ChunkInfo]) -> usize {
    infos.iter().map(info_len).map(|length| 1 + varint_len(length as u64) + length).sum()
}

/// A list of chunk infos as bytes.
pub fn encode_list(infos: &[ChunkInfo]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list_len(infos));
    for info in infos {
        put_info(&mut out, info);
    }
    out
}

/// Appends the chunk infos of a list.
///
/// # Errors
/// The bytes are no such list; what came before the fault has been appended.
pub fn decode_list(bytes: &[u8], infos: &mut Vec<ChunkInfo>) -> Result<(), WireError> {
    let mut fields = Fields(bytes);
    while let Some(field) = fields.next()? {
        match field {
            Field::Bytes(1, message) => infos.push(read_info(message)?),
            _ => return Err(fields.error("a chunk info")),
        }
    }
    Ok(())
}

/// Number of infos of a list, without reading them.
///
/// # Errors
/// The bytes are no such list.
pub fn count_list(bytes: &[u8]) -> Result<u64, WireError> {
    let (mut fields, mut count) = (Fields(bytes), 0);
    while fields.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}
