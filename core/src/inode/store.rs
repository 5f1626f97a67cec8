//! One interface over three ways to keep an inode and its chunk lists in a store of ordered keys.

use super::keys::RecordKey;
use super::wire::{self, Field, Fields};
use super::{ChunkInfo, InodeError, InodeKey, Keys, RowKey, monolithic, sequenced, split};
use crate::kv::{Flow, KvUse, MemKv, Order, OrderedKv, WriteBatch};
use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::{AddAssign, ControlFlow};
use serde::{Deserialize, Serialize};

/// Where the lists lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// In the inode's value; in order of commit.
    Monolithic,
    /// A row per append, as in the reference: in order of chunk ids, removed by a range of ids.
    #[default]
    Split,
    /// A row per append, in order of commit; a compaction removes exactly the rows that it read.
    Sequenced,
}

/// An inode without its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Bytes of the file.
    pub length: u64,
    /// Last access, seconds.
    pub atime: u64,
    /// Names it has.
    pub nlink: u64,
}

impl Attributes {
    /// Appends them as fields 1 to 3.
    pub(super) fn put(self, out: &mut Vec<u8>) {
        for (field, number) in (1..).zip([self.length, self.atime, self.nlink]) {
            wire::put_number(out, field, number);
        }
    }

    /// Takes one field over; says whether it was one of these.
    pub(super) fn take(&mut self, field: Field<'_>) -> bool {
        match field {
            Field::Number(1, number) => self.length = number,
            Field::Number(2, number) => self.atime = number,
            Field::Number(3, number) => self.nlink = number,
            _ => return false,
        }
        true
    }

    /// Reads the first fields of an inode's value; stops before the lists, so that attributes cost
    /// nothing to decode.
    pub(super) fn read(value: &[u8]) -> Result<Self, InodeError> {
        let (mut attributes, mut fields) = (Self::default(), Fields(value));
        while let Some(field) = fields.next()? {
            if !attributes.take(field) {
                break;
            }
        }
        Ok(attributes)
    }
}

/// Chunk infos by index, indexes rising.
pub type Lists = Vec<(u64, Vec<ChunkInfo>)>;

/// What goes from a chunk's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Removal {
    /// Nothing.
    #[default]
    Nothing,
    /// The list as it was read. [`Layout::Split`] looks at the first and last id and at the number;
    /// [`Layout::Monolithic`] wants the stored list to begin with it.
    List(Vec<ChunkInfo>),
    /// The rows as they were read.
    Rows(Vec<RowKey>),
}

/// A change of one chunk's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkChange {
    /// The chunk.
    pub index: u64,
    /// What goes; first.
    pub remove: Removal,
    /// What comes, as one row.
    pub add: Vec<ChunkInfo>,
}

impl ChunkChange {
    /// An append.
    pub const fn append(index: u64, add: Vec<ChunkInfo>) -> Self {
        Self { index, remove: Removal::Nothing, add }
    }
}

/// Changes that are made together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modify {
    /// New attributes, in the same transaction.
    pub attributes: Option<Attributes>,
    /// Changes of lists. Those with an addition go first, in this order, then those that only remove.
    pub changes: Vec<ChunkChange>,
    /// Client and number of the request: each number is carried out once, except in [`Layout::Split`],
    /// which does not look. Numbers of a client rise.
    pub request: Option<(u64, u64)>,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Modified {
    /// Carried out.
    Done,
    /// It had been carried out before, so nothing was done.
    Repeated,
}

/// Bytes of values taken apart and put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodecUse {
    /// Decoded.
    pub decoded: u64,
    /// Encoded.
    pub encoded: u64,
}

impl AddAssign for CodecUse {
    fn add_assign(&mut self, other: Self) {
        self.decoded += other.decoded;
        self.encoded += other.encoded;
    }
}

/// A row of a list as a scan shows it.
#[derive(Clone, Copy, Debug)]
pub struct RowView<'a> {
    /// Its name. The monolithic store makes one up per chunk.
    pub key: RowKey,
    /// The list as bytes; see [`wire::decode_list`].
    pub list: &'a [u8],
}

/// Inodes and their lists in a store of ordered keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InodeStore<K> {
    pub(super) kv: K,
    pub(super) keys: Keys,
    layout: Layout,
    codec: Cell<CodecUse>,
}

