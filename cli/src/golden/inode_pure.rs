//! `inode_scenarios`, operations without a state: keys, names, selection, plans, streams, slices, jobs.

use super::case::{Outcome, compare};
use super::chunkinfo_visible::prefix;
use super::inode_json::{
    Index, Info, Infos, Runs, VisibleNode, info, json_of, json_of_node, lists_of, runs_of,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tabletop_core::base::SimTime;
use tabletop_core::inode::stream::{self, Receiver};
use tabletop_core::inode::{
    Action, Attributes, ChunkInfo, EmptyFile, Found, Geometry, InodeKey, Job, JobEnd, Layout, Object, Prefix,
    RecordKey, Rewrite, RowKey, Selection, Settings, Slice, WriteTrigger, plan, select, slice_view,
    table_name, visible, window, wire, write_trigger,
};

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Pure {
    EncodeKey {
        r#type: String,
        fs: Option<u32>,
        ino: Option<u64>,
        idx: Option<u64>,
        first: Option<u64>,
        last: Option<u64>,
        count: Option<u64>,
        parent: Option<u64>,
        name: Option<String>,
        offset: Option<u64>,
        expect: KeyText,
    },
    DecodeKey {
        key: String,
        expect: Box<Decoded>,
    },
    TableNameHex {
        r#type: u64,
        partition_id: u32,
        expect: TableName,
    },
    SortKeys {
        keys: Vec<String>,
        expect: Sorted,
    },
    ChunkIndex {
        offset: u64,
        chunk_size: u64,
        block_size: u64,
        expect: Place,
    },
    ObjectName {
        fs: u32,
        ino: u64,
        chunk_id: u64,
        block: u64,
        compaction: u64,
        #[serde(default)]
        prefix: u8,
        expect: Name,
    },
    ObjectsOfInfo {
        fs: u32,
        ino: u64,
        chunk_size: u64,
        block_size: u64,
        info: Info,
        #[serde(default)]
        prefix: u8,
        expect: Names,
    },
    NeedCompact {
        inode_len: u64,
        chunk_size: u64,
        chunks: BTreeMap<Index, Infos>,
        threshold: Option<u64>,
        max_chunks: Option<u64>,
        expect: Chosen,
    },
    Visible {
        chunk_size: u64,
        inode_len: u64,
        idx: u64,
        infos: Infos,
        expect: Nodes,
    },
    Plan {
        chunk_size: u64,
        inode_len: u64,
        idx: u64,
        infos: Infos,
        expect: Planned,
    },
    StreamEncode {
        rows: Vec<(u64, usize)>,
        expect: Messages,
    },
    StreamMerge {
        messages: Vec<Message>,
        idle_timeout_ms: Option<u64>,
        expect: Merged,
    },
    SliceView {
        slices: Vec<JsonSlice>,
        expect: View,
    },
    WriteTrigger {
        slices_after: u64,
        expect: Trigger,
    },
    CompactJob(Box<CompactJob>),
}

impl Pure {
    /// Names of these operations.
    pub(super) const NAMES: [&'static str; 15] = [
        "encode_key",
        "decode_key",
        "table_name_hex",
        "sort_keys",
        "chunk_index",
        "object_name",
        "objects_of_info",
        "need_compact",
        "visible",
        "plan",
        "stream_encode",
        "stream_merge",
        "slice_view",
        "write_trigger",
        "compact_job",
    ];
}

/// Shapes of expectations: what is absent is not compared.
macro_rules! expectations {
    ($($name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $($field: $type),* }
    )*};
}

