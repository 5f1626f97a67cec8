//! `inode_scenarios`: inodes and chunk lists, as the reference keeps, streams and compacts them.

use super::case::{CaseError, OpsCase, Outcome, Verdict, compare, parse};
use super::inode_json::{Index, Info, Infos, Runs, json_of, list_of, lists_of, runs_of};
use super::inode_pure::{Pure, carry_out_pure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tabletop_core::inode::{
    Attributes, ChunkChange, ChunkInfo, InodeError, InodeKey, InodeStore, KeyStyle, Keys, Layout, Lists,
    MetaServer, Modify, RecordKey, Removal, Want,
};
use tabletop_core::kv::MemKv;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(default, rename = "tags")]
    _tags: Vec<Tag>,
    ops: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Random,
    Wart,
    Hazard,
}

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: Case = parse(line)?;
    let mut subject = Subject::default();
    OpsCase::of(case.id, case.ops).run(|op| match op {
        Op::Pure(op) => carry_out_pure(op),
        Op::Store(op) => subject.carry_out(op),
    })
}

/// An operation. Which of the two it is, is decided by its name, so that what is wrong with it is told.
enum Op {
    Pure(Pure),
    Store(Stored),
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let pure = value.get("op").and_then(Value::as_str).is_some_and(|name| Pure::NAMES.contains(&name));
        let read = if pure {
            serde_json::from_value(value).map(Op::Pure)
        } else {
            serde_json::from_value(value).map(Op::Store)
        };
        read.map_err(serde::de::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    idx: u64,
    add: Option<Infos>,
    del: Option<Infos>,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Stored {
    InsertInode {
        fs: u32,
        ino: u64,
        log: Option<u64>,
        expect: Status,
    },
    UpdateInode {
        fs: u32,
        ino: u64,
        atime: u64,
        log: Option<u64>,
        expect: Status,
    },
    GetInode {
        fs: u32,
        ino: u64,
        expect: GotInode,
    },
    DeleteInode {
        fs: u32,
        ino: u64,
        log: Option<u64>,
        expect: Status,
    },
    InodeCount {
        expect: Size,
    },
    ListInodeIds {
        expect: Ids,
    },
    ModifyChunkList {
        fs: u32,
        ino: u64,
        idx: u64,
        add: Option<Infos>,
        del: Option<Infos>,
        log: Option<u64>,
        expect: Status,
    },
    GetOrModify {
        fs: u32,
        ino: u64,
        items: Vec<Item>,
        log: Option<u64>,
        expect: Status,
    },
    ReadChunkMap {
        fs: u32,
        ino: u64,
        limit: Option<u64>,
        #[serde(default)]
        full: bool,
        expect: GotMap,
    },
    ScanRows {
        fs: u32,
        ino: u64,
        expect: Rows,
    },
    ScanAllRows {
        expect: Rows,
    },
    MetaSize {
        fs: u32,
        ino: u64,
        expect: Size,
    },
    AppliedIndex {
        expect: Applied,
    },
    ClearPartition {
        expect: Status,
    },
    SetExtent {
        fs: u32,
        ino: u64,
        offset: u64,
        log: Option<u64>,
        expect: Status,
    },
    GetExtent {
        fs: u32,
        ino: u64,
        offset: u64,
        expect: Status,
    },
    ListExtents {
        fs: u32,
        ino: u64,
        expect: Offsets,
    },
    MsConfig {
        inline_limit: u64,
        expect: Good,
    },
    MsGetOrModify {
        partition: u32,
        #[serde(default)]
        add: BTreeMap<Index, Infos>,
        #[serde(default)]
        remove: BTreeMap<Index, Infos>,
        #[serde(default)]
        return_map: bool,
        #[serde(default)]
        streaming: bool,
        log: Option<u64>,
        expect: GotOrModified,
    },
    MsGetInode {
        partition: u32,
        supports_streaming: bool,
        expect: MsInode,
    },
    MsRestart {
        expect: Restarted,
    },
}

/// Shapes of expectations: what is absent is not compared.
macro_rules! expectations {
    ($($name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name { $($field: $type),* }
    )*};
}

expectations! {
    Status { status: String }
    GotInode { status: String, atime: Option<u64> }
    Size { size: u64 }
    Ids { ids: Vec<u64> }
    GotMap { status: String, ids: Option<Runs>, infos: Option<BTreeMap<Index, Vec<Info>>> }
    Rows { rows: Vec<(String, u64)> }
    Applied { status: Option<String>, index: u64 }
    Offsets { status: Option<String>, offsets: Vec<u64> }
    Good { ok: bool }
    GotOrModified { status: String, map_size: Option<usize>, stream_rows: Option<u64> }
    MsInode { status: String, streaming: Option<bool>, map_size: Option<usize> }
    Restarted { applied_index: u64 }
}

fn name<T>(result: &Result<T, InodeError>) -> String {
    result.as_ref().map_or_else(InodeError::name, |_| "OK").to_string()
}

fn status<T>(expect: &Status, result: &Result<T, InodeError>) -> Outcome {
    compare(expect, &Status { status: name(result) })
}

const PARTITION: u32 = 1;
const FILE: InodeKey = InodeKey { fs: 1, ino: 1 };

struct Subject {
    store: InodeStore<MemKv>,
    /// Runs as soon as it is asked something, on the same store.
    server: Option<MetaServer<MemKv>>,
    inline_limit: u64,
    log: u64,
}

impl Default for Subject {
    fn default() -> Self {
        let keys = Keys { style: KeyStyle::Text, partition: PARTITION };
        let store = InodeStore::new(MemKv::new(), keys, Layout::Split);
        Self { store, server: None, inline_limit: tabletop_core::inode::INLINE_LIMIT, log: 0 }
    }
}

fn change(index: u64, add: Option<Infos>, del: Option<Infos>) -> ChunkChange {
    let remove = del.map_or(Removal::Nothing, |del| Removal::List(del.list()));
    ChunkChange { index, remove, add: list_of(add) }
}

fn modify(changes: Vec<ChunkChange>) -> Modify {
    Modify { changes, ..Modify::default() }
}

impl Subject {
    fn next_log(&mut self, log: Option<u64>) -> u64 {
        self.log = log.unwrap_or(self.log + 1);
        self.log
    }

    /// The server on the store, with inode 1 of file system 1 in it.
    fn server(&mut self) -> Result<&mut MetaServer<MemKv>, String> {
        if self.server.is_none() {
            let mut store = std::mem::take(&mut self.store);
            // A fresh partition: its inode is there before the first log entry.
            let attributes = Attributes { nlink: 1, ..Attributes::default() };
            store.insert(FILE, attributes, 0).map_err(|error| error.to_string())?;
            let server = MetaServer::start(store, self.inline_limit).map_err(|error| error.to_string())?;
            self.server = Some(server);
        }
        self.server.as_mut().ok_or_else(|| "no server".to_string())
    }

    fn rows(&self, of: Option<InodeKey>) -> Rows {
        let rows = self.store.all_rows().into_iter();
        let rows = rows.filter(|row| of.is_none_or(|inode| row.inode == inode));
        Rows { rows: rows.map(|row| (RecordKey::ChunkList(row).text(), row.count)).collect() }
    }

    fn read(&self, inode: InodeKey, limit: Option<u64>, full: bool, expect: &GotMap) -> Outcome {
        let read = self.store.read(inode, limit.filter(|&limit| limit > 0)).map(|(lists, _)| lists);
        let infos = |lists: &Lists| {
            let json = |list: &Vec<ChunkInfo>| list.iter().map(json_of).collect();
            lists.iter().map(|(index, list)| (Index(*index), json(list))).collect()
        };
        let got = GotMap {
            status: name(&read),
            ids: read.as_ref().ok().filter(|_| expect.ids.is_some() && !full).map(runs_of),
            infos: read.as_ref().ok().filter(|_| expect.infos.is_some() && full).map(infos),
        };
        compare(expect, &got)
    }

    fn carry_out(&mut self, op: Stored) -> Result<Outcome, String> {
        let key = |fs, ino| InodeKey { fs, ino };
        Ok(match op {
            Stored::InsertInode { fs, ino, log, expect } => {
                let before = self.log;
                let log = self.next_log(log);
                let attributes = Attributes { nlink: 1, ..Attributes::default() };
                let done = self.store.insert(key(fs, ino), attributes, log);
                if done.is_err() {
                    self.log = before;
                }
                status(&expect, &done)
            }
            Stored::UpdateInode { fs, ino, atime, log, expect } => {
                let log = self.next_log(log);
                let attributes = Attributes { atime, nlink: 1, ..Attributes::default() };
                status(&expect, &self.store.update(key(fs, ino), attributes, log))
            }
            Stored::GetInode { fs, ino, expect } => {
                let got = self.store.attributes(key(fs, ino));
                let atime = got.ok().filter(|_| expect.atime.is_some()).map(|attributes| attributes.atime);
                compare(&expect, &GotInode { status: name(&got), atime })
            }
            Stored::DeleteInode { fs, ino, log, expect } => {
                let log = self.next_log(log);
                status(&expect, &self.store.delete(key(fs, ino), log))
            }
            Stored::InodeCount { expect } => {
                compare(&expect, &Size { size: self.store.inode_count().map_err(|error| error.to_string())? })
            }
            Stored::ListInodeIds { expect } => {
                compare(&expect, &Ids { ids: self.store.inodes().iter().map(|inode| inode.ino).collect() })
            }
            Stored::ModifyChunkList { fs, ino, idx, add, del, log, expect } => {
                let log = self.next_log(log);
                let changes = vec![change(idx, add, del)];
                status(&expect, &self.store.modify(key(fs, ino), &modify(changes), log))
            }
            Stored::GetOrModify { fs, ino, items, log, expect } => {
                let log = self.next_log(log);
                let changes = items.into_iter().map(|item| change(item.idx, item.add, item.del)).collect();
                status(&expect, &self.store.modify(key(fs, ino), &modify(changes), log))
            }
            Stored::ReadChunkMap { fs, ino, limit, full, expect } => {
                self.read(key(fs, ino), limit, full, &expect)
            }
            Stored::ScanRows { fs, ino, expect } => compare(&expect, &self.rows(Some(key(fs, ino)))),
            Stored::ScanAllRows { expect } => compare(&expect, &self.rows(None)),
            Stored::MetaSize { fs, ino, expect } => {
                let size = self.store.meta_size(key(fs, ino)).map_err(|error| error.to_string())?;
                compare(&expect, &Size { size })
            }
            Stored::AppliedIndex { expect } => {
                let index = self.store.applied_index().map_err(|error| error.to_string())?;
                let status = expect.status.is_some().then(|| "OK".to_string());
                compare(&expect, &Applied { status, index })
            }
            Stored::ClearPartition { expect } => {
                self.store.clear();
                status(&expect, &Ok(()))
            }
            Stored::SetExtent { fs, ino, offset, log, expect } => {
                let log = self.next_log(log);
                self.store.set_extent(key(fs, ino), offset, &[1], log);
                status(&expect, &Ok(()))
            }
            Stored::GetExtent { fs, ino, offset, expect } => {
                status(&expect, &self.store.extent(key(fs, ino), offset))
            }
            Stored::ListExtents { fs, ino, expect } => {
                let status = expect.status.is_some().then(|| "OK".to_string());
                compare(&expect, &Offsets { status, offsets: self.store.extents(key(fs, ino)) })
            }
            Stored::MsConfig { inline_limit, expect } => {
                self.inline_limit = inline_limit;
                if let Some(server) = self.server.take() {
                    let error = |error: InodeError| error.to_string();
                    self.server = Some(MetaServer::start(server.stop(), inline_limit).map_err(error)?);
                }
                compare(&expect, &Good { ok: true })
            }
            Stored::MsGetOrModify { partition, add, remove, return_map, streaming, log, expect } => {
                self.ms_modify(partition, add, remove, (return_map, streaming), log, &expect)?
            }
            Stored::MsGetInode { partition, supports_streaming, expect } => {
                let got = self.server()?.get_inode(partition, FILE, supports_streaming);
                let answer = got.as_ref().ok().map(|(_, answer)| answer);
                let got = MsInode {
                    status: name(&got),
                    streaming: answer.filter(|_| expect.streaming.is_some()).map(|answer| answer.streaming),
                    map_size: answer.filter(|_| expect.map_size.is_some()).map(|answer| answer.lists.len()),
                };
                compare(&expect, &got)
            }
            Stored::MsRestart { expect } => {
                let limit = self.inline_limit;
                self.server()?;
                let error = |error: InodeError| error.to_string();
                if let Some(server) = self.server.take() {
                    self.server = Some(MetaServer::start(server.stop(), limit).map_err(error)?);
                }
                let applied_index = self.server()?.store().applied_index().map_err(error)?;
                compare(&expect, &Restarted { applied_index })
            }
        })
    }

    fn ms_modify(
        &mut self,
        partition: u32,
        add: BTreeMap<Index, Infos>,
        remove: BTreeMap<Index, Infos>,
        (return_map, streaming): (bool, bool),
        log: Option<u64>,
        expect: &GotOrModified,
    ) -> Result<Outcome, String> {
        let log = self.next_log(log);
        let mut changes: BTreeMap<u64, ChunkChange> = BTreeMap::new();
        for (index, add) in lists_of(add) {
            changes.insert(index, ChunkChange::append(index, add));
        }
        for (index, list) in lists_of(remove) {
            let change = changes.entry(index).or_insert(ChunkChange { index, ..ChunkChange::default() });
            change.remove = Removal::List(list);
        }
        let want = match (return_map, streaming) {
            (false, _) => Want::Nothing,
            (true, false) => Want::Response,
            (true, true) => Want::Stream,
        };
        let modify = modify(changes.into_values().collect());
        let got = self.server()?.get_or_modify(partition, FILE, &modify, want, log);
        let status = match &got {
            Ok(answer) if answer.repeated => "IDEMPOTENCE_OK".to_string(),
            _ => name(&got),
        };
        let answer = got.ok();
        let map_size = answer.as_ref().map(|answer| answer.lists.len());
        let stream_rows = answer.map(|answer| answer.stream_rows);
        let got = GotOrModified {
            status,
            map_size: map_size.filter(|_| expect.map_size.is_some()),
            stream_rows: stream_rows.filter(|_| expect.stream_rows.is_some()),
        };
        Ok(compare(expect, &got))
    }
}