impl<K: OrderedKv> InodeStore<K> {
    /// Over a store of keys, empty or with what this kind of store left there.
    pub const fn new(kv: K, keys: Keys, layout: Layout) -> Self {
        Self { kv, keys, layout, codec: Cell::new(CodecUse { decoded: 0, encoded: 0 }) }
    }

    /// The keys and values.
    pub const fn kv(&self) -> &K {
        &self.kv
    }

    /// The same, for whoever opens a transaction for a snapshot.
    pub const fn kv_mut(&mut self) -> &mut K {
        &mut self.kv
    }

    /// How keys are written.
    pub const fn keys(&self) -> Keys {
        self.keys
    }

    /// Where the lists lie.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// What was read from and written to the keys so far.
    pub fn used(&self) -> KvUse {
        self.kv.used()
    }

    /// What was decoded and encoded so far.
    pub const fn codec(&self) -> CodecUse {
        self.codec.get()
    }

    pub(super) fn coded(&self, decoded: usize, encoded: usize) {
        let mut used = self.codec.get();
        used += CodecUse { decoded: decoded as u64, encoded: encoded as u64 };
        self.codec.set(used);
    }

    /// Value of a record.
    pub(super) fn value(&self, record: &RecordKey) -> Option<Vec<u8>> {
        self.kv.get(&self.keys.encode(record))
    }

    /// A record that is a number; 0 where it is absent.
    pub(super) fn number(&self, record: &RecordKey) -> Result<u64, InodeError> {
        self.value(record).map_or(Ok(0), |value| read_number(&value))
    }

    fn put_number(&self, batch: &mut WriteBatch, record: &RecordKey, number: u64) {
        batch.put(self.keys.encode(record), number_value(number));
    }

    fn value_of(&self, attributes: Attributes) -> Vec<u8> {
        match self.layout {
            Layout::Monolithic => monolithic::Value::of(attributes).encode(self),
            Layout::Split | Layout::Sequenced => {
                let mut value = Vec::new();
                attributes.put(&mut value);
                self.coded(0, value.len());
                value
            }
        }
    }

    /// Creates an inode.
    ///
    /// # Errors
    /// It exists.
    pub fn insert(&mut self, inode: InodeKey, attributes: Attributes, log: u64) -> Result<(), InodeError> {
        let record = RecordKey::Inode(inode);
        if self.value(&record).is_some() {
            return Err(InodeError::Exists);
        }
        let mut batch = WriteBatch::new();
        batch.put(self.keys.encode(&record), self.value_of(attributes));
        let count = self.number(&RecordKey::InodeCount)?;
        self.put_number(&mut batch, &RecordKey::InodeCount, count + 1);
        self.put_number(&mut batch, &RecordKey::AppliedIndex, log);
        self.kv.apply(&batch);
        Ok(())
    }

    /// Attributes of an inode. The monolithic store reads its whole value for them.
    ///
    /// # Errors
    /// It does not exist.
    pub fn attributes(&self, inode: InodeKey) -> Result<Attributes, InodeError> {
        let value = self.value(&RecordKey::Inode(inode)).ok_or(InodeError::NotFound)?;
        self.coded(value.len(), 0);
        Attributes::read(&value)
    }

    /// Replaces the attributes. As in the reference, an inode that does not exist comes into being
    /// without being counted, except in [`Layout::Sequenced`].
    ///
    /// # Errors
    /// The stored value cannot be read; [`Layout::Sequenced`]: it does not exist.
    pub fn update(&mut self, inode: InodeKey, attributes: Attributes, log: u64) -> Result<(), InodeError> {
        let modify = Modify { attributes: Some(attributes), ..Modify::default() };
        self.modify(inode, &modify, log).map(|_| ())
    }

    /// Deletes an inode. As in the reference its rows and its counter stay, and one that was not there
    /// lowers the number of inodes all the same; not so in [`Layout::Sequenced`].
    ///
    /// # Errors
    /// [`Layout::Sequenced`]: it does not exist.
    pub fn delete(&mut self, inode: InodeKey, log: u64) -> Result<(), InodeError> {
        let mut batch = WriteBatch::new();
        if self.layout == Layout::Sequenced {
            self.value(&RecordKey::Inode(inode)).ok_or(InodeError::NotFound)?;
            batch.clear(self.keys.of_inode(2, inode, None));
            batch.delete(self.keys.encode(&RecordKey::Aux(inode)));
        }
        batch.delete(self.keys.encode(&RecordKey::Inode(inode)));
        let count = self.number(&RecordKey::InodeCount)?;
        self.put_number(&mut batch, &RecordKey::InodeCount, count.saturating_sub(1));
        self.put_number(&mut batch, &RecordKey::AppliedIndex, log);
        self.kv.apply(&batch);
        Ok(())
    }

