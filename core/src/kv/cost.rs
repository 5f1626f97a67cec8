//! What reads and writes cost, counted.

use core::ops::{Add, AddAssign, Sub};
use serde::{Deserialize, Serialize};

/// Keys and bytes (key and value together) that a store was asked for and given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KvUse {
    /// Single keys asked for.
    pub gets: u64,
    /// Ranges asked for; a scan asks once a page.
    pub scans: u64,
    /// Keys read: each key asked for, found or not, and each key that a scan showed.
    pub keys_read: u64,
    /// Their bytes.
    pub bytes_read: u64,
    /// Keys put, added to or deleted.
    pub keys_written: u64,
    /// Their bytes; of a deleted key the key.
    pub bytes_written: u64,
    /// Ranges cleared.
    pub ranges_cleared: u64,
    /// Batches applied, transactions committed.
    pub commits: u64,
}

impl KvUse {
    /// Nothing read or written.
    pub const NOTHING: Self = Self {
        gets: 0,
        scans: 0,
        keys_read: 0,
        bytes_read: 0,
        keys_written: 0,
        bytes_written: 0,
        ranges_cleared: 0,
        commits: 0,
    };

    /// One key asked for.
    pub(super) fn get(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.gets += 1;
        self.shown(key, value.unwrap_or_default());
    }

    /// One key that a scan showed.
    pub(super) fn shown(&mut self, key: &[u8], value: &[u8]) {
        self.keys_read += 1;
        self.bytes_read += (key.len() + value.len()) as u64;
    }

    /// Whether nothing was read or written.
    pub fn is_nothing(&self) -> bool {
        *self == Self::NOTHING
    }
}

/// Every field by its own operation. They wrap: no run counts that far, and eight additions that cannot fail are one or
/// two instructions.
macro_rules! each_field {
    ($left:expr, $right:expr, $with:ident) => {
        KvUse {
            gets: $left.gets.$with($right.gets),
            scans: $left.scans.$with($right.scans),
            keys_read: $left.keys_read.$with($right.keys_read),
            bytes_read: $left.bytes_read.$with($right.bytes_read),
            keys_written: $left.keys_written.$with($right.keys_written),
            bytes_written: $left.bytes_written.$with($right.bytes_written),
            ranges_cleared: $left.ranges_cleared.$with($right.ranges_cleared),
            commits: $left.commits.$with($right.commits),
        }
    };
}

impl Add for KvUse {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        each_field!(self, other, wrapping_add)
    }
}

impl AddAssign for KvUse {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for KvUse {
    type Output = Self;
    /// What was used since `other` was taken.
    fn sub(self, other: Self) -> Self {
        each_field!(self, other, wrapping_sub)
    }
}
