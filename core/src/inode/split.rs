//! A row per append, as the reference has it.
//!
//! ```text
//! row   [1 .. 3] 3   [4 .. 6] 3   [7 .. 9] 3        first .. last id, number of infos
//! remove 1..6:  gone         gone        kept         whole rows, by range of ids
//! remove 1..5:  gone         refused                  a row that lies in it in part
//! remove 2..9:  refused                               a row that lies before it
//! ```
//!
//! The counter is of arguments: `+ entries to add`, then `- entries to remove`, whatever was found. So
//! it is wrong after a repeated request, and after a removal that met nothing. Nobody asks whether the
//! inode exists. Source: CurveFS, `inode_storage`.

use super::keys::RecordKey;
use super::store::{ChunkChange, InodeStore, Removal, number_value, read_number};
use super::{InodeError, InodeKey, RowKey, wire};
use crate::kv::{KeyRange, Order, OrderedKv, Write, WriteBatch};
use alloc::vec::Vec;
use core::ops::ControlFlow;

/// Rows of a range with what the batch does to them.
pub(super) fn rows_with<K: OrderedKv>(
    store: &InodeStore<K>,
    range: &KeyRange,
    batch: &WriteBatch,
) -> Vec<(RowKey, Vec<u8>)> {
    let mut rows = Vec::new();
    let decode = |key: &[u8]| match store.keys.decode(key) {
        Some(RecordKey::ChunkList(row)) => Some((row, key.to_vec())),
        _ => None,
    };
    store.kv.visit(range, Order::Ascending, &mut |key, _| {
        if batch.pending(key).is_none() {
            rows.extend(decode(key));
        }
        ControlFlow::Continue(())
    });
    let put = |(key, write): (&[u8], Write<&[u8]>)| {
        let there = matches!(write, Write::Put(_)) && range.contains(key);
        there.then(|| decode(key)).flatten()
    };
    let own = rows.len();
    rows.extend(batch.writes().filter_map(put));
    if rows.len() > own {
        rows.sort_unstable_by(|a, b| a.1.cmp(&b.1));
    }
    rows
}

fn remove<K: OrderedKv>(
    store: &InodeStore<K>,
    inode: InodeKey,
    change: &ChunkChange,
    batch: &mut WriteBatch,
) -> Result<u64, InodeError> {
    let (asked, count) = match &change.remove {
        Removal::List(read) => match (read.first(), read.last()) {
            (Some(first), Some(last)) => ((first.chunk_id, last.chunk_id), read.len() as u64),
            _ => return Ok(0),
        },
        Removal::Rows(rows) => match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => ((first.first, last.last), rows.iter().map(|row| row.count).sum()),
            _ => return Ok(0),
        },
        Removal::Nothing => return Ok(0),
    };
    let range = store.keys.of_inode(2, inode, Some(change.index));
    for (row, key) in rows_with(store, &range, batch) {
        if asked.0 <= row.first && row.last <= asked.1 {
            batch.delete(key);
        } else if asked.1 >= row.first {
            return Err(InodeError::Range { asked, row: (row.first, row.last) });
        }
    }
    Ok(count)
}

/// Each change in turn: removal, addition, counter.
pub(super) fn stage<K: OrderedKv>(
    store: &InodeStore<K>,
    inode: InodeKey,
    changes: &[&ChunkChange],
    batch: &mut WriteBatch,
) -> Result<(), InodeError> {
    if changes.is_empty() {
        return Ok(());
    }
    let aux = store.keys.encode(&RecordKey::Aux(inode));
    let mut size = store.kv.get(&aux).map_or(Ok(0), |value| read_number(&value))?;
    for change in changes {
        let removed = remove(store, inode, change, batch)?;
        if let (Some(first), Some(last)) = (change.add.first(), change.add.last()) {
            let count = change.add.len() as u64;
            let row =
                RowKey { inode, index: change.index, first: first.chunk_id, last: last.chunk_id, count };
            let value = wire::encode_list(&change.add);
            store.coded(0, value.len());
            batch.put(store.keys.encode(&RecordKey::ChunkList(row)), value);
            size += count;
        }
        size = size.checked_sub(removed).ok_or(InodeError::Counter { counter: size, removed })?;
    }
    batch.put(aux, number_value(size));
    Ok(())
}