    /// Carries out changes, all of them or none.
    ///
    /// # Errors
    /// The first change that the store refuses; nothing has changed.
    pub fn modify(&mut self, inode: InodeKey, modify: &Modify, log: u64) -> Result<Modified, InodeError> {
        let mut batch = WriteBatch::new();
        let adds = |change: &&ChunkChange| !change.add.is_empty();
        let mut changes: Vec<_> = modify.changes.iter().filter(adds).collect();
        changes.extend(modify.changes.iter().filter(|change| change.add.is_empty()));
        if let (Some((client, number)), Layout::Monolithic | Layout::Sequenced) =
            (modify.request, self.layout)
        {
            let record = RecordKey::Request(client);
            if self.number(&record)? >= number {
                return Ok(Modified::Repeated);
            }
            self.put_number(&mut batch, &record, number);
        }
        match self.layout {
            Layout::Monolithic => monolithic::stage(self, inode, modify.attributes, &changes, &mut batch)?,
            Layout::Split => split::stage(self, inode, &changes, &mut batch)?,
            Layout::Sequenced => {
                if sequenced::stage(self, inode, &changes, &mut batch)? == Modified::Repeated {
                    return Ok(Modified::Repeated);
                }
            }
        }
        if let (Some(attributes), Layout::Split | Layout::Sequenced) = (modify.attributes, self.layout) {
            batch.put(self.keys.encode(&RecordKey::Inode(inode)), self.value_of(attributes));
        }
        self.put_number(&mut batch, &RecordKey::AppliedIndex, log);
        self.kv.apply(&batch);
        Ok(Modified::Done)
    }

    /// What the counter of an inode's list entries says.
    ///
    /// # Errors
    /// A value cannot be read.
    pub fn meta_size(&self, inode: InodeKey) -> Result<u64, InodeError> {
        match self.layout {
            Layout::Monolithic => Ok(monolithic::Value::load(self, inode)?.count()),
            Layout::Split | Layout::Sequenced => self.number(&RecordKey::Aux(inode)),
        }
    }

