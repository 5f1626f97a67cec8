//! A piece of a file as one flush wrote it, and where it lies.

use serde::{Deserialize, Serialize};

/// Names an inode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InodeKey {
    /// File system.
    pub fs: u32,
    /// Number of the inode in it.
    pub ino: u64,
}

/// What one flush, one compaction or one enlarging truncate appended to the list of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkInfo {
    /// Given out once; names the objects.
    pub chunk_id: u64,
    /// 0 as a client wrote it; rises with each rewrite under the same id.
    pub compaction: u64,
    /// First byte in the file.
    pub offset: u64,
    /// Bytes in the file.
    pub len: u64,
    /// Bytes stored; equal to `len` in practice.
    pub size: u64,
    /// There is no object, it reads as zeros.
    pub zero: bool,
}

impl ChunkInfo {
    /// A flush of `len` bytes.
    pub const fn written(chunk_id: u64, offset: u64, len: u64) -> Self {
        Self { chunk_id, compaction: 0, offset, len, size: len, zero: false }
    }

    /// One past its last byte; the end of the address space where it would lie behind it.
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// How a file is cut: into chunks, and these into objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geometry {
    /// Bytes of a chunk; not 0.
    pub chunk_size: u64,
    /// Bytes of an object; not 0, and a divisor of `chunk_size`.
    pub block_size: u64,
}

/// A byte of a file: its chunk, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Chunk.
    pub index: u64,
    /// Byte in the chunk.
    pub in_chunk: u64,
    /// Block in the chunk.
    pub block: u64,
}

impl Geometry {
    /// Chunks of 64 MiB, objects of 4 MiB.
    pub const DEFAULT: Self = Self { chunk_size: 64 << 20, block_size: 4 << 20 };

    /// Where a byte of a file lies.
    pub const fn place(&self, offset: u64) -> Place {
        let in_chunk = offset % self.chunk_size;
        Place { index: offset / self.chunk_size, in_chunk, block: in_chunk / self.block_size }
    }

    /// First byte of a chunk; the end of the address space where it would lie behind it.
    pub const fn start(&self, index: u64) -> u64 {
        index.saturating_mul(self.chunk_size)
    }
}
