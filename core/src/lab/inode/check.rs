//! Invariants of the lab, tested from outside the mechanism.

use super::side::{Origin, Side};
use super::{FILE, InodeLab};
use crate::inode::{ChunkInfo, EmptyFile, Geometry, Layout, visible, window, wire};
use crate::lab::Violation;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::ControlFlow;

const GEOMETRY: Geometry = Geometry::DEFAULT;
/// So many rows of a store are checked after every step.
const ROWS_ALWAYS: usize = 100;

fn broken(invariant: &str, text: String) -> Violation {
    Violation { invariant: invariant.to_string(), text }
}

pub(super) const fn name_of(layout: Layout) -> &'static str {
    match layout {
        Layout::Monolithic => "monolithic",
        Layout::Split => "split",
        Layout::Sequenced => "sequenced",
    }
}

/// Whose bytes are seen; zeros and holes are nobody's. Neighbours of one owner are one.
fn owners(
    list: &[ChunkInfo],
    known: &BTreeMap<(u64, u64), Vec<Origin>>,
    length: u64,
    index: u64,
) -> Vec<Origin> {
    let mut seen: Vec<Origin> = Vec::new();
    let mut push = |(begin, end, id): Origin| match seen.last_mut() {
        Some(before) if before.1 + 1 == begin && before.2 == id => before.1 = end,
        _ => seen.push((begin, end, id)),
    };
    for node in visible(list, window(GEOMETRY, length, index, EmptyFile::Nothing)) {
        if node.info.zero {
            continue;
        }
        match known.get(&(node.info.chunk_id, node.info.compaction)) {
            None => push((node.begin, node.end, node.info.chunk_id)),
            Some(origins) => {
                let cut =
                    origins.iter().map(|&(begin, end, id)| (begin.max(node.begin), end.min(node.end), id));
                cut.filter(|(begin, end, _)| begin <= end).for_each(&mut push);
            }
        }
    }
    seen
}

impl Side {
    /// A chunk's list as stored.
    pub(super) fn list(&self, index: u64) -> Result<Vec<ChunkInfo>, Violation> {
        let mut list = Vec::new();
        let mut wrong = None;
        let visited = self.store.aside(|store| {
            store.visit_rows(FILE, Some(index), &mut |row| {
                wrong = wire::decode_list(row.list, &mut list).err();
                if wrong.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        let error = visited.err().map(|error| error.to_string());
        match error.or(wrong.map(|wrong| wrong.to_string())) {
            Some(text) => Err(broken("values are readable", text)),
            None => Ok(list),
        }
    }

    /// What clients wrote, in the order of the store.
    fn truth(&self, index: u64) -> Vec<ChunkInfo> {
        let of = self.written.range((index, 0, 0, 0)..=(index, u64::MAX, u64::MAX, u64::MAX));
        of.flat_map(|(_, list)| list.iter().copied()).collect()
    }

    /// Whose bytes a reader of a chunk gets from the store.
    pub(super) fn read_of(&self, index: u64, length: u64) -> Result<Vec<Origin>, Violation> {
        Ok(owners(&self.list(index)?, &self.origins, length, index))
    }

    /// Whose bytes a reader of a chunk should get.
    pub(super) fn written_to(&self, index: u64, length: u64) -> Vec<Origin> {
        owners(&self.truth(index), &BTreeMap::new(), length, index)
    }

    fn content_is_kept(&self, index: u64, length: u64) -> Result<(), Violation> {
        let (got, expected) = (self.read_of(index, length)?, self.written_to(index, length));
        if got == expected {
            return Ok(());
        }
        let first =
            expected.iter().zip(&got).position(|(a, b)| a != b).unwrap_or(got.len().min(expected.len()));
        let show = |list: &[Origin]| match list.get(first) {
            Some((begin, end, id)) => format!("bytes {begin} to {end} of write {id}"),
            None => "nothing more".to_string(),
        };
        let store = name_of(self.layout());
        Err(broken(
            "content is kept",
            format!("{store}, chunk {index}: written {}, read {}", show(&expected), show(&got)),
        ))
    }

    fn objects_are_there(&self, index: u64, length: u64) -> Result<(), Violation> {
        let list = self.list(index)?;
        for node in visible(&list, window(GEOMETRY, length, index, EmptyFile::Nothing)) {
            if node.info.zero {
                continue;
            }
            let part = ChunkInfo { offset: node.begin, len: node.len(), ..node.info };
            if let Some(gone) = GEOMETRY.objects(FILE, &part).find(|object| !self.objects.contains(object)) {
                let store = name_of(self.layout());
                let object = gone.name(crate::inode::Prefix::None);
                return Err(broken("objects are there", format!("{store}, chunk {index}: {object} is gone")));
            }
        }
        Ok(())
    }
}

impl InodeLab {
    /// The same is read as was written, from objects that exist. Asked of what the last step touched; of
    /// everything where that is little, or where nothing is under way, so that whoever looks later sees it
    /// too. A chunk that was never compacted holds its writes as they are.
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let quiet = self.is_quiet();
        for side in &self.sides {
            let all = quiet || side.written.len() <= ROWS_ALWAYS;
            for &index in side.compacted.iter().filter(|index| all || side.touched.contains(index)) {
                side.content_is_kept(index, side.length)?;
                side.objects_are_there(index, side.length)?;
            }
        }
        Ok(())
    }
}
