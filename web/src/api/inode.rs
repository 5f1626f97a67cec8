//! The inode store by itself: chunk lists in the inode, beside it, and in order of commit.

use super::{Thrown, error, from_js, natural, or_default, to_js, with};
use serde::{Deserialize, Serialize};
use tabletop_core::inode as core;
use tabletop_core::inode::{
    Action, Attributes, ChunkChange, EmptyFile, Found, Geometry, InodeError, InodeKey, Job, KeyStyle, Keys,
    Layout, Modify, Object, Prefix, RecordKey, Removal, Rewrite, RowKey, Selection, Settings, wire,
};
use tabletop_core::kv::{KvUse, MemKv};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A chunk info as a caller writes it; what is left out is 0, stored as long as it is, data.
#[derive(Deserialize)]
struct Info {
    #[serde(alias = "chunkId")]
    chunk_id: u64,
    #[serde(default)]
    compaction: u64,
    offset: u64,
    len: u64,
    size: Option<u64>,
    #[serde(default)]
    zero: bool,
}

impl From<Info> for core::ChunkInfo {
    fn from(info: Info) -> Self {
        let Info { chunk_id, compaction, offset, len, size, zero } = info;
        let stored = if zero { 0 } else { len };
        Self { chunk_id, compaction, offset, len, size: size.unwrap_or(stored), zero }
    }
}

fn infos(list: Vec<Info>) -> Vec<core::ChunkInfo> {
    list.into_iter().map(core::ChunkInfo::from).collect()
}

/// A row's name as `rows` gave it.
#[derive(Deserialize)]
struct AnyRow {
    first: u64,
    last: u64,
    count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyChange {
    index: u64,
    #[serde(default)]
    add: Vec<Info>,
    #[serde(default)]
    remove_list: Vec<Info>,
    #[serde(default)]
    remove_rows: Vec<AnyRow>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnyAttributes {
    length: u64,
    atime: u64,
    nlink: Option<u64>,
}

impl From<AnyAttributes> for Attributes {
    fn from(AnyAttributes { length, atime, nlink }: AnyAttributes) -> Self {
        Self { length, atime, nlink: nlink.unwrap_or(1) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyModify {
    attributes: Option<AnyAttributes>,
    #[serde(default)]
    changes: Vec<AnyChange>,
    request: Option<(u64, u64)>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    fs: Option<u32>,
    partition: u32,
    keys: KeyStyle,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CompactOptions {
    threshold: Option<u64>,
    max_chunks: Option<u64>,
    first_id: Option<u64>,
}

#[derive(Serialize)]
struct List {
    index: u64,
    list: Vec<core::ChunkInfo>,
}

#[derive(Serialize)]
struct Snapshot {
    attributes: Attributes,
    lists: Vec<List>,
}

/// A row: its name, its key as the reference prints it, and both as bytes.
#[derive(Serialize)]
struct Row {
    index: u64,
    first: u64,
    last: u64,
    count: u64,
    text: String,
    #[serde(with = "bytes")]
    key: Vec<u8>,
    #[serde(with = "bytes")]
    value: Vec<u8>,
}

/// A `Uint8Array` instead of an array of numbers.
mod bytes {
    pub(super) fn serialize<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }
}

#[derive(Serialize)]
struct Used {
    #[serde(flatten)]
    keys: KvUse,
    bytes_decoded: u64,
    bytes_encoded: u64,
}

/// What a compaction did.
#[derive(Default, Serialize)]
struct Compacted {
    skipped: Option<&'static str>,
    committed: bool,
    replaced: Vec<List>,
    added: Vec<core::ChunkInfo>,
    objects_written: Vec<String>,
    objects_deleted: Vec<String>,
}

fn refused(cause: InodeError) -> JsValue {
    with(error(0, cause), "key", cause.name())
}

fn lists_of(lists: core::Lists) -> Vec<List> {
    lists.into_iter().map(|(index, list)| List { index, list }).collect()
}

/// Inodes and the lists of their chunk infos in a store of ordered keys in memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct InodeStore {
    store: core::InodeStore<MemKv>,
    fs: u32,
    log: u64,
}

impl InodeStore {
    fn file(&self, inode: JsValue) -> Thrown<InodeKey> {
        Ok(InodeKey { fs: self.fs, ino: natural("inode", inode)? })
    }

    fn next_log(&mut self) -> u64 {
        self.log += 1;
        self.log
    }
}

#[wasm_bindgen]
impl InodeStore {
    /// An empty store: `"Monolithic"`, `"Split"` (the reference) or `"Sequenced"` (our own).
    ///
    /// # Errors
    /// No such layout, or options that are none.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "InodeLayout")] layout: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "InodeOptions")] options: JsValue,
    ) -> Thrown<Self> {
        let layout: Layout = from_js("layout", layout)?;
        let Options { fs, partition, keys } = or_default("options", options)?;
        let keys = Keys { style: keys, partition };
        Ok(Self { store: core::InodeStore::new(MemKv::new(), keys, layout), fs: fs.unwrap_or(1), log: 0 })
    }

    /// Creates an inode; attributes left out are an empty file of one name.
    ///
    /// # Errors
    /// Key `INODE_EXIST`.
    pub fn insert(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "AnyAttributes")] attributes: JsValue,
    ) -> Thrown<()> {
        let file = self.file(inode)?;
        let attributes: AnyAttributes = or_default("attributes", attributes)?;
        let log = self.next_log();
        self.store.insert(file, attributes.into(), log).map_err(refused)
    }

    /// Carries out changes of attributes and lists, all or none. Gives `"Done"`, or `"Repeated"` for a
    /// request that had been carried out before.
    ///
    /// # Errors
    /// Key `STORAGE_INTERNAL_ERROR` or `NOT_FOUND`; nothing has changed then.
    #[wasm_bindgen(unchecked_return_type = "\"Done\" | \"Repeated\"")]
    pub fn modify(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
        #[wasm_bindgen(unchecked_param_type = "InodeModify")] modify: JsValue,
    ) -> Thrown<JsValue> {
        let file = self.file(inode)?;
        let AnyModify { attributes, changes, request } = from_js("modify", modify)?;
        let change = |change: AnyChange| {
            let AnyChange { index, add, remove_list, remove_rows } = change;
            let row = |AnyRow { first, last, count }| RowKey { inode: file, index, first, last, count };
            let remove = if !remove_rows.is_empty() {
                Removal::Rows(remove_rows.into_iter().map(row).collect())
            } else if !remove_list.is_empty() {
                Removal::List(infos(remove_list))
            } else {
                Removal::Nothing
            };
            ChunkChange { index, remove, add: infos(add) }
        };
        let changes = changes.into_iter().map(change).collect();
        let modify = Modify { attributes: attributes.map(Attributes::from), changes, request };
        let log = self.next_log();
        let done = self.store.modify(file, &modify, log).map_err(refused)?;
        Ok(format!("{done:?}").into())
    }

    /// Deletes an inode. Only `"Sequenced"` takes its rows along.
    ///
    /// # Errors
    /// Key `NOT_FOUND`; only `"Sequenced"` looks.
    pub fn delete(&mut self, #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue) -> Thrown<()> {
        let file = self.file(inode)?;
        let log = self.next_log();
        self.store.delete(file, log).map_err(refused)
    }

    /// Length, access time and names of an inode.
    ///
    /// # Errors
    /// Key `NOT_FOUND`.
    #[wasm_bindgen(unchecked_return_type = "Attributes")]
    pub fn attributes(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
    ) -> Thrown<JsValue> {
        to_js(&self.store.attributes(self.file(inode)?).map_err(refused)?)
    }

    /// Every list of an inode, and its attributes, of one moment.
    ///
    /// # Errors
    /// Key `NOT_FOUND`; with a `limit` `INODE_S3_META_TOO_LARGE` where there are more entries.
    #[wasm_bindgen(unchecked_return_type = "InodeSnapshot")]
    pub fn snapshot(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] limit: JsValue,
    ) -> Thrown<JsValue> {
        let file = self.file(inode)?;
        let limit: Option<u64> = or_default("limit", limit)?;
        let attributes = self.store.attributes(file).map_err(refused)?;
        let (lists, _) = self.store.read(file, limit).map_err(refused)?;
        to_js(&Snapshot { attributes, lists: lists_of(lists) })
    }

