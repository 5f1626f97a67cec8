//! A row per append in order of commit: neither lost nor hidden appends.
//!
//! ```text
//! commit     1        2        3                 4
//! row    (1, 0)   (2, 0)   (3, 0)            (4, 0)      key: (number of the commit, rewrites)
//!        └──── a compaction read these ─┘
//! commit of the compaction: the rows up to 3 are exactly (1,0) (2,0) (3,0)?
//!        yes: they go, (3, 1) comes                       so the append 4 stays, and on top
//!        no:  refused, its objects are deleted            a second try reads again
//! ```
//!
//! The number is taken inside the transaction, so it cannot be older than a row that is there; ids
//! given out before a slow upload do not matter. The counter counts what was found. An inode must exist
//! to get rows, and loses them with its deletion. A request carries a number, so a retry does nothing.
//!
//! Source: our own remedy for hazards H1 and H2 of the reference; the comparison is JuiceFS's.

use super::keys::RecordKey;
use super::split::rows_with;
use super::store::{ChunkChange, InodeStore, Modified, Removal};
use super::wire::{self, Field, Fields};
use super::{InodeError, InodeKey, RowKey};
use crate::kv::{KeyRange, OrderedKv, WriteBatch};

/// Every change, or the answer that all of it is there already.
pub(super) fn stage<K: OrderedKv>(
    store: &InodeStore<K>,
    inode: InodeKey,
    changes: &[&ChunkChange],
    batch: &mut WriteBatch,
) -> Result<Modified, InodeError> {
    store.value(&RecordKey::Inode(inode)).ok_or(InodeError::NotFound)?;
    if changes.is_empty() {
        return Ok(Modified::Done);
    }
    let aux = store.keys.encode(&RecordKey::Aux(inode));
    let (mut size, mut next) = store.kv.get(&aux).map_or(Ok((0, 1)), |value| read(&value))?;
    let mut repeated = 0;
    for change in changes {
        let index = change.index;
        let rows = match &change.remove {
            Removal::Nothing => &[][..],
            Removal::Rows(rows) => rows.as_slice(),
            Removal::List(_) => return Err(InodeError::Moved { index }),
        };
        let count = change.add.len() as u64;
        let value = wire::encode_list(&change.add);
        store.coded(0, value.len());
        let Some(last) = rows.last() else {
            if count > 0 {
                let row = RowKey { inode, index, first: next, last: 0, count };
                batch.put(store.keys.encode(&RecordKey::ChunkList(row)), value);
                (size, next) = (size + count, next + 1);
            }
            continue;
        };
        let result = RowKey { last: last.last + 1, count, ..*last };
        let result = store.keys.encode(&RecordKey::ChunkList(result));
        // What was there when they were read, and nothing else, up to the last of them.
        let all = store.keys.of_inode(2, inode, Some(index));
        let next_row = RowKey { first: last.first + 1, last: 0, count: 0, ..*last };
        let until = KeyRange::new(all.start, store.keys.encode(&RecordKey::ChunkList(next_row)));
        let there = rows_with(store, &until, batch);
        if !there.iter().map(|(row, _)| row).eq(rows) {
            if count > 0 && store.kv.get(&result).is_some_and(|there| there == value) {
                repeated += 1;
                continue;
            }
            return Err(InodeError::Moved { index });
        }
        for (row, key) in there {
            batch.delete(key);
            size = size
                .checked_sub(row.count)
                .ok_or(InodeError::Counter { counter: size, removed: row.count })?;
        }
        if count > 0 {
            batch.put(result, value);
            size += count;
        }
    }
    match repeated {
        0 => {
            batch.put(aux, write(size, next));
            Ok(Modified::Done)
        }
        _ if repeated == changes.len() => Ok(Modified::Repeated),
        _ => Err(InodeError::Moved { index: changes[0].index }),
    }
}

/// Entries, and the number of the next commit.
fn write(size: u64, next: u64) -> alloc::vec::Vec<u8> {
    let mut value = alloc::vec::Vec::new();
    wire::put_number(&mut value, 1, size);
    wire::put_number(&mut value, 2, next);
    value
}

fn read(value: &[u8]) -> Result<(u64, u64), InodeError> {
    let mut fields = Fields(value);
    match (fields.next()?, fields.next()?) {
        (Some(Field::Number(1, size)), Some(Field::Number(2, next))) => Ok((size, next)),
        _ => Err(InodeError::Value { left: value.len() }),
    }
}
