//! The schema service by itself: DDL in, names and schemas at any version out.

use super::{Thrown, error, from_js, integer, natural, or_default, to_js, with};
use serde::{Deserialize, Serialize};
use tabletop_core::base::SimTime;
use tabletop_core::schema::{
    ArenaUse, CacheUse, CaseMode, Ddl, GuardId, IdMap, Naive, NameEntry, NameMap, NodeConfig, NodeUse,
    ObjectId, Rows, Schema, SchemaError, SchemaKind, SchemaService as Service, SchemaVersion, Source,
    VersionWindow, check, next_version,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A history of DDL and one node that reads it: name map, id map, cache, guards.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SchemaService {
    service: Service,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    name_versions: u8,
    id_versions: u8,
    cache_entries: Option<u64>,
    cache_bytes: Option<u64>,
    ignore_case: bool,
    auto_refresh: bool,
    naive: Option<Naive>,
}

impl Default for Options {
    fn default() -> Self {
        let NodeConfig { name_versions, id_versions, cache_entries, cache_bytes } = NodeConfig::default();
        Self {
            name_versions,
            id_versions,
            cache_entries,
            cache_bytes,
            ignore_case: false,
            auto_refresh: true,
            naive: None,
        }
    }
}

#[derive(Serialize)]
struct Resolved {
    id: Option<ObjectId>,
    source: Source,
}

#[derive(Serialize)]
struct Got<'a> {
    schema: &'a Schema,
    hit: bool,
    bytes: u64,
}

#[derive(Serialize)]
struct Window {
    id: ObjectId,
    #[serde(flatten)]
    window: VersionWindow,
}

#[derive(Serialize)]
struct Usage {
    last: SchemaVersion,
    refreshed: SchemaVersion,
    recycled: SchemaVersion,
    generation: u64,
    guards: usize,
    retired: usize,
    map_bytes: u64,
    other_map_bytes: u64,
    names: ArenaUse,
    ids: ArenaUse,
    cache: CacheUse,
    node: NodeUse,
    rows: Rows,
}

/// A refusal by the reference's name (`key`) and code.
fn refused(cause: SchemaError) -> JsValue {
    with(error(cause.code(), &cause), "key", cause.name())
}

fn version(what: &str, value: JsValue) -> Thrown<SchemaVersion> {
    integer(what, value).map(SchemaVersion)
}

fn maybe_version(what: &str, value: JsValue) -> Thrown<Option<SchemaVersion>> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { version(what, value).map(Some) }
}

fn kind(value: &str) -> Thrown<SchemaKind> {
    SchemaKind::of_name(value).ok_or_else(|| {
        error(0, format_args!("kind is {value:?}; it must be tenant, database, table, index or user"))
    })
}

