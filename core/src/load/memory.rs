//! How much memory loads hold, and when they must wait.
//!
//! ```text
//! 0 ── safe 5 % ─────────────────────── soft 80 % ──── hard
//!      below: never wait                flush the      wait until
//!                                       largest        memory is given back
//! ```

use serde::{Deserialize, Serialize};

/// Where the bytes of a MemTable are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In a delta writer, growing.
    Active,
    /// In a queue.
    Queued,
    /// Being written.
    Flushing,
}

/// Bytes of all MemTables by place, against the limit of loads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemTracker {
    active: u64,
    queued: u64,
    flushing: u64,
}

impl MemTracker {
    fn slot(&mut self, place: Place) -> &mut u64 {
        match place {
            Place::Active => &mut self.active,
            Place::Queued => &mut self.queued,
            Place::Flushing => &mut self.flushing,
        }
    }

    /// Bytes at a place.
    pub const fn at(&self, place: Place) -> u64 {
        match place {
            Place::Active => self.active,
            Place::Queued => self.queued,
            Place::Flushing => self.flushing,
        }
    }

    /// Rows were inserted.
    pub const fn insert(&mut self, bytes: u64) {
        self.active += bytes;
    }

    /// A MemTable went from one place to another.
    ///
    /// # Panics
    /// Where fewer bytes are accounted there.
    pub fn shift(&mut self, bytes: u64, from: Place, to: Place) {
        self.release(bytes, from);
        *self.slot(to) += bytes;
    }

    /// A MemTable is gone.
    ///
    /// # Panics
    /// Where fewer bytes are accounted there.
    pub fn release(&mut self, bytes: u64, from: Place) {
        let slot = self.slot(from);
        assert!(*slot >= bytes, "{bytes} bytes leave {from:?}, where {slot} are accounted");
        *slot -= bytes;
    }

    /// Bytes of all MemTables.
    pub const fn used(&self) -> u64 {
        self.active + self.queued + self.flushing
    }

    /// From here on the largest MemTables are flushed.
    pub const fn soft(hard: u64) -> u64 {
        hard / 5 * 4
    }

    /// Below this nobody waits.
    pub const fn safe(hard: u64) -> u64 {
        hard / 20
    }

    /// Bytes of active MemTables that should be flushed now, besides those on their way.
    pub const fn need(&self, hard: u64) -> u64 {
        let used = self.used();
        if used < Self::soft(hard) || used <= Self::safe(hard) {
            return 0;
        }
        (used - Self::soft(hard)).saturating_sub(self.queued + self.flushing)
    }

    /// Whether who wants to insert must wait.
    pub const fn must_wait(&self, hard: u64) -> bool {
        let used = self.used();
        used >= hard && used > Self::safe(hard)
    }
}
