//! The same question in JuiceFS: what of a chunk's slices a reader sees, and when writing merges them.
//!
//! Source: JuiceFS, `pkg/meta` (slice records in one value per chunk, later ones win).

use super::paint::{self, Interval};
use alloc::vec::Vec;

/// A record of a chunk's value, or a stretch of what is seen. Id 0 is a hole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// First byte in the chunk.
    pub pos: u64,
    /// The slice; 0 reads as zeros.
    pub id: u64,
    /// Bytes of the whole slice.
    pub size: u64,
    /// First byte used in it.
    pub off: u64,
    /// Bytes used of it.
    pub len: u64,
}

/// What is seen of slices in the order they were written: from byte 0 to the last that any of them
/// reaches, holes included; neighbouring holes are one.
///
/// # Panics
/// There are 2^32 slices or more.
pub fn slice_view(slices: &[Slice]) -> Vec<Slice> {
    assert!(u32::try_from(slices.len()).is_ok(), "{} slices in one chunk", slices.len());
    let interval = |(at, slice): (usize, &Slice)| {
        let end = slice.pos.saturating_add(slice.len);
        (end > slice.pos).then(|| Interval { begin: slice.pos, end: end - 1, at: at as u32 })
    };
    let mut view: Vec<Slice> = Vec::new();
    let mut behind = 0;
    paint::seen(slices.iter().enumerate().filter_map(interval).collect(), |Interval { begin, end, at }| {
        if begin > behind {
            push(&mut view, Slice { pos: behind, len: begin - behind, ..Slice::default() });
        }
        let slice = slices[at as usize];
        let (pos, len) = (begin, end - begin + 1);
        let shown = match slice.id {
            0 => Slice { pos, len, ..Slice::default() },
            _ => Slice { pos, len, off: slice.off + (begin - slice.pos), ..slice },
        };
        push(&mut view, shown);
        behind = end.saturating_add(1);
    });
    view
}

fn push(view: &mut Vec<Slice>, slice: Slice) {
    match view.last_mut() {
        Some(last) if last.id == 0 && slice.id == 0 => last.len += slice.len,
        _ => view.push(slice),
    }
}

/// What a write does about the number of slices that it leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteTrigger {
    /// Nothing.
    None,
    /// Merges in the background.
    Async,
    /// Merges before it answers.
    Sync,
}

/// The rule: at once from 2,500 on, in the background above 350 and at every 99th of a hundred.
pub const fn write_trigger(slices_after: u64) -> WriteTrigger {
    match slices_after {
        2_500.. => WriteTrigger::Sync,
        351.. => WriteTrigger::Async,
        _ if slices_after % 100 == 99 => WriteTrigger::Async,
        _ => WriteTrigger::None,
    }
}
