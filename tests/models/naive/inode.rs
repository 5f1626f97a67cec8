//! Chunk infos byte by byte, rows in a list.

use tabletop_core::inode::{ChunkInfo, Node, RowKey, Slice};

/// Which entry each byte of a window shows.
pub(crate) fn naive_visible(infos: &[ChunkInfo], first: u64, last: u64) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for byte in first..=last {
        let shown = infos.iter().rposition(|info| info.offset <= byte && byte < info.offset + info.len);
        let Some(at) = shown else { continue };
        match nodes.last_mut() {
            Some(node) if node.at as usize == at && node.end + 1 == byte => node.end = byte,
            _ => nodes.push(Node { begin: byte, end: byte, at: at as u32, info: infos[at] }),
        }
    }
    nodes
}

/// The id that each byte of a chunk shows, 0 for a hole, and the byte of the slice.
pub(crate) fn naive_slices(slices: &[Slice]) -> Vec<(u64, u64)> {
    let end = slices.iter().map(|slice| slice.pos + slice.len).max().unwrap_or(0);
    let mut bytes = vec![(0, 0); end as usize];
    for slice in slices {
        for at in 0..slice.len {
            let shown = if slice.id == 0 { (0, 0) } else { (slice.id, slice.off + at) };
            bytes[(slice.pos + at) as usize] = shown;
        }
    }
    bytes
}

/// The reference's rows of one chunk, as the rules say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveRows {
    pub(crate) rows: Vec<((u64, u64, u64), Vec<u64>)>,
    pub(crate) size: u64,
}

impl NaiveRows {
    /// Removal, addition, counter; nothing happens where one of them cannot.
    pub(crate) fn modify(&mut self, remove: &[u64], add: &[u64]) -> bool {
        let mut next = self.clone();
        if let (Some(&first), Some(&last)) = (remove.first(), remove.last()) {
            let mut kept = Vec::new();
            for row in next.rows {
                let (from, until, _) = row.0;
                if first <= from && until <= last {
                    continue;
                }
                if last >= from {
                    return false;
                }
                kept.push(row);
            }
            next.rows = kept;
        }
        if let (Some(&first), Some(&last)) = (add.first(), add.last()) {
            let key = (first, last, add.len() as u64);
            next.rows.retain(|row| row.0 != key);
            next.rows.push((key, add.to_vec()));
            next.rows.sort();
        }
        next.size += add.len() as u64;
        let Some(size) = next.size.checked_sub(remove.len() as u64) else { return false };
        next.size = size;
        *self = next;
        true
    }
}

/// Our own rows of one chunk: a list of entries, each with the number of its commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveCommits {
    pub(crate) entries: Vec<(u64, u64)>,
    commits: u64,
}

impl NaiveCommits {
    pub(crate) fn append(&mut self, ids: &[u64]) {
        self.commits += 1;
        self.entries.extend(ids.iter().map(|&id| (self.commits, id)));
    }

    /// Replaces the entries of rows that were read; they are the beginning of the list.
    pub(crate) fn replace(&mut self, read: &[RowKey], ids: &[u64]) {
        let Some(last) = read.last() else { return };
        self.entries.retain(|&(commit, _)| commit > last.first);
        let new = ids.iter().map(|&id| (last.first, id));
        self.entries.splice(0..0, new.collect::<Vec<_>>());
    }
}
