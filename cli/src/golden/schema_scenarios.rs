//! `schema_scenarios`: the schema service, and small components of its neighbours.

use super::case::{CaseError, Outcome, Verdict};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tabletop_core::base::SimTime;
use tabletop_core::schema::neighbours::{Leases, Published, SieveCache, SnapshotList};
use tabletop_core::schema::old::SnapshotSlots;
use tabletop_core::schema::{
    CaseMode, Ddl, GuardId, IdState, NameKey, NodeConfig, ObjectId, SchemaError, SchemaKind, SchemaService,
    SchemaVersion, Source, TableKind, TablePlace, VersionWindow,
};
use tabletop_core::schema::{is_formal_version, next_version};

/// Versions of an id that the window component keeps.
const WINDOW: usize = 16;

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let wrong = |what: String| CaseError { case: None, op: None, what };
    let case: Case = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
    let mut subject = Subject::new(&case.config);
    let mut verdict = Verdict::Same;
    for (at, op) in case.ops.into_iter().enumerate() {
        let name = op.get("op").and_then(Value::as_str).unwrap_or("?").to_string();
        let error = |what| CaseError { case: Some(case.id.clone()), op: Some((at, name.clone())), what };
        // Operations behind the first difference are read all the same.
        let mut op = op;
        let expect = op.as_object_mut().and_then(|op| op.remove("expect"));
        let Some(Value::Object(expect)) = expect else { return Err(error("missing field `expect`".into())) };
        let op: Op = serde_json::from_value(op).map_err(|wrong| error(wrong.to_string()))?;
        if verdict != Verdict::Same {
            continue;
        }
        let got = subject.carry_out(op);
        if let Some((expected, got)) = compare(&expect, &got).map_err(error)? {
            verdict =
                Verdict::Differs(format!("{}, op {at} ({name}): expected {expected}, got {got}", case.id));
        }
    }
    Ok(verdict)
}

/// Fields that are expected must be there and equal; more may be there. A field that the operation
/// never answers with is not understood, unless it failed.
fn compare(expect: &Map<String, Value>, got: &Result<Value, SchemaError>) -> Result<Outcome, String> {
    let got = match got {
        Ok(Value::Object(got)) => got.clone(),
        Ok(other) => return Err(format!("an answer that is no object: {other}")),
        Err(error) => Map::from_iter([("error".to_string(), error.name().into())]),
    };
    if expect.is_empty() {
        return Err("nothing is expected".to_string());
    }
    let failed = got.contains_key("error") || expect.contains_key("error");
    let absent = got.get("found") == Some(&Value::Bool(false));
    for (field, value) in expect {
        match got.get(field) {
            Some(found) if found == value => {}
            None if !failed && !absent => return Err(format!("unknown field `{field}` in expect")),
            _ => return Ok(Some((json!(expect).to_string(), json!(got).to_string()))),
        }
    }
    Ok(None)
}

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
    #[serde(default)]
    config: Config,
    ops: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Random,
    Source,
    Cache,
    Lru,
    Slow,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Config {
    n_name_versions: Option<u8>,
    n_id_versions: Option<u8>,
    cache_capacity: Option<u64>,
    auto_refresh: Option<bool>,
    case_mode: Option<Case1>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Case1 {
    Sensitive,
    Lower,
}

fn sys() -> String {
    "sys".to_string()
}

fn one_column() -> Vec<String> {
    vec!["c1".to_string()]
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Table,
    Index,
    Database,
    Tenant,
}

impl From<Kind> for SchemaKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Table => Self::Table,
            Kind::Index => Self::Index,
            Kind::Database => Self::Database,
            Kind::Tenant => Self::Tenant,
        }
    }
}

/// Which of the three changes of `alter_table` it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alter {
    #[serde(default = "sys")]
    tenant: String,
    db: String,
    table: String,
    v: i64,
    add_column: Option<String>,
    drop_column: Option<String>,
    set_attrs: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[rustfmt::skip]
