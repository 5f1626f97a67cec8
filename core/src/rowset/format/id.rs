//! Names of rowsets, and of their files.

use crate::base::VersionRange;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// Unique over all backends and restarts: a counter and the instance that counted. As text 48 hex
/// digits: 2 for the scheme, 14 for the counter, 32 for the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId {
    /// The scheme; 2 today.
    pub scheme: u8,
    /// The counter, below 2^56.
    pub count: u64,
    /// The backend's instance, drawn anew at every start.
    pub instance: u128,
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:014x}{:032x}", self.scheme, self.count, self.instance)
    }
}

impl FromStr for UniqueId {
    type Err = ();

    /// 48 hex digits; anything else is none.
    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 48 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(());
        }
        let wrong = |_| ();
        Ok(Self {
            scheme: u8::from_str_radix(&text[..2], 16).map_err(wrong)?,
            count: u64::from_str_radix(&text[2..16], 16).map_err(wrong)?,
            instance: u128::from_str_radix(&text[16..], 16).map_err(wrong)?,
        })
    }
}

/// Gives ids out.
#[derive(Clone, Debug)]
pub struct IdGenerator {
    instance: u128,
    next: u64,
}

impl IdGenerator {
    /// For one run of one backend; its instance must be drawn anew at every start.
    pub const fn new(instance: u128) -> Self {
        Self { instance, next: 1 }
    }

    /// The next id.
    pub const fn give(&mut self) -> UniqueId {
        let count = self.next;
        self.next += 1;
        UniqueId { scheme: 2, count, instance: self.instance }
    }
}

/// What a rowset's file is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Tablet and versions (before the refactoring): two rowsets of the same versions want the
    /// same file.
    ByVersion,
    /// The unique id.
    ById,
}

impl Naming {
    /// Name of a segment's file in the tablet's folder.
    pub fn file(self, tablet: u64, range: VersionRange, id: UniqueId, segment: u32) -> String {
        match self {
            Self::ByVersion => format!("{tablet}_{}_{}_{segment}.dat", range.start, range.end),
            Self::ById => format!("{id}_{segment}.dat"),
        }
    }
}