    /// The rows of an inode in the order of their keys; a monolithic inode gives its lists as rows
    /// without keys.
    ///
    /// # Errors
    /// A value cannot be read.
    #[wasm_bindgen(unchecked_return_type = "InodeRow[]")]
    pub fn rows(&self, #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue) -> Thrown<JsValue> {
        let file = self.file(inode)?;
        let is_rows = self.store.layout() != Layout::Monolithic;
        let (keys, mut rows) = (self.store.keys(), Vec::new());
        let visited = self.store.visit_rows(file, None, &mut |row| {
            let RowKey { index, first, last, count, .. } = row.key;
            let record = RecordKey::ChunkList(row.key);
            let (text, key) =
                if is_rows { (record.text(), keys.encode(&record)) } else { (String::new(), Vec::new()) };
            rows.push(Row { index, first, last, count, text, key, value: row.list.to_vec() });
            std::ops::ControlFlow::Continue(())
        });
        visited.map_err(refused)?;
        to_js(&rows)
    }

    /// What a reader sees of a chunk: stretches (both ends included) with the place of their entry.
    ///
    /// # Errors
    /// Key `NOT_FOUND`.
    #[wasm_bindgen(unchecked_return_type = "Seen[]")]
    pub fn visible(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] index: JsValue,
    ) -> Thrown<JsValue> {
        let (file, index) = (self.file(inode)?, natural("index", index)?);
        let (attributes, lists, _) = self.store.snapshot(file).map_err(refused)?;
        let list = lists.into_iter().find(|&(at, _)| at == index).map(|(_, list)| list);
        let seen = core::window(Geometry::DEFAULT, attributes.length, index, EmptyFile::Nothing);
        to_js(&core::visible(&list.unwrap_or_default(), seen))
    }

    /// Compacts an inode at once: chunks with more entries than `threshold` (20), at most `maxChunks`
    /// (10), and such that reach behind the end. `"Split"` rewrites as the reference does; the others
    /// want fresh ids from `firstId` on (left out: behind the largest there is).
    ///
    /// # Errors
    /// Options that are none.
    #[wasm_bindgen(unchecked_return_type = "InodeCompacted")]
    pub fn compact(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "InodeCompactOptions")] options: JsValue,
    ) -> Thrown<JsValue> {
        let file = self.file(inode)?;
        let CompactOptions { threshold, max_chunks, first_id } = or_default("options", options)?;
        let rule = Selection::default();
        let selection = Selection {
            threshold: threshold.unwrap_or(rule.threshold),
            max_chunks: max_chunks.unwrap_or(rule.max_chunks),
        };
        let (attributes, lists, rows) = match self.store.snapshot(file) {
            Ok((attributes, lists, rows)) => (Some(attributes), lists, rows),
            Err(InodeError::NotFound) => (None, Vec::new(), Vec::new()),
            Err(error) => return Err(refused(error)),
        };
        let largest = lists.iter().flat_map(|(_, list)| list).map(|info| info.chunk_id).max();
        let layout = self.store.layout();
        let rewrite = match layout {
            Layout::Split => Rewrite::Whole { forget_holes: false },
            Layout::Monolithic | Layout::Sequenced => {
                Rewrite::Sparse { first_id: first_id.unwrap_or_else(|| largest.unwrap_or(0) + 1) }
            }
        };
        let settings =
            Settings { geometry: Geometry::DEFAULT, selection, rewrite, empty: EmptyFile::Nothing, layout };
        let found = Found { leader: true, attributes, lists, rows };
        let mut job = match Job::new(file, found, settings) {
            Ok(job) => job,
            Err(skip) => return to_js(&Compacted { skipped: Some(skip.name()), ..Compacted::default() }),
        };
        let mut done = Compacted::default();
        let name = |object: Object| object.name(Prefix::None).to_string();
        while let Some(action) = job.action() {
            let good = match action {
                Action::Read(_) => true,
                Action::Write(object) => {
                    done.objects_written.push(name(object));
                    true
                }
                Action::Commit(modify) => {
                    let log = self.next_log();
                    done.committed = self.store.modify(file, &modify, log).is_ok();
                    done.committed
                }
                Action::Discard(object) | Action::Delete(object) => {
                    done.objects_deleted.push(name(object));
                    true
                }
            };
            job.done(good);
        }
        for chunk in job.chunks() {
            done.replaced.push(List { index: chunk.index, list: chunk.list.clone() });
            done.added.extend(chunk.plans.iter().map(|plan| plan.info));
        }
        to_js(&done)
    }

    /// What was read, written, decoded and encoded so far.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "InodeUse")]
    pub fn used(&self) -> Thrown<JsValue> {
        let (keys, codec) = (self.store.used(), self.store.codec());
        to_js(&Used { keys, bytes_decoded: codec.decoded, bytes_encoded: codec.encoded })
    }

    /// What the counter of an inode's entries says; of `"Split"` it may be wrong, as in the reference.
    ///
    /// # Errors
    /// A value cannot be read.
    pub fn counter(&self, #[wasm_bindgen(unchecked_param_type = "Int")] inode: JsValue) -> Thrown<u64> {
        self.store.meta_size(self.file(inode)?).map_err(refused)
    }
}

