//! Ranges of keys.

use alloc::vec::Vec;
use core::ops::Bound;
use serde::{Deserialize, Serialize};

/// Keys from `start` on, before `end`; without an end, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyRange {
    /// First key that may be in it.
    pub start: Vec<u8>,
    /// First key behind it.
    pub end: Option<Vec<u8>>,
}

impl KeyRange {
    /// `[start, end)`.
    pub fn new(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// `[start, last]`.
    pub fn inclusive(start: impl Into<Vec<u8>>, last: impl Into<Vec<u8>>) -> Self {
        let mut end = last.into();
        end.push(0);
        Self { start: start.into(), end: Some(end) }
    }

    /// Exactly one key.
    pub fn key(key: impl Into<Vec<u8>>) -> Self {
        let key = key.into();
        Self::inclusive(key.clone(), key)
    }

    /// Every key that begins with `prefix`, itself included.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Self {
        let start = prefix.into();
        let mut end = start.clone();
        while end.last() == Some(&u8::MAX) {
            end.pop();
        }
        // Nothing but 0xff has no end: whatever is longer is larger.
        let end = end.last_mut().map(|last| *last += 1).map(|()| end);
        Self { start, end }
    }

    /// Whether a key lies in it.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.start.as_slice() <= key && self.end.as_deref().is_none_or(|end| key < end)
    }

    /// Whether no key can lie in it.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    /// As a map takes it, which refuses a reversed range.
    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        if self.is_empty() {
            return (Bound::Included(&[]), Bound::Excluded(&[]));
        }
        let end = self.end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        (Bound::Included(&self.start), end)
    }
}
