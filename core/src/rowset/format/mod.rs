//! A rowset as an interface, with two formats behind it.
//!
//! ```text
//! alpha   ALPH rows | row row row … │ row row row …             rows one after the other, fixed width
//! beta    BETA rows | keys │ values │ keys │ values … | index   a page per column and block, packed
//! ```
//!
//! Whoever reads knows rows, never bytes; so a conversion is a read from one and a write to the
//! other, and a tablet may hold both. A rowset is named by a unique id: named by tablet and version
//! a load, a compaction and a clone of the same version want the same file ([`Naming`]).
//!
//! Source: Apache Doris, the rowset refactoring of 2019 (alpha and beta rowsets, `RowsetId` v2).
//! Differs: a row is a key and a number, one segment per rowset; the layouts are our own.

mod alpha;
mod beta;
mod id;

pub use alpha::AlphaRowset;
pub use beta::BetaRowset;
pub use id::{IdGenerator, Naming, UniqueId};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Rows of a block: what is read and packed together.
pub const BLOCK_ROWS: u64 = 1_024;

/// One row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The key; rows are in order of keys.
    pub key: u64,
    /// The value.
    pub value: i64,
}

/// How a rowset is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// By row.
    Alpha,
    /// By column.
    Beta,
}

/// Why bytes are no rowset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// They begin with none of the magic words.
    Magic,
    /// They end, or contradict themselves, at this byte.
    Damaged {
        /// The byte.
        at: usize,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("the bytes begin like no rowset format; was this a segment file?"),
            Self::Damaged { at } => write!(f, "the rowset is damaged at byte {at}; take another replica"),
        }
    }
}

impl core::error::Error for FormatError {}

/// Rows that can be read, whatever they are stored as.
pub trait Rowset {
    /// How they are stored.
    fn format(&self) -> Format;

    /// How many there are.
    fn rows(&self) -> u64;

    /// Bytes they take.
    fn bytes(&self) -> &[u8];

    /// Appends the rows of the block that begins at row `from`, a multiple of [`BLOCK_ROWS`];
    /// answers how many. 0 at the end.
    ///
    /// # Errors
    /// The block is damaged.
    fn read_block(&self, from: u64, out: &mut Vec<Row>) -> Result<u64, FormatError>;
}

/// Stores rows, which are in order of keys.
pub fn write(format: Format, rows: &[Row]) -> Vec<u8> {
    match format {
        Format::Alpha => alpha::write(rows),
        Format::Beta => beta::write(rows),
    }
}

/// Opens stored rows of either format.
///
/// # Errors
/// They are of neither, or damaged where it shows without reading them all.
pub fn open(bytes: Vec<u8>) -> Result<Box<dyn Rowset>, FormatError> {
    match bytes.get(..4) {
        Some(alpha::MAGIC) => Ok(Box::new(AlphaRowset::open(bytes)?)),
        Some(beta::MAGIC) => Ok(Box::new(BetaRowset::open(bytes)?)),
        _ => Err(FormatError::Magic),
    }
}

/// Reads all rows.
///
/// # Errors
/// A block is damaged.
pub fn read_all(rowset: &dyn Rowset) -> Result<Vec<Row>, FormatError> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < rowset.rows() {
        let count = rowset.read_block(at, &mut rows)?;
        if count == 0 {
            return Err(FormatError::Damaged { at: rowset.bytes().len() });
        }
        at += count;
    }
    Ok(rows)
}

/// Stores the rows of a rowset in a format, its own or the other.
///
/// # Errors
/// A block cannot be read; nothing is lost, the old rowset is as it was.
pub fn convert(rowset: &dyn Rowset, into: Format) -> Result<Vec<u8>, FormatError> {
    Ok(write(into, &read_all(rowset)?))
}

/// Eight bytes at a place.
fn word(bytes: &[u8], at: usize) -> Result<u64, FormatError> {
    let found = at.checked_add(8).and_then(|end| bytes.get(at..end));
    let found = found.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    found.ok_or(FormatError::Damaged { at })
}
