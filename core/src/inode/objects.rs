//! Names of objects, and which objects hold a chunk info.
//!
//! ```text
//! chunk     |-------- block 0 --------|-------- block 1 --------|-- block 2 ...
//! info 7               [==============|==========]
//! objects              1_100_7_0_0      1_100_7_1_0
//! ```
//!
//! An object holds what of its info lies in the block, so its first byte is the info's first byte in
//! that block. The chunk's index is no part of the name: the id must be unique in the inode.

use super::{ChunkInfo, Geometry, InodeKey};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What is put in front of the names of a file system's objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prefix {
    /// Nothing.
    #[default]
    None,
    /// File system, millions and thousands of the inode's number.
    Thousands,
    /// File system, the inode's number modulo 256 and its thousands.
    Spread,
}

/// Names an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Object {
    /// Whose.
    pub inode: InodeKey,
    /// Of which info.
    pub chunk_id: u64,
    /// Block in the chunk.
    pub block: u64,
    /// Of which rewrite.
    pub compaction: u64,
}

impl Object {
    /// Its name in the store, as it is printed.
    pub const fn name(self, prefix: Prefix) -> ObjectName {
        ObjectName { object: self, prefix }
    }
}

/// An object's name in the store.
#[derive(Clone, Copy, Debug)]
pub struct ObjectName {
    object: Object,
    prefix: Prefix,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Object { inode: InodeKey { fs, ino }, chunk_id, block, compaction } = self.object;
        match self.prefix {
            Prefix::None => {}
            Prefix::Thousands => write!(f, "{fs}/{}/{}/", ino / 1_000_000, ino / 1_000)?,
            Prefix::Spread => write!(f, "{fs}/{}/{}/", ino % 256, ino / 1_000)?,
        }
        write!(f, "{fs}_{ino}_{chunk_id}_{block}_{compaction}")
    }
}

impl Geometry {
    /// The objects that hold an info, by block; none for one that stores nothing by its length. One of
    /// zeros is named too: whoever deletes a list deletes these names in vain.
    pub fn objects(&self, inode: InodeKey, info: &ChunkInfo) -> impl Iterator<Item = Object> + use<> {
        let ChunkInfo { chunk_id, compaction, .. } = *info;
        let first = self.place(info.offset);
        let start = info.offset - first.in_chunk;
        let blocks = match info.len {
            0 => 0..0,
            _ => first.block..(info.end() - 1 - start) / self.block_size + 1,
        };
        blocks.map(move |block| Object { inode, chunk_id, block, compaction })
    }
}
