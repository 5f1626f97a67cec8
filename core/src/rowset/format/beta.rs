//! A page per column and block: keys as differences, values folded to small numbers, in groups of
//! seven bits. The index at the end says where each block begins.
//!
//! ```text
//! BETA │ rows │ keys values │ keys values │ … │ start of each block │ blocks
//! ```
//!
//! Rows are counted at the front: with both counts at the end the beginning of a file of zeros was itself a
//! file, of no rows.

use super::{BLOCK_ROWS, Format, FormatError, Row, Rowset, word};
use alloc::vec::Vec;

pub(super) const MAGIC: &[u8] = b"BETA";
/// What stands before the first block: the magic and the number of rows.
const HEAD: usize = MAGIC.len() + 8;
/// Number of blocks, at the very end.
const FOOT: usize = 8;

/// Rows stored by column.
#[derive(Clone, Debug)]
pub struct BetaRowset {
    bytes: Vec<u8>,
    rows: u64,
    /// Where blocks begin, and where the last one ends.
    starts: Vec<usize>,
}

impl BetaRowset {
    /// Opens stored rows.
    ///
    /// # Errors
    /// The index does not fit the bytes.
    pub fn open(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let foot = bytes.len().checked_sub(FOOT).ok_or(FormatError::Damaged { at: bytes.len() })?;
        let (rows, blocks) = (word(&bytes, MAGIC.len())?, word(&bytes, foot)?);
        let damaged = FormatError::Damaged { at: foot };
        let index = usize::try_from(blocks).ok().and_then(|blocks| blocks.checked_mul(8));
        let index = index.and_then(|index| foot.checked_sub(index)).ok_or(damaged)?;
        if rows.div_ceil(BLOCK_ROWS) != blocks || index < HEAD {
            return Err(damaged);
        }
        let mut starts = Vec::with_capacity(blocks as usize + 1);
        for block in 0..blocks as usize {
            starts.push(word(&bytes, index + block * 8)? as usize);
        }
        starts.push(index);
        if !starts.is_sorted() || starts[0] != HEAD {
            return Err(FormatError::Damaged { at: index });
        }
        Ok(Self { bytes, rows, starts })
    }
}

impl Rowset for BetaRowset {
    fn format(&self) -> Format {
        Format::Beta
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn read_block(&self, from: u64, out: &mut Vec<Row>) -> Result<u64, FormatError> {
        let count = self.rows.saturating_sub(from).min(BLOCK_ROWS);
        if count == 0 {
            return Ok(0);
        }
        let block = (from / BLOCK_ROWS) as usize;
        let end = self.starts[block + 1];
        let mut at = self.starts[block];
        let first = out.len();
        let mut key = 0_u64;
        for _ in 0..count {
            key = key.wrapping_add(unpack(&self.bytes[..end], &mut at)?);
            out.push(Row { key, value: 0 });
        }
        for row in &mut out[first..] {
            let folded = unpack(&self.bytes[..end], &mut at)?;
            row.value = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        }
        if at == end { Ok(count) } else { Err(FormatError::Damaged { at }) }
    }
}

pub(super) fn write(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::from(MAGIC);
    bytes.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    let mut starts = Vec::new();
    for block in rows.chunks(BLOCK_ROWS as usize) {
        starts.push(bytes.len() as u64);
        let mut before = 0_u64;
        for row in block {
            pack(&mut bytes, row.key.wrapping_sub(before));
            before = row.key;
        }
        for row in block {
            pack(&mut bytes, (row.value << 1 ^ row.value >> 63) as u64);
        }
    }
    let blocks = starts.len() as u64;
    for number in starts.into_iter().chain([blocks]) {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn pack(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn unpack(bytes: &[u8], at: &mut usize) -> Result<u64, FormatError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at).ok_or(FormatError::Damaged { at: *at })?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(FormatError::Damaged { at: *at })
}