enum Op {
    CreateTenant { tenant: String, id: i64, v: i64 },
    DropTenant { tenant: String, v: i64 },
    CreateDatabase { #[serde(default = "sys")] tenant: String, db: String, id: i64, v: i64 },
    DropDatabase { #[serde(default = "sys")] tenant: String, db: String, v: i64 },
    RenameDatabase { #[serde(default = "sys")] tenant: String, db: String, to: String, v: i64 },
    CreateTable {
        #[serde(default = "sys")] tenant: String, db: String, table: String, id: i64, v: i64,
        #[serde(default = "one_column")] columns: Vec<String>,
        #[serde(default)] partitions: Vec<i64>,
        #[serde(default)] attrs: Vec<String>,
    },
    BulkCreateTables {
        #[serde(default = "sys")] tenant: String, db: String, prefix: String, count: i64, id_start: i64,
        v_start: i64,
    },
    AlterTable(Alter),
    RenameTable {
        #[serde(default = "sys")] tenant: String, db: String, table: String, to_table: String, v: i64,
        to_db: Option<String>,
    },
    DropTable { #[serde(default = "sys")] tenant: String, db: String, table: String, v: i64 },
    TruncateTable { #[serde(default = "sys")] tenant: String, db: String, table: String, new_id: i64, v: i64 },
    CreateIndex {
        #[serde(default = "sys")] tenant: String, db: String, table: String, index: String, id: i64, v: i64,
    },
    DropIndex {
        #[serde(default = "sys")] tenant: String, db: String, #[serde(default)] table: String, index: String,
        v: i64,
    },
    AddPartition { #[serde(default = "sys")] tenant: String, db: String, table: String, partition: i64, v: i64 },
    DropPartition { #[serde(default = "sys")] tenant: String, db: String, table: String, partition: i64, v: i64 },
    TruncatePartition {
        #[serde(default = "sys")] tenant: String, db: String, table: String, partition: i64,
        new_partition: i64, v: i64,
    },
    ExchangePartition {
        #[serde(default = "sys")] tenant: String, db: String, table: String, partition: i64,
        with_table: String, v: i64,
    },
    Refresh { to: Option<i64> },
    OpenGuard { g: String, at: Option<i64> },
    CloseGuard { g: String },
    GetTenantId { g: String, tenant: String },
    GetDatabaseId { g: String, #[serde(default = "sys")] tenant: String, db: String },
    GetTableId {
        g: String, #[serde(default = "sys")] tenant: String, db: String, table: String,
        #[serde(default)] is_index: bool,
    },
    GetTableIdByDbId {
        g: String, #[serde(default = "sys")] tenant: String, db_id: i64, table: String,
        #[serde(default)] is_index: bool,
    },
    GetSchema { g: String, id: i64, #[serde(default, rename = "type")] kind: Kind },
    GetSchemaVersion { g: String, id: i64 },
    ListTables { g: String, #[serde(default = "sys")] tenant: String, db: String },
    ListTablesWithAttr { g: String, attr: String },
    Count { g: String, #[serde(rename = "type")] kind: Kind },
    GetTableByPartition { g: String, partition: i64 },
    IdVersionMap { at: i64 },
    CacheLimit { entries: u64 },
    Evict {},
    CacheStats {},
    NameEntry {
        #[serde(default = "sys")] tenant: String, db: String, table: String, #[serde(default)] is_index: bool,
    },
    CompactNameMap {},
    CompactBegin {},
    CompactEnd {},
    NameMapSize { #[serde(rename = "type")] kind: Kind },
    RecycleHistory { to: i64 },
    SlotInit { n: usize },
    SlotPut { v: i64 },
    SlotGet { v: i64 },
    SlotGetNearest { v: i64 },
    SlotRelease { v: i64 },
    SlotRecycleVersion {},
    IcNew { capacity: usize },
    IcInsert { v: i64, ts: i64 },
    IcByVersion { v: i64 },
    IcByTs { ts: i64 },
    IcLatest {},
    IcLen {},
    IcResize { capacity: usize },
    SvNew { capacity: usize },
    SvSet { key: i64, value: i64 },
    SvGet { key: i64 },
    SvContains { key: i64 },
    SvRemove { key: i64 },
    SvLen {},
    SvPurge {},
    SvSetCapacity { capacity: usize },
    IdverNew { versions: Vec<i64>, is_deleted: bool, min_version: i64 },
    IdverLookup { v: i64 },
    NextVersion { last: i64, now_us: i64 },
    IsFormalVersion { v: i64 },
    LeaseInit { v: i64 },
    LeaseAcquire { node: String, now: i64, duration: i64 },
    LeaseRelease { node: String, v: i64 },
    LeasePublish { now: i64 },
    LeaseVersionsInUse { now: i64 },
}

/// The engine of a case.
struct Subject {
    service: SchemaService,
    guards: BTreeMap<String, GuardId>,
    slots: SnapshotSlots,
    snapshots: SnapshotList,
    sieve: SieveCache,
    window: VersionWindow,
    leases: Leases,
}

type Answer = Result<Value, SchemaError>;

fn done() -> Value {
    json!({ "ok": true })
}

fn ids(ids: Vec<i64>) -> Vec<ObjectId> {
    ids.into_iter().map(ObjectId).collect()
}

fn numbers(versions: impl IntoIterator<Item = SchemaVersion>) -> Vec<i64> {
    versions.into_iter().map(|version| version.0).collect()
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Map => "map",
        Source::History => "history",
    }
}

const fn table_or_index(is_index: bool) -> SchemaKind {
    if is_index { SchemaKind::Index } else { SchemaKind::Table }
}

impl Subject {
    fn new(config: &Config) -> Self {
        let default = NodeConfig::default();
        let node = NodeConfig {
            name_versions: config.n_name_versions.unwrap_or(default.name_versions),
            id_versions: config.n_id_versions.unwrap_or(default.id_versions),
            cache_entries: config.cache_capacity,
            cache_bytes: None,
        };
        let case = match config.case_mode {
            Some(Case1::Lower) => CaseMode::Lower,
            Some(Case1::Sensitive) | None => CaseMode::Sensitive,
        };
        Self {
            service: SchemaService::new(node, case, config.auto_refresh.unwrap_or(true)),
            guards: BTreeMap::new(),
            slots: SnapshotSlots::new(0),
            snapshots: SnapshotList::new(0),
            sieve: SieveCache::new(0),
            window: VersionWindow::new(&[], false, None, WINDOW),
            leases: Leases::new(SchemaVersion::ZERO),
        }
    }

    fn guard(&self, name: &str) -> Result<GuardId, SchemaError> {
        self.guards.get(name).copied().ok_or(SchemaError::GuardClosed)
    }

    fn ddl(&mut self, v: i64, ddl: Ddl) -> Answer {
        self.service.execute(SchemaVersion(v), &ddl).map(|()| done())
    }

    #[rustfmt::skip]
    fn carry_out(&mut self, op: Op) -> Answer {
        let at = |tenant, database, table| TablePlace { tenant, database, table };
        let kind = TableKind::Base;
        match op {
            Op::CreateTenant { tenant, id, v } => self.ddl(v, Ddl::CreateTenant { tenant, id: ObjectId(id) }),
            Op::DropTenant { tenant, v } => self.ddl(v, Ddl::DropTenant { tenant }),
            Op::CreateDatabase { tenant, db: database, id, v } => {
                self.ddl(v, Ddl::CreateDatabase { tenant, database, id: ObjectId(id) })
            }
            Op::DropDatabase { tenant, db: database, v } => self.ddl(v, Ddl::DropDatabase { tenant, database }),
            Op::RenameDatabase { tenant, db: database, to, v } => {
                self.ddl(v, Ddl::RenameDatabase { tenant, database, to })
            }
            Op::CreateTable { tenant, db, table, id, v, columns, partitions, attrs } => {
                let (at, partitions) = (at(tenant, db, table), ids(partitions));
                self.ddl(v, Ddl::CreateTable { at, id: ObjectId(id), kind, columns, partitions, attrs })
            }
            Op::BulkCreateTables { tenant, db, prefix, count, id_start, v_start } => {
                for n in 0..count {
                    let at = at(tenant.clone(), db.clone(), format!("{prefix}{n}"));
                    let (id, columns) = (ObjectId(id_start + n), one_column());
                    let ddl = Ddl::CreateTable { at, id, kind, columns, partitions: vec![], attrs: vec![] };
                    self.ddl(v_start + n, ddl)?;
                }
                Ok(done())
            }
            Op::AlterTable(Alter { tenant, db, table, v, add_column, drop_column, set_attrs }) => {
                let at = at(tenant, db, table);
                self.ddl(v, match (add_column, drop_column, set_attrs) {
                    (Some(column), _, _) => Ddl::AddColumn { at, column },
                    (_, Some(column), _) => Ddl::DropColumn { at, column },
                    (_, _, attrs) => Ddl::SetAttrs { at, attrs: attrs.unwrap_or_default() },
                })
            }
            Op::RenameTable { tenant, db, table, to_table: to, v, to_db } => {
                let to_database = to_db.unwrap_or_else(|| db.clone());
                self.ddl(v, Ddl::RenameTable { at: at(tenant, db, table), to_database, to })
            }
            Op::DropTable { tenant, db, table, v } => self.ddl(v, Ddl::DropTable { at: at(tenant, db, table) }),
            Op::TruncateTable { tenant, db, table, new_id, v } => {
                self.ddl(v, Ddl::TruncateTable { at: at(tenant, db, table), id: ObjectId(new_id) })
            }
            Op::CreateIndex { tenant, db, table, index, id, v } => {
                self.ddl(v, Ddl::CreateIndex { at: at(tenant, db, table), index, id: ObjectId(id) })
            }
            Op::DropIndex { tenant, db, table, index, v } => {
                self.ddl(v, Ddl::DropIndex { at: at(tenant, db, table), index })
            }
            Op::AddPartition { tenant, db, table, partition, v } => {
                self.ddl(v, Ddl::AddPartition { at: at(tenant, db, table), partition: ObjectId(partition) })
            }
            Op::DropPartition { tenant, db, table, partition, v } => {
                self.ddl(v, Ddl::DropPartition { at: at(tenant, db, table), partition: ObjectId(partition) })
            }
            Op::TruncatePartition { tenant, db, table, partition, new_partition, v } => {
                let (partition, to) = (ObjectId(partition), ObjectId(new_partition));
                self.ddl(v, Ddl::TruncatePartition { at: at(tenant, db, table), partition, to })
            }
            Op::ExchangePartition { tenant, db, table, partition, with_table: with, v } => {
                let partition = ObjectId(partition);
                self.ddl(v, Ddl::ExchangePartition { at: at(tenant, db, table), partition, with })
            }
            Op::Refresh { to } => Ok(json!({ "refreshed": self.service.refresh(to.map(SchemaVersion)).0 })),
            Op::OpenGuard { g, at } => self.open_guard(g, at),
            Op::CloseGuard { g } => {
                let guard = self.guards.remove(&g).ok_or(SchemaError::GuardClosed)?;
                let released = self.service.node_mut().close_guard(guard)?;
                Ok(json!({ "ok": true, "released": released }))
            }
            Op::GetTenantId { g, tenant } => {
                let id = self.service.tenant_id(self.guard(&g)?, &tenant)?;
                Ok(json!({ "id": id }))
            }
            Op::GetDatabaseId { g, tenant, db } => {
                let id = self.service.database_id(self.guard(&g)?, &tenant, &db)?;
                Ok(json!({ "id": id.map(|(_, id)| id) }))
            }
            Op::GetTableId { g, tenant, db, table, is_index } => {
                let kind = table_or_index(is_index);
                let (id, from) = self.service.table_id(self.guard(&g)?, kind, &tenant, &db, &table)?;
                Ok(json!({ "id": id, "source": source(from) }))
            }
            Op::GetTableIdByDbId { g, tenant, db_id, table, is_index } => {
                let guard = self.guard(&g)?;
                let Some(tenant) = self.service.tenant_id(guard, &tenant)? else {
                    return Ok(json!({ "id": null, "source": "map" }));
                };
                let kind = table_or_index(is_index);
                let (id, from) = self.service.id(guard, kind, tenant, ObjectId(db_id), &table)?;
                Ok(json!({ "id": id, "source": source(from) }))
            }
            Op::GetSchema { g, id, kind } => self.get_schema(&g, ObjectId(id), kind.into()),
            Op::GetSchemaVersion { g, id } => {
                let version = self.service.object_version(self.guard(&g)?, ObjectId(id))?;
                Ok(json!({ "version": version }))
            }
            Op::ListTables { g, tenant, db } => {
                Ok(json!({ "names": self.service.tables(self.guard(&g)?, &tenant, &db)? }))
            }
            Op::ListTablesWithAttr { g, attr } => {
                Ok(json!({ "names": self.service.tables_with_attr(self.guard(&g)?, &attr)? }))
            }
            Op::Count { g, kind } => Ok(json!({ "count": self.service.count(self.guard(&g)?, kind.into())? })),
            Op::GetTableByPartition { g, partition } => {
                let table = self.service.table_of_partition(self.guard(&g)?, ObjectId(partition))?;
                Ok(json!({ "table_id": table }))
            }
            Op::IdVersionMap { at } => {
                let set = self.service.version_set(SchemaVersion(at))?;
                let map: BTreeMap<String, i64> =
                    set.into_iter().map(|(id, version)| (id.to_string(), version.0)).collect();
                Ok(json!({ "map": map }))
            }
            Op::CacheLimit { entries } => {
                let bytes = self.service.node().cache().bytes_max();
                self.service.node_mut().cache_mut().limit(Some(entries), bytes);
                Ok(done())
            }
            Op::Evict {} => {
                let evicted = self.service.node_mut().cache_mut().evict();
                Ok(json!({ "evicted": evicted, "kept": self.service.node().cache().used().entries }))
            }
            Op::CacheStats {} => {
                let used = self.service.node().cache().used();
                let (entries, pinned, hits, misses) = (used.entries, used.pinned, used.hits, used.misses);
                Ok(json!({ "entries": entries, "pinned": pinned, "hits": hits, "misses": misses }))
            }
            Op::NameEntry { tenant, db, table, is_index } => Ok(self.name_entry(&tenant, &db, &table, is_index)),
            Op::CompactNameMap {} => {
                self.service.begin_rebuild()?;
                self.service.end_rebuild(SimTime::ZERO).map(|()| done())
            }
            Op::CompactBegin {} => Ok(json!({ "ok": true, "base": self.service.begin_rebuild()?.0 })),
            Op::CompactEnd {} => self.service.end_rebuild(SimTime::ZERO).map(|()| done()),
            Op::NameMapSize { kind } => Ok(json!({ "names": self.service.node().names(kind.into()).len() })),
            Op::RecycleHistory { to } => {
                let recycled = self.service.recycle(SchemaVersion(to));
                Ok(json!({ "effective": recycled.effective.0, "removed": recycled.removed }))
            }
            other => self.component(other),
        }
    }

    fn open_guard(&mut self, g: String, at: Option<i64>) -> Answer {
        let guard = self.service.open_guard(at.map(SchemaVersion))?;
        if let Some(before) = self.guards.insert(g, guard) {
            self.service.node_mut().close_guard(before)?;
        }
        let version = self.service.node().guard(guard).map(|guard| guard.version().0);
        Ok(json!({ "ok": true, "version": version }))
    }

    fn get_schema(&mut self, g: &str, id: ObjectId, kind: SchemaKind) -> Answer {
        let guard = self.guard(g)?;
        let Some((schema, hit)) = self.service.schema(guard, kind, id)? else {
            return Ok(json!({ "found": false }));
        };
        let mut answer = json!({
            "found": true,
            "version": schema.version.0,
            "name": schema.object.name,
            "parent_id": schema.object.parent.0,
            "cache": if hit { "hit" } else { "miss" },
        });
        match kind {
            SchemaKind::Table => {
                answer["columns"] = json!(schema.columns);
                answer["attrs"] = json!(schema.object.attrs);
                answer["partitions"] = json!(schema.object.partitions);
            }
            SchemaKind::Index => answer["table_id"] = schema.object.table.0.into(),
            SchemaKind::Tenant | SchemaKind::Database | SchemaKind::User => {}
        }
        Ok(answer)
    }

    /// The list as it lies in the map, found by the newest names of its tenant and database.
    fn name_entry(&mut self, tenant: &str, db: &str, table: &str, is_index: bool) -> Value {
        let found = self.service.open_guard(None).and_then(|guard| {
            let database = self.service.database_id(guard, tenant, db);
            self.service.node_mut().close_guard(guard)?;
            database
        });
        let Ok(Some((tenant, parent))) = found else { return json!({ "versions": [] }) };
        let folded = self.service.history().fold(table);
        let key = NameKey { tenant, parent, name: &folded };
        let entry = self.service.node().names(table_or_index(is_index)).entry(key);
        let pairs = entry.map(|entry| entry.pairs).unwrap_or_default();
        let pairs: Vec<_> = pairs.iter().map(|pair| (pair.version.0, pair.id)).collect();
        json!({ "versions": pairs })
    }

    fn component(&mut self, op: Op) -> Answer {
        let version = SchemaVersion;
        Ok(match op {
            Op::SlotInit { n } => {
                self.slots = SnapshotSlots::new(n);
                done()
            }
            Op::SlotPut { v } => json!({ "ok": true, "replaced": self.slots.put(version(v))? }),
            Op::SlotGet { v } => json!({ "version": v, "ref": self.slots.get(version(v))? }),
            Op::SlotGetNearest { v } => {
                let (held, references) = self.slots.get_nearest(version(v))?;
                json!({ "version": held, "ref": references })
            }
            Op::SlotRelease { v } => json!({ "ref": self.slots.release(version(v))? }),
            Op::SlotRecycleVersion {} => json!({ "version": self.slots.recycle_version() }),
            Op::IcNew { capacity } => {
                self.snapshots = SnapshotList::new(capacity);
                done()
            }
            Op::IcInsert { v, ts } => json!({ "inserted": self.snapshots.insert(version(v), ts) }),
            Op::IcByVersion { v } => json!({ "version": self.snapshots.by_version(version(v)) }),
            Op::IcByTs { ts } => json!({ "version": self.snapshots.by_time(ts) }),
            Op::IcLatest {} => json!({ "version": self.snapshots.latest() }),
            Op::IcLen {} => json!({ "len": self.snapshots.len() }),
            Op::IcResize { capacity } => {
                self.snapshots.resize(capacity);
                done()
            }
            Op::SvNew { capacity } => {
                self.sieve = SieveCache::new(capacity);
                done()
            }
            Op::SvSet { key, value } => json!({ "evicted": self.sieve.set(key, value) }),
            Op::SvGet { key } => json!({ "value": self.sieve.get(key) }),
            Op::SvContains { key } => json!({ "present": self.sieve.contains(key) }),
            Op::SvRemove { key } => json!({ "removed": self.sieve.remove(key) }),
            Op::SvLen {} => json!({ "len": self.sieve.len() }),
            Op::SvPurge {} => {
                self.sieve.purge();
                done()
            }
            Op::SvSetCapacity { capacity } => json!({ "evicted": self.sieve.set_capacity(capacity) }),
            Op::IdverNew { versions, is_deleted, min_version } => {
                let versions: Vec<_> = versions.into_iter().map(version).collect();
                self.window = VersionWindow::new(&versions, is_deleted, Some(version(min_version)), WINDOW);
                json!({ "cached": numbers(self.window.versions.iter().map(|(version, _)| *version)) })
            }
            Op::IdverLookup { v } => json!({ "result": match self.window.lookup(version(v)) {
                IdState::Version(version) => json!(version),
                IdState::NotExist => json!("NOT_EXIST"),
                IdState::Miss => json!("MISS"),
            } }),
            Op::NextVersion { last, now_us } => json!({ "version": next_version(version(last), now_us) }),
            Op::IsFormalVersion { v } => json!({ "formal": is_formal_version(version(v)) }),
            Op::LeaseInit { v } => {
                self.leases = Leases::new(version(v));
                done()
            }
            Op::LeaseAcquire { node, now, duration } => {
                let lease = self.leases.acquire(&node, now, duration);
                json!({ "version": lease.version, "expires": lease.expires })
            }
            Op::LeaseRelease { node, v } => {
                self.leases.release(&node, version(v))?;
                done()
            }
            Op::LeasePublish { now } => match self.leases.publish(now) {
                Published::Version(version) => json!({ "published": true, "version": version }),
                Published::BlockedBy(nodes) => json!({ "published": false, "blocked_by": nodes }),
            },
            Op::LeaseVersionsInUse { now } => json!({ "versions": numbers(self.leases.in_use(now)) }),
            _ => unreachable!("operations of the service are carried out by `carry_out`"),
        })
    }
}
