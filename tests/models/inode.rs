//! Chunk infos against bytes that are looked at one by one, stores against lists.

use crate::naive::{NaiveCommits, NaiveRows, naive_slices, naive_visible};
use proptest::prelude::*;
use tabletop_core::base::SimTime;
use tabletop_core::inode::stream::{END, Receiver, StreamState, message};
use tabletop_core::inode::{
    Attributes, ChunkChange, ChunkInfo, Geometry, InodeKey, InodeStore, KeyStyle, Keys, Layout, Modify,
    Piece, RecordKey, Removal, Rewrite, RowKey, Slice, plan, slice_view, visible, wire,
};
use tabletop_core::kv::MemKv;

const FILE: InodeKey = InodeKey { fs: 1, ino: 10 };

fn info() -> impl Strategy<Value = ChunkInfo> {
    (0_u64..60, 0_u64..24, 1_u64..30, 0_u64..3, any::<bool>()).prop_map(
        |(offset, len, chunk_id, compaction, zero)| ChunkInfo {
            zero,
            compaction,
            ..ChunkInfo::written(chunk_id, offset, len)
        },
    )
}

fn store(layout: Layout, style: KeyStyle) -> InodeStore<MemKv> {
    let mut store = InodeStore::new(MemKv::new(), Keys { style, partition: 7 }, layout);
    store.insert(FILE, Attributes { length: 0, atime: 0, nlink: 1 }, 1).expect("it is new");
    store
}

fn infos(ids: &[u64]) -> Vec<ChunkInfo> {
    ids.iter().map(|&id| ChunkInfo::written(id, id % 64, 4)).collect()
}

fn ids_of(store: &InodeStore<MemKv>) -> Vec<u64> {
    let lists = store.read(FILE, None).expect("readable").0;
    lists.iter().flat_map(|(_, list)| list.iter().map(|info| info.chunk_id)).collect()
}

fn change(remove: Removal, add: Vec<ChunkInfo>) -> Modify {
    Modify { changes: vec![ChunkChange { index: 3, remove, add }], ..Modify::default() }
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..20, any::<u64>(), Just(u64::MAX)]
}

