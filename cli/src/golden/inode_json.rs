//! Shapes of the two families about chunk infos.

use serde::Deserialize;
use std::collections::BTreeMap;
use tabletop_core::inode::{ChunkInfo, Lists, Node};

/// `[chunk_id, compaction, offset, len, size, zero]`.
pub(super) type Info = (u64, u64, u64, u64, u64, u8);
/// `[begin, end, chunk_id, compaction, chunk_off, chunk_len, zero]`, the end inclusive.
pub(super) type VisibleNode = (u64, u64, u64, u64, u64, u64, u8);
/// `[first, last]` of ids that follow each other.
pub(super) type Runs = BTreeMap<Index, Vec<(u64, u64)>>;

/// A chunk's index, which is text as the key of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Index(pub(super) u64);

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom(format!("{text} is no chunk index")))
    }
}

pub(super) fn info((chunk_id, compaction, offset, len, size, zero): Info) -> ChunkInfo {
    ChunkInfo { chunk_id, compaction, offset, len, size, zero: zero != 0 }
}

pub(super) fn json_of(info: &ChunkInfo) -> Info {
    (info.chunk_id, info.compaction, info.offset, info.len, info.size, u8::from(info.zero))
}

pub(super) fn json_of_node(node: &Node) -> VisibleNode {
    let Node { begin, end, info, .. } = *node;
    (begin, end, info.chunk_id, info.compaction, info.offset, info.len, u8::from(info.zero))
}

/// A list, written out or made up.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Infos {
    Listed(Vec<Info>),
    Generated(Generated),
    Copies(Copies),
}

/// One info per id, everything else 0.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generated {
    #[serde(rename = "gen")]
    ids: (u64, u64),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copies {
    same: (usize, Info),
}

impl Infos {
    pub(super) fn list(self) -> Vec<ChunkInfo> {
        match self {
            Self::Listed(list) => list.into_iter().map(info).collect(),
            Self::Generated(Generated { ids }) => {
                (ids.0..=ids.1).map(|chunk_id| ChunkInfo { chunk_id, ..ChunkInfo::default() }).collect()
            }
            Self::Copies(Copies { same: (count, of) }) => vec![info(of); count],
        }
    }
}

/// A list that may be absent.
pub(super) fn list_of(infos: Option<Infos>) -> Vec<ChunkInfo> {
    infos.map(Infos::list).unwrap_or_default()
}

/// Lists by index.
pub(super) fn lists_of(chunks: BTreeMap<Index, Infos>) -> Lists {
    chunks.into_iter().map(|(index, infos)| (index.0, infos.list())).collect()
}

/// Ids as runs.
pub(super) fn runs_of(lists: &Lists) -> Runs {
    let runs = |list: &[ChunkInfo]| {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for info in list {
            match runs.last_mut() {
                Some(run) if run.1.checked_add(1) == Some(info.chunk_id) => run.1 = info.chunk_id,
                _ => runs.push((info.chunk_id, info.chunk_id)),
            }
        }
        runs
    };
    lists.iter().map(|(index, list)| (Index(*index), runs(list))).collect()
}

/// Something written out, or only how much of it there is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum OrCount<T> {
    Count(usize),
    All(Vec<T>),
}

impl<T: PartialEq> OrCount<T> {
    pub(super) fn agrees(&self, got: &[T]) -> bool {
        match self {
            Self::Count(count) => *count == got.len(),
            Self::All(all) => all == got,
        }
    }
}
