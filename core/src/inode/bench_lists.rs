//! The chunk lists that benchmarks share: one chunk written 100,000 times.

use super::{ChunkInfo, Geometry};
use crate::base::Rng;
use alloc::vec::Vec;

const INFOS: u64 = 100_000;
const CHUNK: u64 = Geometry::DEFAULT.chunk_size;

/// Small writes, large ones, whole blocks over and over, each with its name.
pub fn all() -> [(&'static str, Vec<ChunkInfo>); 3] {
    let mut rng = Rng::new(9);
    let mut anywhere = |most: u64| {
        let info = |id| {
            let len = 1 + rng.below(most);
            ChunkInfo::written(id, rng.below(CHUNK - len), len)
        };
        (1..=INFOS).map(info).collect()
    };
    let (small, large) = (anywhere(8 << 10), anywhere(4 << 20));
    let rewrites = (1..=INFOS).map(|id| ChunkInfo::written(id, 4_096 * (id * 7 % 16_384), 4_096)).collect();
    [("up to 8 kB", small), ("up to 4 MB", large), ("4 kB rewritten", rewrites)]
}