fn record() -> impl Strategy<Value = RecordKey> {
    let inode = || (any::<u32>(), number()).prop_map(|(fs, ino)| InodeKey { fs, ino });
    prop_oneof![
        inode().prop_map(RecordKey::Inode),
        inode().prop_map(RecordKey::Aux),
        (inode(), number(), number(), number(), number()).prop_map(|(inode, index, first, last, count)| {
            RecordKey::ChunkList(RowKey { inode, index, first, last, count })
        }),
        (inode(), number()).prop_map(|(inode, offset)| RecordKey::Extent { inode, offset }),
        (any::<u32>(), number(), ".*").prop_map(|(fs, parent, name)| RecordKey::Dentry { fs, parent, name }),
        Just(RecordKey::AppliedIndex),
        Just(RecordKey::InodeCount),
        number().prop_map(RecordKey::Request),
    ]
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn what_is_seen_is_what_each_byte_shows(list in proptest::collection::vec(info(), 0..24), first in 0_u64..20, len in 1_u64..60) {
        let last = first + len - 1;
        prop_assert_eq!(visible(&list, Some((first, last))), naive_visible(&list, first, last));
    }

    #[test]
    fn slices_show_what_each_byte_shows(slices in proptest::collection::vec((0_u64..50, 0_u64..6, 0_u64..9, 1_u64..20), 0..12)) {
        let slices: Vec<_> = slices.into_iter().map(|(pos, id, off, len)| match id {
            0 => Slice { pos, len, ..Slice::default() },
            _ => Slice { pos, id, size: off + len, off, len },
        }).collect();
        let mut bytes = Vec::new();
        for slice in slice_view(&slices) {
            prop_assert_eq!(slice.pos as usize, bytes.len());
            bytes.extend((0..slice.len).map(|at| if slice.id == 0 { (0, 0) } else { (slice.id, slice.off + at) }));
        }
        prop_assert_eq!(bytes, naive_slices(&slices));
    }

    /// Both ways of rewriting show the bytes that were seen: by entry, none for zeros and holes.
    #[test]
    fn a_rewritten_chunk_shows_the_same(list in proptest::collection::vec(info(), 0..24)) {
        let nodes = visible(&list, Some((0, 63)));
        let geometry = Geometry { chunk_size: 64, block_size: 4 };
        let mut expected = [None; 64];
        for node in nodes.iter().filter(|node| !node.info.zero) {
            (node.begin..=node.end).for_each(|byte| expected[byte as usize] = Some(node.at));
        }
        for rewrite in [Rewrite::Whole { forget_holes: false }, Rewrite::Sparse { first_id: 100 }] {
            let (mut got, mut last) = ([None; 64], 0);
            for plan in plan(&nodes, geometry, rewrite) {
                prop_assert!(plan.info.offset >= last, "plans overlap");
                last = plan.info.end();
                let mut byte = plan.info.offset;
                for piece in &plan.pieces {
                    match piece {
                        Piece::Zeros(len) => byte += len,
                        Piece::Copy(node) => {
                            prop_assert_eq!(byte, node.begin);
                            (node.begin..=node.end).for_each(|at| got[at as usize] = Some(node.at));
                            byte = node.end + 1;
                        }
                    }
                }
                prop_assert!(plan.info.zero || byte == plan.info.end());
                let read: u64 = plan.reads(FILE, geometry).iter().map(|read| read.len).sum();
                prop_assert_eq!(read, if plan.info.zero { 0 } else { plan.info.len });
            }
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn split_rows_follow_the_reference(
        ops in proptest::collection::vec((proptest::collection::vec(1_u64..12, 0..4), proptest::collection::vec(1_u64..12, 0..4)), 0..24),
        text in any::<bool>(),
    ) {
        let mut store = store(Layout::Split, if text { KeyStyle::Text } else { KeyStyle::Ordered });
        let mut naive = NaiveRows::default();
        for (log, (remove, add)) in (2..).zip(ops) {
            let modify = change(Removal::List(infos(&remove)), infos(&add));
            prop_assert_eq!(store.modify(FILE, &modify, log).is_ok(), naive.modify(&remove, &add));
            let expected: Vec<u64> = naive.rows.iter().flat_map(|row| row.1.clone()).collect();
            prop_assert_eq!(ids_of(&store), expected);
            prop_assert_eq!(store.meta_size(FILE), Ok(naive.size));
        }
    }

    /// Appends in any order of ids, compactions that commit late: what was read goes, what came stays.
    #[test]
    fn sequenced_rows_keep_every_append(ops in proptest::collection::vec((0_u8..4, proptest::collection::vec(1_u64..99, 1..4)), 0..32)) {
        let mut store = store(Layout::Sequenced, KeyStyle::Ordered);
        let mut naive = NaiveCommits::default();
        let mut read: Vec<RowKey> = Vec::new();
        for (log, (what, ids)) in (2..).zip(ops) {
            match what {
                0 => read = store.all_rows(),
                1 if !read.is_empty() => {
                    let modify = change(Removal::Rows(read.clone()), infos(&ids));
                    prop_assert!(store.modify(FILE, &modify, log).is_ok());
                    naive.replace(&read, &ids);
                    // The same again finds its work done; another one finds other rows.
                    prop_assert!(store.modify(FILE, &modify, log).is_ok());
                    let other = change(Removal::Rows(read.clone()), infos(&[7, 7, 7, 7]));
                    prop_assert!(store.modify(FILE, &other, log).is_err());
                    read.clear();
                }
                _ => {
                    prop_assert!(store.modify(FILE, &change(Removal::Nothing, infos(&ids)), log).is_ok());
                    naive.append(&ids);
                }
            }
            let expected: Vec<u64> = naive.entries.iter().map(|entry| entry.1).collect();
            prop_assert_eq!(store.meta_size(FILE), Ok(expected.len() as u64));
            prop_assert_eq!(ids_of(&store), expected);
        }
    }

    #[test]
    fn keys_go_round_and_keep_order(a in record(), b in record()) {
        for style in [KeyStyle::Ordered, KeyStyle::Text] {
            let keys = Keys { style, partition: 513 };
            let (left, right) = (keys.encode(&a), keys.encode(&b));
            prop_assert_eq!(keys.decode(&left), Some(a.clone()));
            prop_assert_eq!(left == right, a == b);
            if let (KeyStyle::Ordered, RecordKey::ChunkList(x), RecordKey::ChunkList(y)) = (style, &a, &b) {
                prop_assert_eq!(left.cmp(&right), x.cmp(y));
                prop_assert_eq!(keys.of_inode(2, x.inode, Some(x.index)).contains(&right), (x.inode, x.index) == (y.inode, y.index));
            }
        }
    }

    #[test]
    fn decoding_survives_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut list = Vec::new();
        let decoded = wire::decode_list(&bytes, &mut list);
        prop_assert!(decoded.is_err() || list.len() <= bytes.len());
        for style in [KeyStyle::Ordered, KeyStyle::Text] {
            let keys = Keys { style, partition: 1 };
            let again = keys.decode(&bytes).map(|record| keys.encode(&record));
            // Text takes numbers with zeros in front, as the reference does.
            prop_assert!(again.is_none_or(|again| again == bytes || style == KeyStyle::Text));
        }
    }

    #[test]
    fn lists_go_round_and_streams_merge(lists in proptest::collection::vec((0_u64..12, proptest::collection::vec(info(), 0..5)), 0..8)) {
        let mut receiver = Receiver::new(SimTime::ZERO, SimTime::from_millis(500));
        for (index, list) in &lists {
            let bytes = wire::encode_list(list);
            prop_assert_eq!((bytes.len(), wire::count_list(&bytes)), (wire::list_len(list), Ok(list.len() as u64)));
            receiver.receive(SimTime::ZERO, &message(*index, &bytes));
        }
        prop_assert_eq!(receiver.receive(SimTime::ZERO, END), StreamState::Complete);
        let merged = receiver.into_lists();
        prop_assert!(merged.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (index, list) in merged {
            let expected: Vec<_> = lists.iter().filter(|of| of.0 == index).flat_map(|of| of.1.clone()).collect();
            prop_assert_eq!(list, expected);
        }
    }
}