/// What is seen of chunk infos between two bytes, both included; a later entry hides earlier ones.
///
/// # Errors
/// Infos that are none.
#[wasm_bindgen(js_name = visibleList, unchecked_return_type = "Seen[]")]
pub fn visible_list(
    #[wasm_bindgen(unchecked_param_type = "AnyChunkInfo[]")] written: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Int")] first: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Int")] last: JsValue,
) -> Thrown<JsValue> {
    let written = infos(from_js("written", written)?);
    to_js(&core::visible(&written, Some((natural("first", first)?, natural("last", last)?))))
}

/// A list as the bytes of a row's value.
///
/// # Errors
/// Infos that are none.
#[wasm_bindgen(js_name = encodeChunkInfos)]
pub fn encode_chunk_infos(
    #[wasm_bindgen(unchecked_param_type = "AnyChunkInfo[]")] list: JsValue,
) -> Thrown<Vec<u8>> {
    Ok(wire::encode_list(&infos(from_js("list", list)?)))
}

/// A row's value as the list it holds.
///
/// # Errors
/// The bytes are no such list.
#[wasm_bindgen(js_name = decodeChunkInfos, unchecked_return_type = "ChunkInfo[]")]
pub fn decode_chunk_infos(bytes: &[u8]) -> Thrown<JsValue> {
    let mut list = Vec::new();
    wire::decode_list(bytes, &mut list).map_err(|cause| error(0, cause))?;
    to_js(&list)
}
