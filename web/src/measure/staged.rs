//! Values that were fetched, and the batch that changes them: a store that answers later, seen at once.
//!
//! ```text
//! transaction   get key ──▶ value ──▶ Staged ──▶ InodeStore::modify ──▶ WriteBatch ──▶ put, put
//! ```

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use tabletop_core::kv::{KeyRange, KvUse, Order, OrderedKv, WriteBatch};

/// A few keys of a store that is elsewhere. Only what was fetched is there.
#[derive(Debug, Default)]
pub struct Staged {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
    batch: WriteBatch,
}

impl Staged {
    /// A key and what it holds.
    #[must_use]
    pub fn with(mut self, key: Vec<u8>, value: Vec<u8>) -> Self {
        self.values.insert(key, value);
        self
    }

    /// The last batch that was applied.
    pub const fn batch(&self) -> &WriteBatch {
        &self.batch
    }
}

impl OrderedKv for Staged {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.values.get(key).cloned()
    }

    fn visit(
        &self,
        range: &KeyRange,
        order: Order,
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) {
        let inside: Vec<_> = self.values.iter().filter(|(key, _)| range.contains(key)).collect();
        let mut show = |(key, value): (&Vec<u8>, &Vec<u8>)| visitor(key, value);
        let _ = match order {
            Order::Ascending => inside.into_iter().try_for_each(&mut show),
            Order::Descending => inside.into_iter().rev().try_for_each(&mut show),
        };
    }

    fn apply(&mut self, batch: &WriteBatch) {
        self.batch = batch.clone();
    }

    /// Counted where the values come from, not here.
    fn used(&self) -> KvUse {
        KvUse::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabletop_core::inode::{
        Attributes, ChunkChange, ChunkInfo, InodeKey, InodeStore, Keys, Layout, Modify, RecordKey,
    };
    use tabletop_core::kv::MemKv;

    const FILE: InodeKey = InodeKey { fs: 1, ino: 100 };

    #[test]
    fn an_append_over_what_was_fetched_writes_what_a_whole_store_would() {
        for (layout, needed) in
            [(Layout::Monolithic, RecordKey::Inode(FILE)), (Layout::Split, RecordKey::Aux(FILE))]
        {
            let keys = Keys::default();
            let mut store = InodeStore::new(MemKv::new(), keys, layout);
            store.insert(FILE, Attributes { length: 9, atime: 0, nlink: 1 }, 1).expect("it is new");
            let append = |id| {
                let changes = vec![ChunkChange::append(0, vec![ChunkInfo::written(id, 0, 4_096)])];
                Modify { changes, ..Modify::default() }
            };
            store.modify(FILE, &append(1), 2).expect("an append");
            let key = keys.encode(&needed);
            let staged = Staged::default().with(key.clone(), store.kv().get(&key).expect("it is there"));
            let mut far = InodeStore::new(staged, keys, layout);
            far.modify(FILE, &append(2), 3).expect("an append");
            let mut near = store.kv().clone();
            near.apply(far.kv().batch());
            store.modify(FILE, &append(2), 3).expect("an append");
            let all = |kv: &MemKv| {
                let mut all = Vec::new();
                kv.visit(&KeyRange::default(), Order::Ascending, &mut |key, value| {
                    all.push((key.to_vec(), value.to_vec()));
                    ControlFlow::Continue(())
                });
                all
            };
            assert_eq!(all(&near), all(store.kv()), "{layout:?}");
        }
    }
}