    /// Shows the rows of an inode (of one chunk, where that is given), in key order, until the visitor
    /// breaks off. The bytes are the store's own: nothing is decoded or copied.
    ///
    /// # Errors
    /// Monolithic: the value cannot be read.
    pub fn visit_rows(
        &self,
        inode: InodeKey,
        index: Option<u64>,
        visitor: &mut dyn FnMut(RowView<'_>) -> Flow,
    ) -> Result<(), InodeError> {
        if self.layout == Layout::Monolithic {
            return monolithic::visit(self, inode, index, visitor);
        }
        let keys = self.keys;
        self.kv.visit(&keys.of_inode(2, inode, index), Order::Ascending, &mut |key, value| {
            let Some(RecordKey::ChunkList(key)) = keys.decode(key) else { return ControlFlow::Continue(()) };
            visitor(RowView { key, list: value })
        });
        Ok(())
    }

    /// Names of all rows of all inodes, in key order; none in the monolithic store.
    pub fn all_rows(&self) -> Vec<RowKey> {
        let mut rows = Vec::new();
        self.kv.visit(&self.keys.of_kind(2), Order::Ascending, &mut |key, _| {
            if let Some(RecordKey::ChunkList(row)) = self.keys.decode(key) {
                rows.push(row);
            }
            ControlFlow::Continue(())
        });
        rows
    }

    /// Every list of an inode, decoded, and the rows they came from. All at once: what one response
    /// carries. `limit` is the most entries that the answer may have by the counter.
    ///
    /// # Errors
    /// The counter is above the limit, or a value cannot be read.
    pub fn read(&self, inode: InodeKey, limit: Option<u64>) -> Result<(Lists, Vec<RowKey>), InodeError> {
        if let Some(limit) = limit {
            let counter = self.meta_size(inode)?;
            if counter > limit {
                return Err(InodeError::TooLarge { counter, limit });
            }
        }
        let (mut lists, mut rows): (Lists, Vec<RowKey>) = (Vec::new(), Vec::new());
        let mut wrong = None;
        self.visit_rows(inode, None, &mut |row| {
            rows.push(row.key);
            self.coded(row.list.len(), 0);
            let at = match lists.last() {
                // Keys that are not padded bring no order among indexes, but rows of one stay together.
                Some(last) if last.0 == row.key.index => lists.len() - 1,
                _ => {
                    lists.push((row.key.index, Vec::new()));
                    lists.len() - 1
                }
            };
            match wire::decode_list(row.list, &mut lists[at].1) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    wrong = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = wrong {
            return Err(error.into());
        }
        lists.sort_unstable_by_key(|&(index, _)| index);
        Ok((lists, rows))
    }

    /// Length of a file and its lists, of one moment.
    ///
    /// # Errors
    /// The inode does not exist, or as [`InodeStore::read`].
    pub fn snapshot(&self, inode: InodeKey) -> Result<(Attributes, Lists, Vec<RowKey>), InodeError> {
        let attributes = self.attributes(inode)?;
        let (lists, rows) = self.read(inode, None)?;
        Ok((attributes, lists, rows))
    }

    /// Numbers of all inodes of the partition, rising.
    pub fn inodes(&self) -> Vec<InodeKey> {
        let mut inodes = Vec::new();
        self.kv.visit(&self.keys.of_kind(1), Order::Ascending, &mut |key, _| {
            if let Some(RecordKey::Inode(inode)) = self.keys.decode(key) {
                inodes.push(inode);
            }
            ControlFlow::Continue(())
        });
        inodes.sort_unstable();
        inodes
    }

    /// The stored number of inodes.
    ///
    /// # Errors
    /// The value cannot be read.
    pub fn inode_count(&self) -> Result<u64, InodeError> {
        self.number(&RecordKey::InodeCount)
    }

    /// The last log entry carried out; 0 for none.
    ///
    /// # Errors
    /// The value cannot be read.
    pub fn applied_index(&self) -> Result<u64, InodeError> {
        self.number(&RecordKey::AppliedIndex)
    }

    /// Puts a slice of a volume file's extents.
    pub fn set_extent(&mut self, inode: InodeKey, offset: u64, slice: &[u8], log: u64) {
        let mut batch = WriteBatch::new();
        batch.put(self.keys.encode(&RecordKey::Extent { inode, offset }), slice);
        self.put_number(&mut batch, &RecordKey::AppliedIndex, log);
        self.kv.apply(&batch);
    }

    /// A slice of a volume file's extents.
    ///
    /// # Errors
    /// There is none at that offset.
    pub fn extent(&self, inode: InodeKey, offset: u64) -> Result<Vec<u8>, InodeError> {
        self.value(&RecordKey::Extent { inode, offset }).ok_or(InodeError::NotFound)
    }

    /// Offsets of the slices of a volume file, in key order: textual in [`super::KeyStyle::Text`].
    pub fn extents(&self, inode: InodeKey) -> Vec<u64> {
        let mut offsets = Vec::new();
        self.kv.visit(&self.keys.of_inode(4, inode, None), Order::Ascending, &mut |key, _| {
            if let Some(RecordKey::Extent { offset, .. }) = self.keys.decode(key) {
                offsets.push(offset);
            }
            ControlFlow::Continue(())
        });
        offsets
    }

    /// Drops everything of the partition.
    pub fn clear(&mut self) {
        let mut batch = WriteBatch::new();
        (1..=15).for_each(|kind| batch.clear(self.keys.of_kind(kind)));
        self.kv.apply(&batch);
    }
}

impl InodeStore<MemKv> {
    /// Reads that count neither as reading nor as decoding: of a drawing or a checker.
    pub fn aside<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        let codec = self.codec.get();
        let result = self.kv.uncounted(|| read(self));
        self.codec.set(codec);
        result
    }
}

pub(super) fn number_value(number: u64) -> Vec<u8> {
    let mut value = Vec::new();
    wire::put_number(&mut value, 1, number);
    value
}

pub(super) fn read_number(value: &[u8]) -> Result<u64, InodeError> {
    match Fields(value).next()? {
        Some(Field::Number(1, number)) => Ok(number),
        _ => Err(InodeError::Value { left: value.len() }),
    }
}
