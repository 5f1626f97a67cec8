//! The smallest cases that show what each part is for.

use super::*;
use crate::kv::{MemKv, OrderedKv};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

const FILE: InodeKey = InodeKey { fs: 1, ino: 1 };

fn store(layout: Layout) -> InodeStore<MemKv> {
    let mut store = InodeStore::new(MemKv::new(), Keys { style: KeyStyle::Ordered, partition: 1 }, layout);
    store.insert(FILE, Attributes { length: 64, atime: 0, nlink: 1 }, 1).expect("new");
    store
}

fn append(store: &mut InodeStore<MemKv>, info: ChunkInfo) {
    let changes = vec![ChunkChange::append(0, vec![info])];
    store.modify(FILE, &Modify { changes, ..Modify::default() }, 2).expect("an append is never refused");
}

fn ids(store: &InodeStore<MemKv>) -> Vec<(u64, u64)> {
    let lists = store.read(FILE, None).expect("readable").0;
    lists.iter().flat_map(|(_, list)| list).map(|info| (info.chunk_id, info.compaction)).collect()
}

/// A compaction reads 1 and 5; before it commits, the slow writer of 4 commits.
fn compacted_around_a_slow_writer(layout: Layout) -> (InodeStore<MemKv>, bool) {
    let mut store = store(layout);
    append(&mut store, ChunkInfo::written(1, 0, 8));
    append(&mut store, ChunkInfo::written(5, 8, 8));
    let (_, lists, rows) = store.snapshot(FILE).expect("there");
    append(&mut store, ChunkInfo::written(4, 0, 4));
    let remove = match layout {
        Layout::Sequenced => Removal::Rows(rows),
        _ => Removal::List(lists[0].1.clone()),
    };
    let add = vec![ChunkInfo { compaction: 1, ..ChunkInfo::written(5, 0, 16) }];
    let changes = vec![ChunkChange { index: 0, remove, add }];
    let done = store.modify(FILE, &Modify { changes, ..Modify::default() }, 3).is_ok();
    (store, done)
}

#[test]
fn the_reference_loses_an_append_and_the_others_do_not() {
    let (store, _) = compacted_around_a_slow_writer(Layout::Split);
    assert_eq!(ids(&store), [(5, 1)], "H1: 4 was never read and is gone");
    for layout in [Layout::Monolithic, Layout::Sequenced] {
        let (store, done) = compacted_around_a_slow_writer(layout);
        assert!(done, "{layout:?}");
        assert_eq!(ids(&store), [(5, 1), (4, 0)], "{layout:?}");
    }
}

#[test]
fn the_reference_hides_an_append_and_the_others_do_not() {
    for (layout, expected) in [(Layout::Split, [(3, 0), (5, 1)]), (Layout::Sequenced, [(5, 1), (3, 0)])] {
        let mut store = store(layout);
        append(&mut store, ChunkInfo { compaction: 1, ..ChunkInfo::written(5, 0, 8) });
        append(&mut store, ChunkInfo::written(3, 0, 4));
        assert_eq!(ids(&store), expected, "{layout:?}");
    }
}

#[test]
fn a_retried_commit_of_a_compaction_does_nothing() {
    let mut store = store(Layout::Sequenced);
    append(&mut store, ChunkInfo::written(1, 0, 8));
    append(&mut store, ChunkInfo::written(2, 8, 8));
    let rows = store.snapshot(FILE).expect("there").2;
    let add = vec![ChunkInfo::written(3, 0, 16)];
    let changes = vec![ChunkChange { index: 0, remove: Removal::Rows(rows), add }];
    let modify = Modify { changes, ..Modify::default() };
    assert_eq!(store.modify(FILE, &modify, 3), Ok(Modified::Done));
    append(&mut store, ChunkInfo::written(4, 0, 1));
    assert_eq!(store.modify(FILE, &modify, 4), Ok(Modified::Repeated));
    assert_eq!(ids(&store), [(3, 0), (4, 0)]);
    assert_eq!(store.meta_size(FILE), Ok(2));
}

#[test]
fn a_request_is_carried_out_once() {
    let mut store = store(Layout::Sequenced);
    let changes = vec![ChunkChange::append(0, vec![ChunkInfo::written(1, 0, 8)])];
    let modify = Modify { changes, request: Some((7, 1)), ..Modify::default() };
    assert_eq!(store.modify(FILE, &modify, 2), Ok(Modified::Done));
    assert_eq!(store.modify(FILE, &modify, 3), Ok(Modified::Repeated));
    assert_eq!(store.meta_size(FILE), Ok(1));
}

#[test]
fn an_append_to_split_rows_reads_and_writes_the_same_however_long_the_list() {
    for layout in [Layout::Split, Layout::Sequenced, Layout::Monolithic] {
        let mut store = store(layout);
        let mut costs = Vec::new();
        for id in 1_000_000..1_000_300 {
            let before = store.used();
            append(&mut store, ChunkInfo::written(id, 4096 * (id % 16), 4096));
            let cost = store.used() - before;
            costs.push(cost.bytes_read + cost.bytes_written);
        }
        let (early, late) = (costs[150], costs[299]);
        match layout {
            Layout::Monolithic => assert!(late > early * 19 / 10, "{early} {late}"),
            _ => assert_eq!(early, late, "{layout:?}"),
        }
    }
}

#[test]
fn deleting_an_inode_takes_its_rows_along_only_in_our_own_layout() {
    for (layout, rows) in [(Layout::Split, 1), (Layout::Sequenced, 0)] {
        let mut store = store(layout);
        append(&mut store, ChunkInfo::written(1, 0, 8));
        store.delete(FILE, 3).expect("there");
        assert_eq!(store.all_rows().len(), rows, "{layout:?}");
        let again = store.delete(FILE, 4);
        assert_eq!(again.is_ok(), layout == Layout::Split);
        assert_eq!(store.inode_count(), Ok(0));
    }
}

#[test]
fn a_later_entry_hides_earlier_ones_whatever_its_id() {
    let infos = [ChunkInfo::written(9, 0, 10), ChunkInfo::written(2, 3, 4)];
    let nodes = visible(&infos, Some((0, 63)));
    let seen: Vec<_> = nodes.iter().map(|node| (node.begin, node.end, node.info.chunk_id)).collect();
    assert_eq!(seen, [(0, 2, 9), (3, 6, 2), (7, 9, 9)]);
}

#[test]
fn sparse_rewriting_stores_no_large_gap() {
    let geometry = Geometry { chunk_size: 64, block_size: 4 };
    let zeros = ChunkInfo { zero: true, ..ChunkInfo::written(2, 8, 8) };
    let infos =
        [ChunkInfo::written(1, 0, 8), zeros, ChunkInfo::written(3, 18, 2), ChunkInfo::written(4, 40, 2)];
    let plans = plan(&visible(&infos, Some((0, 63))), geometry, Rewrite::Sparse { first_id: 10 });
    let made: Vec<_> =
        plans.iter().map(|Plan { info, .. }| (info.chunk_id, info.offset, info.len, info.zero)).collect();
    assert_eq!(made, [(10, 0, 8, false), (11, 8, 8, true), (12, 18, 2, false), (13, 40, 2, false)]);
}

#[test]
fn errors_say_what_and_where() {
    let error = InodeError::Range { asked: (2, 9), row: (1, 3) };
    assert_eq!(
        error.to_string(),
        "STORAGE_INTERNAL_ERROR: a removal of ids 2 to 9 meets the row 1 to 3; rows go whole"
    );
    let mut kv = MemKv::new();
    kv.apply(&crate::kv::WriteBatch::new());
    assert!(kv.is_empty());
}
