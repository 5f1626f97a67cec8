//! Rows of one tablet, gathered until they are worth a segment.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Names one load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LoadId(pub u64);

impl fmt::Display for LoadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load {}", self.0)
    }
}

/// Names one MemTable; never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemTableId(pub u64);

/// Rows in memory, of one tablet and one load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemTable {
    /// Its name.
    pub id: MemTableId,
    /// Whose rows.
    pub load: LoadId,
    /// The tablet.
    pub tablet: u32,
    /// Rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl MemTable {
    /// An empty one.
    pub const fn new(id: MemTableId, load: LoadId, tablet: u32) -> Self {
        Self { id, load, tablet, rows: 0, bytes: 0 }
    }

    /// Puts rows in.
    pub const fn insert(&mut self, rows: u64, bytes: u64) {
        self.rows += rows;
        self.bytes += bytes;
    }
}

/// When a MemTable is full: `write_buffer_size`, `enable_adaptive_write_buffer_size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBuffer {
    /// Bytes at which one is full.
    pub bytes: u64,
    /// While memory is plenty, four times or twice as many.
    pub adaptive: bool,
}

impl WriteBuffer {
    /// Bytes at which a MemTable is full while all loads use `used` of `hard` bytes: ×4 up to half
    /// of them, ×2 up to 80 %, ×1 above.
    pub const fn full_at(self, used: u64, hard: u64) -> u64 {
        let (used, hard) = (used as u128, hard as u128);
        let times = if !self.adaptive || used * 100 > hard * 80 {
            1
        } else if used * 2 > hard {
            2
        } else {
            4
        };
        self.bytes.saturating_mul(times)
    }
}
