//! Keys of records: in the order that a scan wants, or in the reference's text.
//!
//! ```text
//! text      1 ':' table ":0:"  2:fs:inode:index:first:last:count       index 10 before index 2
//! ordered   (2, partition, fs, inode, index, first, last, count)       index 2 before index 10
//! ```
//!
//! In both, a prefix ends with a whole element, so that inode 1 never meets inode 10.
//! The reference pads `first` and `last` to 20 digits and nothing else; see the table of warts in
//! the module's head.

use super::InodeKey;
use crate::kv::{KeyRange, TupleKey, TupleReader};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use serde::{Deserialize, Serialize};

/// What a key names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKey {
    /// An inode without its lists, or with them in the monolithic store.
    Inode(InodeKey),
    /// Chunk infos that were appended together.
    ChunkList(RowKey),
    /// A name in a directory.
    Dentry {
        /// File system.
        fs: u32,
        /// The directory.
        parent: u64,
        /// Any text, colons included.
        name: String,
    },
    /// A slice of the extents of a file on a volume.
    Extent {
        /// The file.
        inode: InodeKey,
        /// Where the slice begins.
        offset: u64,
    },
    /// Counters of an inode.
    Aux(InodeKey),
    /// The last entry of the replicated log that was carried out. Its number is ours.
    AppliedIndex,
    /// How many inodes there are. Its number is ours.
    InodeCount,
    /// The last request of a client that was carried out. Not in the reference.
    Request(u64),
}

/// Names a row of a chunk's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowKey {
    /// The file.
    pub inode: InodeKey,
    /// The chunk.
    pub index: u64,
    /// Id of the first info; in the sequenced store the number of the commit.
    pub first: u64,
    /// Id of the last info; in the sequenced store the number of rewrites.
    pub last: u64,
    /// Number of infos.
    pub count: u64,
}

/// How keys are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStyle {
    /// Tuples: byte order is the order of numbers, in every element.
    #[default]
    Ordered,
    /// As the reference writes them.
    Text,
}

impl RecordKey {
    /// Number of the kind of record.
    pub const fn kind(&self) -> u64 {
        match self {
            Self::Inode(_) => 1,
            Self::ChunkList(_) => 2,
            Self::Dentry { .. } => 3,
            Self::Extent { .. } => 4,
            Self::Aux(_) => 5,
            Self::AppliedIndex => 9,
            Self::InodeCount => 11,
            Self::Request(_) => 15,
        }
    }

    /// The reference's text, without the table.
    pub fn text(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Inode(InodeKey { fs, ino }) | Self::Aux(InodeKey { fs, ino }) => {
                format!("{kind}:{fs}:{ino}")
            }
            Self::ChunkList(row) => {
                let RowKey { inode: InodeKey { fs, ino }, index, first, last, count } = row;
                format!("{kind}:{fs}:{ino}:{index}:{first:020}:{last:020}:{count}")
            }
            Self::Dentry { fs, parent, name } => format!("{kind}:{fs}:{parent}:{name}"),
            Self::Extent { inode: InodeKey { fs, ino }, offset } => format!("{kind}:{fs}:{ino}:{offset}"),
            Self::AppliedIndex | Self::InodeCount => kind.to_string(),
            Self::Request(client) => format!("{kind}:{client}"),
        }
    }

    /// Reads the reference's text; nothing where it is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        if number::<u64>(kind)? == 3 {
            let mut parts = rest.splitn(3, ':');
            let (fs, parent) = (number(parts.next()?)?, number(parts.next()?)?);
            return Some(Self::Dentry { fs, parent, name: parts.next()?.to_string() });
        }
        let mut numbers = Vec::new();
        for part in rest.split(':') {
            numbers.push(number::<u64>(part)?);
        }
        let inode = |fs: u64, ino| Some(InodeKey { fs: u32::try_from(fs).ok()?, ino });
        match (number(kind)?, numbers.as_slice()) {
            (1, &[fs, ino]) => Some(Self::Inode(inode(fs, ino)?)),
            (2, &[fs, ino, index, first, last, count]) => {
                Some(Self::ChunkList(RowKey { inode: inode(fs, ino)?, index, first, last, count }))
            }
            (4, &[fs, ino, offset]) => Some(Self::Extent { inode: inode(fs, ino)?, offset }),
            (5, &[fs, ino]) => Some(Self::Aux(inode(fs, ino)?)),
            (15, &[client]) => Some(Self::Request(client)),
            _ => None,
        }
    }
}

/// Digits only: no sign, not empty.
fn number<T: core::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A table's name in the reference: the kind in decimal, a colon, the partition as four bytes, the
/// lowest first. Six bytes; seven from kind 10 on, although their number is documented as fixed.
pub fn table_name(kind: u64, partition: u32) -> Vec<u8> {
    let mut name = format!("{kind}:").into_bytes();
    name.extend(partition.to_le_bytes());
    name
}