expectations! {
    KeyText { key: String }
    Decoded {
        ok: bool, r#type: Option<String>, fs: Option<u32>, ino: Option<u64>, idx: Option<u64>, first: Option<u64>,
        last: Option<u64>, count: Option<u64>, parent: Option<u64>, name: Option<String>, offset: Option<u64>,
    }
    TableName { hex: String, len: usize }
    Sorted { keys: Vec<String> }
    Place { idx: u64, in_chunk: u64, block: u64 }
    Name { name: String }
    Names { names: Vec<String> }
    Chosen { count: usize, chunks: Option<Vec<u64>>, subset_of: Option<Vec<u64>> }
    Nodes { nodes: Vec<VisibleNode> }
    Planned { empty: bool, chunk_id: Option<u64>, compaction: Option<u64>, offset: Option<u64>, len: Option<u64> }
    Messages { messages: Vec<String> }
    Merged { status: String, ids: Option<Runs> }
    View { view: Vec<(u64, u64, u64, u64, u64)> }
    Trigger { action: String }
    JobResult {
        skipped: Option<String>, add: Option<BTreeMap<Index, Vec<Info>>>,
        removed_count: Option<BTreeMap<Index, usize>>, put: Option<Vec<String>>, deleted: Option<Vec<String>>,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonSlice {
    pos: u64,
    id: u64,
    size: u64,
    off: u64,
    len: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Message {
    Raw(String),
    Row(MessageRow),
    Wait(MessageWait),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageRow {
    idx: u64,
    r#gen: (u64, u64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageWait {
    wait_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompactJob {
    chunk_size: u64,
    block_size: u64,
    inode_len: u64,
    #[serde(default = "one")]
    fs: u32,
    #[serde(default = "one_u64")]
    ino: u64,
    chunks: BTreeMap<Index, Infos>,
    #[serde(default = "yes")]
    leader: bool,
    #[serde(default = "yes")]
    inode_exists: bool,
    #[serde(default = "one_u64")]
    nlink: u64,
    threshold: Option<u64>,
    max_chunks: Option<u64>,
    fail: Option<Fail>,
    expect: JobResult,
}

const fn one() -> u32 {
    1
}

const fn one_u64() -> u64 {
    1
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fail {
    Get,
    PutSecond,
    Commit,
}

fn selection(threshold: Option<u64>, max_chunks: Option<u64>) -> Selection {
    let default = Selection::default();
    Selection {
        threshold: threshold.unwrap_or(default.threshold),
        max_chunks: max_chunks.unwrap_or(default.max_chunks),
    }
}

fn name_of(object: Object) -> String {
    object.name(Prefix::None).to_string()
}

pub(super) fn carry_out_pure(op: Pure) -> Result<Outcome, String> {
    Ok(match op {
        Pure::EncodeKey { r#type, fs, ino, idx, first, last, count, parent, name, offset, expect } => {
            let of = |field: &str| format!("a key of type {type} needs {field}");
            let fs = fs.ok_or_else(|| of("fs"))?;
            let inode = || Ok::<_, String>(InodeKey { fs, ino: ino.ok_or_else(|| of("ino"))? });
            let record = match r#type.as_str() {
                "inode" => RecordKey::Inode(inode()?),
                "aux" => RecordKey::Aux(inode()?),
                "extent" => {
                    RecordKey::Extent { inode: inode()?, offset: offset.ok_or_else(|| of("offset"))? }
                }
                "dentry" => RecordKey::Dentry {
                    fs,
                    parent: parent.ok_or_else(|| of("parent"))?,
                    name: name.ok_or_else(|| of("name"))?,
                },
                "chunk_list" => RecordKey::ChunkList(RowKey {
                    inode: inode()?,
                    index: idx.ok_or_else(|| of("idx"))?,
                    first: first.ok_or_else(|| of("first"))?,
                    last: last.ok_or_else(|| of("last"))?,
                    count: count.ok_or_else(|| of("count"))?,
                }),
                _ => return Err(format!("unknown type of key {type}")),
            };
            compare(&expect, &KeyText { key: record.text() })
        }
        Pure::DecodeKey { key, expect } => compare(&*expect, &decoded(&key)),
        Pure::TableNameHex { r#type, partition_id, expect } => {
            let name = table_name(r#type, partition_id);
            let mut hex = String::new();
            for byte in &name {
                // Writing to a string cannot fail.
                write!(hex, "{byte:02x}").ok();
            }
            compare(&expect, &TableName { hex, len: name.len() })
        }
        Pure::SortKeys { mut keys, expect } => {
            keys.sort();
            compare(&expect, &Sorted { keys })
        }
        Pure::ChunkIndex { offset, chunk_size, block_size, expect } => {
            let place = Geometry { chunk_size, block_size }.place(offset);
            compare(&expect, &Place { idx: place.index, in_chunk: place.in_chunk, block: place.block })
        }
        Pure::ObjectName { fs, ino, chunk_id, block, compaction, prefix: number, expect } => {
            let object = Object { inode: InodeKey { fs, ino }, chunk_id, block, compaction };
            compare(&expect, &Name { name: object.name(prefix(number)?).to_string() })
        }
        Pure::ObjectsOfInfo { fs, ino, chunk_size, block_size, info: of, prefix: number, expect } => {
            let prefix = prefix(number)?;
            let objects = Geometry { chunk_size, block_size }.objects(InodeKey { fs, ino }, &info(of));
            compare(
                &expect,
                &Names { names: objects.map(|object| object.name(prefix).to_string()).collect() },
            )
        }
        Pure::NeedCompact { inode_len, chunk_size, chunks, threshold, max_chunks, expect } => {
            let geometry = Geometry { chunk_size, block_size: chunk_size };
            let lists = lists_of(chunks);
            let rule = selection(threshold, max_chunks);
            let chosen = select(inode_len, geometry, &lists, rule);
            // Which of too many are taken is left open: any of all that are wanted.
            let all = Selection { max_chunks: u64::MAX, ..rule };
            let all = select(inode_len, geometry, &lists, all);
            let subset = expect.subset_of.as_ref().map(|_| all);
            let chunks = expect.chunks.as_ref().map(|_| chosen.clone());
            compare(&sorted(expect), &Chosen { count: chosen.len(), chunks, subset_of: subset })
        }
        Pure::Visible { chunk_size, inode_len, idx, infos, expect } => {
            let nodes = seen(chunk_size, inode_len, idx, infos).iter().map(json_of_node).collect();
            compare(&expect, &Nodes { nodes })
        }
        Pure::Plan { chunk_size, inode_len, idx, infos, expect } => {
            let nodes = seen(chunk_size, inode_len, idx, infos);
            let geometry = Geometry { chunk_size, block_size: chunk_size };
            let plans = plan(&nodes, geometry, Rewrite::Whole { forget_holes: false });
            let got = plans.first().map_or(Planned { empty: true, ..Planned::default() }, |plan| Planned {
                empty: false,
                chunk_id: expect.chunk_id.map(|_| plan.info.chunk_id),
                compaction: expect.compaction.map(|_| plan.info.compaction),
                offset: expect.offset.map(|_| plan.info.offset),
                len: expect.len.map(|_| plan.info.len),
            });
            compare(&expect, &got)
        }
        Pure::StreamEncode { rows, expect } => compare(&expect, &encoded(&rows)?),
        Pure::StreamMerge { messages, idle_timeout_ms, expect } => {
            let got = merged(messages, idle_timeout_ms.unwrap_or(500), expect.ids.is_some());
            compare(&expect, &got)
        }
        Pure::SliceView { slices, expect } => {
            let slice = |JsonSlice { pos, id, size, off, len }| Slice { pos, id, size, off, len };
            let slices: Vec<_> = slices.into_iter().map(slice).collect();
            let json = |slice: &Slice| (slice.pos, slice.id, slice.size, slice.off, slice.len);
            compare(&expect, &View { view: slice_view(&slices).iter().map(json).collect() })
        }
        Pure::WriteTrigger { slices_after, expect } => {
            let action = match write_trigger(slices_after) {
                WriteTrigger::None => "none",
                WriteTrigger::Async => "async",
                WriteTrigger::Sync => "sync",
            };
            compare(&expect, &Trigger { action: action.to_string() })
        }
        Pure::CompactJob(job) => {
            let got = job.run();
            compare(&job.expect, &got)
        }
    })
}

fn seen(chunk_size: u64, length: u64, index: u64, infos: Infos) -> Vec<tabletop_core::inode::Node> {
    let geometry = Geometry { chunk_size, block_size: chunk_size };
    visible(&infos.list(), window(geometry, length, index, EmptyFile::Everything))
}

fn sorted(mut chosen: Chosen) -> Chosen {
    chosen.chunks.iter_mut().chain(&mut chosen.subset_of).for_each(|chunks| chunks.sort_unstable());
    chosen
}

fn decoded(key: &str) -> Decoded {
    let Some(record) = RecordKey::parse(key) else { return Decoded::default() };
    let of = |name: &str| Decoded { ok: true, r#type: Some(name.to_string()), ..Decoded::default() };
    let with = |name, inode: InodeKey| Decoded { fs: Some(inode.fs), ino: Some(inode.ino), ..of(name) };
    match record {
        RecordKey::Inode(inode) => with("inode", inode),
        RecordKey::Aux(inode) => with("aux", inode),
        RecordKey::Extent { inode, offset } => Decoded { offset: Some(offset), ..with("extent", inode) },
        RecordKey::Dentry { fs, parent, name } => {
            Decoded { fs: Some(fs), parent: Some(parent), name: Some(name), ..of("dentry") }
        }
        RecordKey::ChunkList(RowKey { inode, index, first, last, count }) => Decoded {
            idx: Some(index),
            first: Some(first),
            last: Some(last),
            count: Some(count),
            ..with("chunk_list", inode)
        },
        // Not keys that the reference's cases know.
        RecordKey::AppliedIndex | RecordKey::InodeCount | RecordKey::Request(_) => Decoded::default(),
    }
}

/// What comes before the list of each message; the lists must be what was put in.
fn encoded(rows: &[(u64, usize)]) -> Result<Messages, String> {
    let mut messages = Vec::new();
    for &(index, count) in rows {
        let list = wire::encode_list(&vec![ChunkInfo::default(); count]);
        let message = stream::message(index, &list);
        let head = message.strip_suffix(list.as_slice()).ok_or("a message does not end with its list")?;
        messages.push(String::from_utf8_lossy(head).into_owned());
    }
    messages.push(String::from_utf8_lossy(stream::END).into_owned());
    Ok(Messages { messages })
}

fn merged(messages: Vec<Message>, idle_timeout_ms: u64, with_ids: bool) -> Merged {
    let mut now = SimTime::ZERO;
    let mut receiver = Receiver::new(now, SimTime::from_millis(idle_timeout_ms));
    for message in messages {
        match message {
            Message::Raw(text) => {
                receiver.receive(now, text.as_bytes());
            }
            Message::Row(MessageRow { idx, r#gen: (first, last) }) => {
                let infos = (first..=last).map(|chunk_id| ChunkInfo { chunk_id, ..ChunkInfo::default() });
                let row = wire::encode_list(&infos.collect::<Vec<_>>());
                receiver.receive(now, &stream::message(idx, &row));
            }
            Message::Wait(MessageWait { wait_ms }) => {
                now = SimTime(now.0 + SimTime::from_millis(wait_ms).0);
                receiver.wait(now);
            }
        }
    }
    let state = receiver.close();
    Merged { status: state.name().to_string(), ids: with_ids.then(|| runs_of(&receiver.into_lists())) }
}

impl CompactJob {
    fn run(&self) -> JobResult {
        let inode = InodeKey { fs: self.fs, ino: self.ino };
        let attributes = Attributes { length: self.inode_len, atime: 0, nlink: self.nlink };
        let lists = lists_of(self.chunks.clone());
        let found = Found {
            leader: self.leader,
            attributes: self.inode_exists.then_some(attributes),
            lists,
            rows: Vec::new(),
        };
        let settings = Settings {
            geometry: Geometry { chunk_size: self.chunk_size, block_size: self.block_size },
            selection: selection(self.threshold, self.max_chunks),
            rewrite: Rewrite::Whole { forget_holes: false },
            empty: EmptyFile::Everything,
            layout: Layout::Split,
        };
        let mut job = match Job::new(inode, found, settings) {
            Ok(job) => job,
            Err(skip) => {
                return JobResult { skipped: Some(skip.name().to_string()), ..JobResult::default() };
            }
        };
        let (mut put, mut deleted) = (Vec::new(), Vec::new());
        let (mut add, mut removed) = (BTreeMap::new(), BTreeMap::new());
        let mut writes = 0;
        while let Some(action) = job.action() {
            let good = match action {
                Action::Read(_) => self.fail != Some(Fail::Get),
                Action::Write(object) => {
                    writes += 1;
                    let good = self.fail != Some(Fail::PutSecond) || writes != 2;
                    if good {
                        put.push(name_of(object));
                    }
                    good
                }
                Action::Commit(modify) => {
                    let good = self.fail != Some(Fail::Commit);
                    for change in modify.changes.iter().filter(|_| good) {
                        let list = job.chunks().iter().find(|chunk| chunk.index == change.index);
                        removed.insert(Index(change.index), list.map_or(0, |chunk| chunk.list.len()));
                        if !change.add.is_empty() {
                            add.insert(Index(change.index), change.add.iter().map(json_of).collect());
                        }
                    }
                    good
                }
                Action::Discard(object) | Action::Delete(object) => {
                    deleted.push(name_of(object));
                    true
                }
            };
            job.done(good);
        }
        debug_assert!(job.end().is_some_and(|end| end == JobEnd::Committed || self.fail.is_some()));
        let expect = &self.expect;
        JobResult {
            skipped: None,
            add: expect.add.as_ref().map(|_| add),
            removed_count: expect.removed_count.as_ref().map(|_| removed),
            put: expect.put.as_ref().map(|_| put),
            deleted: expect.deleted.as_ref().map(|_| deleted),
        }
    }
}