#[wasm_bindgen]
impl SchemaService {
    /// An empty history with the tenant `sys`, and a node that has refreshed it.
    ///
    /// # Errors
    /// Options that are not what they should be.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_optional_param_type = "SchemaOptions")] options: JsValue,
    ) -> Thrown<Self> {
        let options: Options = or_default("options", options)?;
        let Options { name_versions, id_versions, cache_entries, cache_bytes, .. } = options;
        let config = NodeConfig { name_versions, id_versions, cache_entries, cache_bytes };
        let case = if options.ignore_case { CaseMode::Lower } else { CaseMode::Sensitive };
        let mut service = Service::new(config, case, options.auto_refresh);
        service.node_mut().set_naive(options.naive.unwrap_or_default());
        Ok(Self { service })
    }

    /// Carries out one DDL, at a version or at the next one; tells the version.
    ///
    /// # Errors
    /// The rule that refused, by name and code; nothing has changed then.
    #[wasm_bindgen(unchecked_return_type = "bigint")]
    pub fn execute(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Ddl")] ddl: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] at: JsValue,
    ) -> Thrown<JsValue> {
        let ddl: Ddl = from_js("ddl", ddl)?;
        let next = next_version(self.service.history().last(), 0);
        let at = maybe_version("version", at)?.unwrap_or(next);
        self.service.execute(at, &ddl).map_err(refused)?;
        to_js(&at)
    }

    /// Brings the node to a version, or to the newest; tells where it is then.
    ///
    /// # Errors
    /// Not a version.
    #[wasm_bindgen(unchecked_return_type = "bigint")]
    pub fn refresh(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] to: JsValue,
    ) -> Thrown<JsValue> {
        let to = maybe_version("to", to)?;
        to_js(&self.service.refresh(to))
    }

    /// Opens a guard: one snapshot for a whole statement.
    ///
    /// # Errors
    /// −5627: newer than what is refreshed; −4138: recycled; −4002: not a snapshot.
    #[wasm_bindgen(js_name = openGuard, unchecked_return_type = "bigint")]
    pub fn open_guard(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] at: JsValue,
    ) -> Thrown<JsValue> {
        let at = maybe_version("at", at)?;
        to_js(&self.service.open_guard(at).map_err(refused)?)
    }

    /// Closes a guard; tells how many schemas it held.
    ///
    /// # Errors
    /// −4006: it is not open.
    #[wasm_bindgen(js_name = closeGuard)]
    pub fn close_guard(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] guard: JsValue,
    ) -> Thrown<usize> {
        let guard = GuardId(natural("guard", guard)?);
        self.service.node_mut().close_guard(guard).map_err(refused)
    }

    /// What the name of a table or index means to a guard, and where that was found.
    ///
    /// # Errors
    /// The guard is not open.
    #[wasm_bindgen(js_name = tableId, unchecked_return_type = "{ id: bigint | null, source: 'Map' | 'History' }")]
    pub fn table_id(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] guard: JsValue,
        tenant: &str,
        database: &str,
        table: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "'table' | 'index'")] of: Option<String>,
    ) -> Thrown<JsValue> {
        let guard = GuardId(natural("guard", guard)?);
        let kind = kind(of.as_deref().unwrap_or("table"))?;
        let found = self.service.table_id(guard, kind, tenant, database, table).map_err(refused)?;
        to_js(&Resolved { id: found.0, source: found.1 })
    }

    /// The whole schema of an object as a guard sees it, pinned until the guard is closed; `null`
    /// where the object is not there.
    ///
    /// # Errors
    /// The guard is not open; −4019: the schema is larger than the cache.
    #[wasm_bindgen(unchecked_return_type = "GotSchema | null")]
    pub fn schema(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] guard: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SchemaKind")] of: &str,
        #[wasm_bindgen(unchecked_param_type = "Int")] id: JsValue,
    ) -> Thrown<JsValue> {
        let (guard, id) = (GuardId(natural("guard", guard)?), ObjectId(integer("id", id)?));
        let got = self.service.schema(guard, kind(of)?, id).map_err(refused)?;
        to_js(&got.map(|(schema, hit)| Got { schema, hit, bytes: schema.bytes() }))
    }

    /// Names of the tables of a database as a guard sees them, sorted. Fills no cache.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn tables(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] guard: JsValue,
        tenant: &str,
        database: &str,
    ) -> Thrown<Vec<String>> {
        let guard = GuardId(natural("guard", guard)?);
        self.service.tables(guard, tenant, database).map_err(refused)
    }

    /// Id and version of every table at a snapshot: what a compaction at an old one begins with.
    ///
    /// # Errors
    /// As `openGuard`.
    #[wasm_bindgen(js_name = versionSet, unchecked_return_type = "[bigint, bigint][]")]
    pub fn version_set(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] at: JsValue,
    ) -> Thrown<JsValue> {
        let set = self.service.version_set(version("at", at)?).map_err(refused)?;
        to_js(&set.into_iter().collect::<Vec<_>>())
    }

    /// Begins a rebuild of the maps; tells its base version.
    ///
    /// # Errors
    /// −4023: one is running.
    #[wasm_bindgen(js_name = beginRebuild, unchecked_return_type = "bigint")]
    pub fn begin_rebuild(&mut self) -> Thrown<JsValue> {
        to_js(&self.service.begin_rebuild().map_err(refused)?)
    }

    /// Replays what came since and swaps the new maps in.
    ///
    /// # Errors
    /// −4250: none is running.
    #[wasm_bindgen(js_name = endRebuild)]
    pub fn end_rebuild(&mut self) -> Thrown<()> {
        self.service.end_rebuild(SimTime::ZERO).map_err(refused)
    }

    /// Recycles history up to a version, never below an open guard: `{ effective, removed }`.
    ///
    /// # Errors
    /// Not a version.
    #[wasm_bindgen(unchecked_return_type = "{ effective: bigint, removed: bigint }")]
    pub fn recycle(&mut self, #[wasm_bindgen(unchecked_param_type = "Int")] to: JsValue) -> Thrown<JsValue> {
        let recycled = self.service.recycle(version("to", to)?);
        to_js(&recycled)
    }

    /// The lists of the name map of a kind, as they lie in memory.
    ///
    /// # Errors
    /// There is no such kind.
    #[wasm_bindgen(unchecked_return_type = "NameEntry[]")]
    pub fn names(&self, #[wasm_bindgen(unchecked_param_type = "SchemaKind")] of: &str) -> Thrown<JsValue> {
        let names: &NameMap = self.service.node().names(kind(of)?);
        to_js(&names.entries().map(|(_, entry)| entry).collect::<Vec<NameEntry>>())
    }

    /// The windows of the id map of a kind, as they lie in memory.
    ///
    /// # Errors
    /// There is no such kind.
    #[wasm_bindgen(unchecked_return_type = "IdWindow[]")]
    pub fn ids(&self, #[wasm_bindgen(unchecked_param_type = "SchemaKind")] of: &str) -> Thrown<JsValue> {
        let ids: &IdMap = self.service.node().ids(kind(of)?);
        to_js(&ids.windows().map(|(id, window)| Window { id, window }).collect::<Vec<_>>())
    }

    /// What there is and what it did: versions, bytes, hits, rows. Arenas are of tables.
    ///
    /// # Errors
    /// None that a caller can bring about.
    #[wasm_bindgen(unchecked_return_type = "SchemaUsage")]
    pub fn usage(&self) -> Thrown<JsValue> {
        let (history, node) = (self.service.history(), self.service.node());
        to_js(&Usage {
            last: history.last(),
            refreshed: node.refreshed(),
            recycled: history.recycled(),
            generation: node.generation(),
            guards: node.guards().len(),
            retired: node.retired().len(),
            map_bytes: node.map_bytes(),
            other_map_bytes: node.other_map_bytes(),
            names: node.names(SchemaKind::Table).used(),
            ids: node.ids(SchemaKind::Table).used(),
            cache: node.cache().used(),
            node: node.used(),
            rows: history.rows(),
        })
    }

    /// Tests every invariant against the history; throws the first that does not hold, by name in
    /// `key`.
    ///
    /// # Errors
    /// One does not hold.
    pub fn check(&self) -> Thrown<()> {
        let (node, history) = (self.service.node(), self.service.history());
        let checked = history.uncounted(|| check::all(node, history));
        checked.map_err(|broken| with(error(0, &broken), "key", broken.name()))
    }
}