/// Writes and reads the keys of one partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// How.
    pub style: KeyStyle,
    /// Whose.
    pub partition: u32,
}

impl Keys {
    /// What comes before the key in the reference's store: family, table, `:0:`.
    fn text_head(self, kind: u64) -> Vec<u8> {
        // Records that are only ever looked up lie in the unordered family.
        let family = u8::from(!matches!(kind, 1 | 5));
        let mut head = alloc::vec![family, b':'];
        head.extend(table_name(kind, self.partition));
        head.extend(*b":0:");
        head
    }

    fn tuple(self, kind: u64) -> TupleKey {
        TupleKey::new().u64(kind).u64(u64::from(self.partition))
    }

    /// A record's key.
    pub fn encode(self, record: &RecordKey) -> Vec<u8> {
        match self.style {
            KeyStyle::Text => {
                let mut key = self.text_head(record.kind());
                key.extend(record.text().into_bytes());
                key
            }
            KeyStyle::Ordered => {
                let key = self.tuple(record.kind());
                let with = |key: TupleKey, inode: &InodeKey| key.u64(u64::from(inode.fs)).u64(inode.ino);
                match record {
                    RecordKey::Inode(inode) | RecordKey::Aux(inode) => with(key, inode),
                    RecordKey::ChunkList(row) => {
                        with(key, &row.inode).u64(row.index).u64(row.first).u64(row.last).u64(row.count)
                    }
                    RecordKey::Dentry { fs, parent, name } => key.u64(u64::from(*fs)).u64(*parent).str(name),
                    RecordKey::Extent { inode, offset } => with(key, inode).u64(*offset),
                    RecordKey::AppliedIndex | RecordKey::InodeCount => key,
                    RecordKey::Request(client) => key.u64(*client),
                }
                .into_bytes()
            }
        }
    }

    /// Reads a key; nothing where it is none of this partition's.
    pub fn decode(self, key: &[u8]) -> Option<RecordKey> {
        match self.style {
            KeyStyle::Text => {
                let kind = key.get(2..)?.iter().take_while(|byte| byte.is_ascii_digit());
                let kind = kind.fold(0_u64, |kind, digit| {
                    kind.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
                });
                let text = core::str::from_utf8(key.strip_prefix(self.text_head(kind).as_slice())?).ok()?;
                match text {
                    "9" => Some(RecordKey::AppliedIndex),
                    "11" => Some(RecordKey::InodeCount),
                    _ => RecordKey::parse(text),
                }
            }
            KeyStyle::Ordered => {
                let mut reader = TupleReader::new(key);
                let kind = reader.u64().ok()?;
                if reader.u64() != Ok(u64::from(self.partition)) {
                    return None;
                }
                let record = Self::record(kind, &mut reader)?;
                reader.is_done().then_some(record)
            }
        }
    }

    fn record(kind: u64, reader: &mut TupleReader<'_>) -> Option<RecordKey> {
        match kind {
            9 => return Some(RecordKey::AppliedIndex),
            11 => return Some(RecordKey::InodeCount),
            _ => {}
        }
        let first = reader.u64().ok()?;
        if kind == 15 {
            return Some(RecordKey::Request(first));
        }
        let fs = u32::try_from(first).ok()?;
        let inode = InodeKey { fs, ino: reader.u64().ok()? };
        let mut next = || reader.u64().ok();
        Some(match kind {
            1 => RecordKey::Inode(inode),
            2 => {
                let (index, first) = (next()?, next()?);
                RecordKey::ChunkList(RowKey { inode, index, first, last: next()?, count: next()? })
            }
            3 => RecordKey::Dentry { fs, parent: inode.ino, name: reader.str().ok()? },
            4 => RecordKey::Extent { inode, offset: next()? },
            5 => RecordKey::Aux(inode),
            _ => return None,
        })
    }

    /// Keys of a kind of record that belong to an inode, and of one chunk where that is given.
    pub fn of_inode(self, kind: u64, inode: InodeKey, index: Option<u64>) -> KeyRange {
        match self.style {
            KeyStyle::Text => {
                let mut prefix = String::new();
                // Writing to a string cannot fail.
                let _ = write!(prefix, "{kind}:{}:{}:", inode.fs, inode.ino);
                if let Some(index) = index {
                    let _ = write!(prefix, "{index}:");
                }
                let mut key = self.text_head(kind);
                key.extend(prefix.into_bytes());
                KeyRange::prefix(key)
            }
            KeyStyle::Ordered => {
                let key = self.tuple(kind).u64(u64::from(inode.fs)).u64(inode.ino);
                KeyRange::prefix(index.map_or(key.clone(), |index| key.u64(index)))
            }
        }
    }

    /// Every key of a kind of record.
    pub fn of_kind(self, kind: u64) -> KeyRange {
        match self.style {
            KeyStyle::Text => KeyRange::prefix(self.text_head(kind)),
            KeyStyle::Ordered => KeyRange::prefix(self.tuple(kind)),
        }
    }
}
