//! The inode with all its lists in one value.
//!
//! ```text
//! append   get 25 MB ─▶ decode 1,000,000 infos ─▶ push one ─▶ encode ─▶ put 25 MB
//! ```
//!
//! Lists are in order of commit. A compaction replaces the beginning of a list, and only where the
//! list still begins with what was read (as JuiceFS does; the reference held the inode's lock).

use super::keys::RecordKey;
use super::store::{Attributes, ChunkChange, InodeStore, Lists, Removal, RowView};
use super::wire::{self, Field, Fields};
use super::{InodeError, InodeKey, RowKey};
use crate::kv::{Flow, OrderedKv, WriteBatch};
use alloc::vec::Vec;
use core::mem::take;

/// A value, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    attributes: Attributes,
    lists: Lists,
}

/// Field of the value that is one index with its list, and the fields of that.
const ENTRY: u64 = 4;
const INDEX: u64 = 1;
const LIST: u64 = 2;

fn entry(message: &[u8]) -> Result<(u64, &[u8]), InodeError> {
    let mut fields = Fields(message);
    match (fields.next()?, fields.next()?) {
        (Some(Field::Number(INDEX, index)), Some(Field::Bytes(LIST, list))) => Ok((index, list)),
        _ => Err(InodeError::Value { left: message.len() }),
    }
}

impl Value {
    pub(super) const fn of(attributes: Attributes) -> Self {
        Self { attributes, lists: Vec::new() }
    }

    fn decode(value: &[u8]) -> Result<Self, InodeError> {
        let (mut decoded, mut fields) = (Self::default(), Fields(value));
        while let Some(field) = fields.next()? {
            match field {
                Field::Bytes(ENTRY, message) => {
                    let (index, list) = entry(message)?;
                    let mut infos = Vec::new();
                    wire::decode_list(list, &mut infos)?;
                    decoded.lists.push((index, infos));
                }
                _ if decoded.attributes.take(field) => {}
                _ => return Err(InodeError::Value { left: fields.0.len() }),
            }
        }
        Ok(decoded)
    }

    /// Reads an inode; an empty one where there is none.
    pub(super) fn load<K: OrderedKv>(store: &InodeStore<K>, inode: InodeKey) -> Result<Self, InodeError> {
        let value = store.value(&RecordKey::Inode(inode)).unwrap_or_default();
        store.coded(value.len(), 0);
        Self::decode(&value)
    }

    pub(super) fn encode<K: OrderedKv>(&self, store: &InodeStore<K>) -> Vec<u8> {
        let lists = self.lists.iter().map(|(index, infos)| {
            let list = wire::list_len(infos);
            let bytes = 2 + wire::varint_len(*index) + wire::varint_len(list as u64) + list;
            (bytes, index, list, infos)
        });
        let total: usize = lists.clone().map(|(bytes, ..)| bytes + 11).sum();
        let mut out = Vec::with_capacity(total + 64);
        self.attributes.put(&mut out);
        for (bytes, index, list, infos) in lists {
            wire::put_head(&mut out, ENTRY, bytes);
            wire::put_number(&mut out, INDEX, *index);
            wire::put_head(&mut out, LIST, list);
            for info in infos {
                wire::put_info(&mut out, info);
            }
        }
        store.coded(0, out.len());
        out
    }

    pub(super) fn count(&self) -> u64 {
        self.lists.iter().map(|(_, infos)| infos.len() as u64).sum()
    }

    fn change(&mut self, change: &ChunkChange) -> Result<(), InodeError> {
        let index = change.index;
        let at = self.lists.binary_search_by_key(&index, |&(index, _)| index);
        let mut list = at.map_or_else(|_| Vec::new(), |at| take(&mut self.lists[at].1));
        let behind = match &change.remove {
            Removal::Nothing => list.len(),
            Removal::List(read) if list.starts_with(read) => {
                list.drain(..read.len());
                0
            }
            Removal::List(_) | Removal::Rows(_) => return Err(InodeError::Moved { index }),
        };
        list.splice(behind..behind, change.add.iter().copied());
        match (at, list.is_empty()) {
            (Ok(at), true) => {
                self.lists.remove(at);
            }
            (Ok(at), false) => self.lists[at].1 = list,
            (Err(_), true) => {}
            (Err(at), false) => self.lists.insert(at, (index, list)),
        }
        Ok(())
    }
}

/// Reads, decodes, changes, encodes; the batch puts.
pub(super) fn stage<K: OrderedKv>(
    store: &InodeStore<K>,
    inode: InodeKey,
    attributes: Option<Attributes>,
    changes: &[&ChunkChange],
    batch: &mut WriteBatch,
) -> Result<(), InodeError> {
    let mut value = Value::load(store, inode)?;
    value.attributes = attributes.unwrap_or(value.attributes);
    changes.iter().try_for_each(|change| value.change(change))?;
    batch.put(store.keys.encode(&RecordKey::Inode(inode)), value.encode(store));
    Ok(())
}

/// Shows each chunk's list as a row.
pub(super) fn visit<K: OrderedKv>(
    store: &InodeStore<K>,
    inode: InodeKey,
    only: Option<u64>,
    visitor: &mut dyn FnMut(RowView<'_>) -> Flow,
) -> Result<(), InodeError> {
    let value = store.value(&RecordKey::Inode(inode)).unwrap_or_default();
    let (mut fields, mut infos) = (Fields(&value), Vec::new());
    while let Some(field) = fields.next()? {
        let Field::Bytes(ENTRY, message) = field else { continue };
        let (index, list) = entry(message)?;
        if only.is_some_and(|only| only != index) {
            continue;
        }
        infos.clear();
        wire::decode_list(list, &mut infos)?;
        let id = |info: Option<&super::ChunkInfo>| info.map_or(0, |info| info.chunk_id);
        let count = infos.len() as u64;
        let key = RowKey { inode, index, first: id(infos.first()), last: id(infos.last()), count };
        if visitor(RowView { key, list }).is_break() {
            break;
        }
    }
    Ok(())
}
