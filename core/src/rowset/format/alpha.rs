//! Rows one after the other, sixteen bytes each.

use super::{BLOCK_ROWS, Format, FormatError, Row, Rowset, word};
use alloc::vec::Vec;

pub(super) const MAGIC: &[u8] = b"ALPH";
/// Magic and number of rows.
const HEAD: usize = 12;
const ROW: usize = 16;

/// Rows stored by row.
#[derive(Clone, Debug)]
pub struct AlphaRowset {
    bytes: Vec<u8>,
    rows: u64,
}

impl AlphaRowset {
    /// Opens stored rows.
    ///
    /// # Errors
    /// There are more or fewer bytes than the rows take.
    pub fn open(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let rows = word(&bytes, MAGIC.len())?;
        let length = (bytes.len() - HEAD) as u64;
        if rows.checked_mul(ROW as u64) != Some(length) {
            return Err(FormatError::Damaged { at: MAGIC.len() });
        }
        Ok(Self { bytes, rows })
    }
}

impl Rowset for AlphaRowset {
    fn format(&self) -> Format {
        Format::Alpha
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn read_block(&self, from: u64, out: &mut Vec<Row>) -> Result<u64, FormatError> {
        let count = self.rows.saturating_sub(from).min(BLOCK_ROWS);
        for row in from..from + count {
            let at = HEAD + row as usize * ROW;
            out.push(Row { key: word(&self.bytes, at)?, value: word(&self.bytes, at + 8)? as i64 });
        }
        Ok(count)
    }
}

pub(super) fn write(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + rows.len() * ROW);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    for row in rows {
        bytes.extend_from_slice(&row.key.to_le_bytes());
        bytes.extend_from_slice(&row.value.to_le_bytes());
    }
    bytes
}
