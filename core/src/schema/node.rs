//! What one server keeps of the schema, and how it answers from it.

use super::guard::{Guard, GuardId};
use super::history::{Change, History};
use super::id_map::{IdMap, IdState};
use super::name_map::{Found, NameKey, NameMap, Pair};
use super::rebuild::{ReaderTicket, Rebuild, Retired};
use super::{CacheKey, ObjectId, Schema, SchemaCache, SchemaError, SchemaKind, SchemaVersion};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Sizes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// Pairs of a name.
    pub name_versions: u8,
    /// Versions of an id. Default: `MAX_CACHED_VERSION_CNT`.
    pub id_versions: u8,
    /// Schemas in the cache; `None` for any number.
    pub cache_entries: Option<u64>,
    /// Bytes of the cache; `None` for any number.
    pub cache_bytes: Option<u64>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self { name_versions: 4, id_versions: 16, cache_entries: None, cache_bytes: None }
    }
}

/// The original design's forms, each wrong in a way that a checker finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Naive {
    /// A miss fills an old pair in where the smallest was.
    pub fill_holes: bool,
    /// The history is asked for a name without a re-check by id.
    pub no_recheck: bool,
    /// DDL that arrives during a rebuild is not replayed into the new maps.
    pub no_replay: bool,
    /// Recycling removes the pivot too.
    pub no_pivot: bool,
    /// A guard does not hold recycling back.
    pub no_hold: bool,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// From the maps.
    Map,
    /// From the internal tables.
    History,
}

/// What a node did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeUse {
    /// Names looked up in the map.
    pub names_from_map: u64,
    /// Names that needed the history.
    pub names_from_history: u64,
    /// Ids whose version needed the history.
    pub ids_from_history: u64,
    /// Times refreshed.
    pub refreshes: u64,
    /// Changes applied by them.
    pub applied: u64,
    /// Rows read by them.
    pub refresh_rows: u64,
    /// Rebuilds that were swapped in.
    pub swaps: u64,
    /// Most bytes of all maps at any moment, retired ones included.
    pub map_bytes_most: u64,
}

/// Names from which on a map is packed when it is built: fewer stay in the second-level cache in any order,
/// and in the order in which they came their memory is easier to follow.
const PACKED_FROM: usize = 4_096;

/// The maps of every kind; swapped together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Maps {
    pub(super) names: Vec<NameMap>,
    pub(super) ids: Vec<IdMap>,
}

impl Maps {
    pub(super) fn new(config: NodeConfig, base: SchemaVersion) -> Self {
        Self {
            names: SchemaKind::ALL.map(|_| NameMap::new(config.name_versions, base)).into(),
            ids: SchemaKind::ALL.map(|_| IdMap::new(config.id_versions, base)).into(),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.names.iter().map(NameMap::bytes).sum::<u64>() + self.ids.iter().map(IdMap::bytes).sum::<u64>()
    }

    /// Packs the maps that gain by it, as the last step of building them.
    pub(super) fn pack(&mut self) {
        self.names.iter_mut().filter(|names| names.len() >= PACKED_FROM).for_each(NameMap::pack);
        self.ids.iter_mut().filter(|ids| ids.len() >= PACKED_FROM).for_each(IdMap::pack);
    }

    pub(super) fn apply_names(&mut self, change: &Change) {
        let names = &mut self.names[change.kind.number()];
        let Change { version, tenant, .. } = *change;
        if let Some((parent, name)) = &change.left {
            names.push(NameKey { tenant, parent: *parent, name }, Pair { version, id: None });
        }
        let key = NameKey { tenant, parent: change.parent, name: &change.name };
        names.push(key, Pair { version, id: change.live.then_some(change.id) });
    }

    pub(super) fn apply_ids(&mut self, change: &Change) {
        self.ids[change.kind.number()].push(change.id, change.version, change.live);
    }
}

/// The records of one object while a node is loaded.
#[derive(Default)]
struct Records {
    id: Option<ObjectId>,
    versions: Vec<(SchemaVersion, bool)>,
    /// Names that it had, each with its events.
    names: Vec<((ObjectId, ObjectId, String), Vec<Pair>)>,
}

impl Records {
    fn add(&mut self, version: SchemaVersion, live: bool, key: (ObjectId, ObjectId, String)) {
        let was = self.versions.last().is_some_and(|(_, live)| *live);
        if was
            && let Some((last, events)) = self.names.last_mut()
            && *last != key
        {
            events.push(Pair { version, id: None });
        }
        self.versions.push((version, live));
        // The name it has now stands last.
        let known = self.names.iter().position(|(known, _)| *known == key);
        let mut now = known.map_or_else(|| (key, Vec::new()), |at| self.names.remove(at));
        now.1.push(Pair { version, id: self.id.filter(|_| live) });
        self.names.push(now);
    }

    fn put(&mut self, maps: &mut Maps, kind: SchemaKind, complete: bool) {
        let Some(id) = self.id else { return };
        for ((tenant, parent, name), mut events) in self.names.drain(..) {
            events.reverse();
            let key = NameKey { tenant, parent, name: &name };
            maps.names[kind.number()].merge(key, &events, complete);
        }
        let created = self.versions.first().map(|(version, _)| *version).filter(|_| complete);
        self.versions.reverse();
        maps.ids[kind.number()].build(id, &self.versions, created);
        self.versions.clear();
    }
}

/// One server's part of the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Node {
    pub(super) config: NodeConfig,
    pub(super) naive: Naive,
    pub(super) maps: Maps,
    cache: SchemaCache,
    pub(super) refreshed: SchemaVersion,
    guards: BTreeMap<GuardId, Guard>,
    next_guard: u64,
    pub(super) rebuild: Option<Rebuild>,
    pub(super) generation: u64,
    pub(super) retired: Vec<Retired>,
    pub(super) readers: BTreeMap<ReaderTicket, u64>,
    pub(super) next_reader: u64,
    pub(super) used: NodeUse,
}

impl Node {
    /// A node that has seen nothing but what was there from the start.
    pub fn new(config: NodeConfig, naive: Naive, history: &History) -> Self {
        let mut maps = Maps::new(config, SchemaVersion::ZERO);
        history.changes(SchemaVersion(-1), SchemaVersion::ZERO, |change| {
            maps.apply_names(&change);
            maps.apply_ids(&change);
        });
        Self {
            config,
            naive,
            maps,
            cache: SchemaCache::new(config.cache_entries, config.cache_bytes),
            refreshed: SchemaVersion::ZERO,
            guards: BTreeMap::new(),
            next_guard: 1,
            rebuild: None,
            generation: 0,
            retired: Vec::new(),
            readers: BTreeMap::new(),
            next_reader: 1,
            used: NodeUse::default(),
        }
    }

    /// A node that starts from the current rows, as after a restart: one pair a name and an id.
    pub fn restarted(config: NodeConfig, naive: Naive, history: &History) -> Self {
        let base = history.last();
        let maps = Maps::new(config, base);
        let mut node = Self { maps, refreshed: base, ..Self::new(config, naive, history) };
        node.maps = node.built(history, base, true);
        node
    }

    /// A node that reads all records there are, by object: every name and id with as many versions
    /// as the maps keep. O(records)
    pub fn loaded(config: NodeConfig, naive: Naive, history: &History) -> Self {
        let base = history.recycled();
        let complete = base <= SchemaVersion::ZERO;
        let mut maps = Maps::new(config, base);
        for kind in SchemaKind::ALL {
            let mut object = Records::default();
            history.all_records(kind, |id, version, record| {
                if object.id != Some(id) {
                    object.put(&mut maps, kind, complete);
                    object.id = Some(id);
                }
                let name = history.fold(&record.name).into_owned();
                object.add(version, !record.deleted, (record.tenant, record.parent, name));
            });
            object.put(&mut maps, kind, complete);
        }
        maps.pack();
        Self { maps, refreshed: history.last(), ..Self::new(config, naive, history) }
    }

    /// Everything up to this version has been applied.
    pub const fn refreshed(&self) -> SchemaVersion {
        self.refreshed
    }

    /// Sizes.
    pub const fn config(&self) -> NodeConfig {
        self.config
    }

    /// The name map of a kind.
    pub fn names(&self, kind: SchemaKind) -> &NameMap {
        &self.maps.names[kind.number()]
    }

    /// The id map of a kind.
    pub fn ids(&self, kind: SchemaKind) -> &IdMap {
        &self.maps.ids[kind.number()]
    }

    /// The cache.
    pub const fn cache(&self) -> &SchemaCache {
        &self.cache
    }

    /// The cache, to limit or empty it.
    pub const fn cache_mut(&mut self) -> &mut SchemaCache {
        &mut self.cache
    }

    /// What it did.
    pub const fn used(&self) -> NodeUse {
        self.used
    }

    /// Open guards.
    pub fn guards(&self) -> impl ExactSizeIterator<Item = (&GuardId, &Guard)> {
        self.guards.iter()
    }

    /// An open guard.
    pub fn guard(&self, guard: GuardId) -> Option<&Guard> {
        self.guards.get(&guard)
    }

    /// Bytes of the maps in use.
    pub fn map_bytes(&self) -> u64 {
        self.maps.bytes()
    }

    /// Bytes of maps that are being built or wait to be freed.
    pub fn other_map_bytes(&self) -> u64 {
        let building = self.rebuild.as_ref().map_or(0, |rebuild| rebuild.maps.bytes());
        let waiting = self.retired.iter().filter(|old| old.freed_at.is_none()).map(|old| old.bytes);
        building + waiting.sum::<u64>()
    }

    /// Number of the maps in use.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Maps that were swapped out, freed ones as long as a reader is in them.
    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    /// Base of the rebuild that is running.
    pub fn rebuilding(&self) -> Option<SchemaVersion> {
        self.rebuild.as_ref().map(|rebuild| rebuild.base)
    }

    /// Oldest version that operations must be kept from for this node.
    pub fn operations_from(&self) -> SchemaVersion {
        self.rebuilding().map_or(self.refreshed, |base| base.min(self.refreshed))
    }

    /// Oldest snapshot that an open guard reads; none where none is open.
    pub fn oldest_guard(&self) -> Option<SchemaVersion> {
        self.guards.values().map(|guard| guard.version).min()
    }

    /// Sizes from now on; a list that is longer shrinks with its next event.
    pub fn set_config(&mut self, config: NodeConfig) {
        self.config = config;
        self.cache.limit(config.cache_entries, config.cache_bytes);
        self.maps.names.iter_mut().for_each(|names| names.set_limit(config.name_versions));
        self.maps.ids.iter_mut().for_each(|ids| ids.set_limit(config.id_versions));
    }

    /// Switches from now on.
    pub fn set_naive(&mut self, naive: Naive) {
        self.naive = naive;
    }

    /// Applies what is new in the history up to `to`, never back: operations only, by version, and
    /// the refreshed version last. Tells how many changes there were. O(changes)
    pub fn refresh(&mut self, history: &History, to: SchemaVersion) -> u64 {
        let to = to.min(history.last());
        if to <= self.refreshed {
            return 0;
        }
        let before = history.rows().total();
        let maps = &mut self.maps;
        let mut applied = 0;
        history.changes(self.refreshed, to, |change| {
            maps.apply_names(&change);
            maps.apply_ids(&change);
            applied += 1;
        });
        self.refreshed = to;
        self.used.refreshes += 1;
        self.used.applied += applied;
        self.used.refresh_rows += history.rows().total() - before;
        self.note_bytes();
        applied
    }

    /// Opens a guard at a version, or at the refreshed one.
    ///
    /// # Errors
    /// Not a version, newer than what is refreshed, or recycled.
    pub fn open_guard(
        &mut self,
        history: &History,
        at: Option<SchemaVersion>,
    ) -> Result<GuardId, SchemaError> {
        let version = at.unwrap_or(self.refreshed);
        self.test_snapshot(history, version)?;
        let id = GuardId(self.next_guard);
        self.next_guard += 1;
        self.guards.insert(id, Guard { version, handles: BTreeMap::new(), versions: None });
        Ok(id)
    }

    fn test_snapshot(&self, history: &History, version: SchemaVersion) -> Result<(), SchemaError> {
        if version <= SchemaVersion::ZERO {
            return Err(SchemaError::InvalidArgument { what: "a snapshot is above 0", value: version.0 });
        }
        if version > self.refreshed {
            return Err(SchemaError::SchemaEagain { asked: version, refreshed: self.refreshed });
        }
        if version < history.recycled() {
            return Err(SchemaError::SchemaRecycled { asked: version, oldest: history.recycled() });
        }
        Ok(())
    }

    /// Opens a guard with the versions of all tables at its snapshot, for a compaction.
    ///
    /// # Errors
    /// As [`Node::open_guard`].
    pub fn open_compaction(&mut self, history: &History, at: SchemaVersion) -> Result<GuardId, SchemaError> {
        let id = self.open_guard(history, Some(at))?;
        if let Some(guard) = self.guards.get_mut(&id) {
            guard.versions = Some(history.version_set(SchemaKind::Table, at));
        }
        Ok(id)
    }

    /// Closes a guard and gives back what it held; tells how many schemas that were.
    ///
    /// # Errors
    /// It is not open.
    pub fn close_guard(&mut self, guard: GuardId) -> Result<usize, SchemaError> {
        let guard = self.guards.remove(&guard).ok_or(SchemaError::GuardClosed)?;
        for &key in guard.handles.keys() {
            self.cache.unpin(key);
        }
        Ok(guard.handles.len())
    }

    /// A guard's snapshot.
    ///
    /// # Errors
    /// It is not open, or the history was recycled under it.
    pub fn version_of(&self, history: &History, guard: GuardId) -> Result<SchemaVersion, SchemaError> {
        let version = self.guards.get(&guard).ok_or(SchemaError::GuardClosed)?.version;
        if version < history.recycled() && !self.naive.no_pivot {
            return Err(SchemaError::SchemaRecycled { asked: version, oldest: history.recycled() });
        }
        Ok(version)
    }

    /// What a name means to a guard, and where that was found. The name is compared as the history
    /// compares names.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn id_of(
        &mut self,
        history: &History,
        guard: GuardId,
        kind: SchemaKind,
        key: NameKey<'_>,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        let at = self.version_of(history, guard)?;
        let folded = history.fold(key.name);
        let key = NameKey { name: &folded, ..key };
        let found = self.names(kind).lookup(key, at);
        Ok(self.resolve(history, kind, key, at, found))
    }

    /// Goes on from what the map knew.
    pub(super) fn resolve(
        &mut self,
        history: &History,
        kind: SchemaKind,
        key: NameKey<'_>,
        at: SchemaVersion,
        found: Found,
    ) -> (Option<ObjectId>, Source) {
        match found {
            Found::Id(id) => {
                self.used.names_from_map += 1;
                (Some(id), Source::Map)
            }
            Found::Nothing => {
                self.used.names_from_map += 1;
                (None, Source::Map)
            }
            Found::AskHistory => {
                self.used.names_from_history += 1;
                let answer = if self.naive.no_recheck {
                    history.find_naively(kind, key, at)
                } else {
                    let id = history.find(kind, key, at);
                    id.and_then(|id| Some((history.record(kind, id, at)?.0, id)))
                };
                if self.naive.fill_holes
                    && let Some((version, id)) = answer
                {
                    self.maps.names[kind.number()].fill_naively(key, Pair { version, id: Some(id) });
                }
                (answer.map(|(_, id)| id), Source::History)
            }
        }
    }

    /// Which version of an object a guard sees.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn object_version(
        &mut self,
        history: &History,
        guard: GuardId,
        kind: SchemaKind,
        id: ObjectId,
    ) -> Result<Option<SchemaVersion>, SchemaError> {
        let at = self.version_of(history, guard)?;
        if kind == SchemaKind::Table
            && let Some(versions) = self.guards.get(&guard).and_then(|guard| guard.versions.as_ref())
        {
            return Ok(versions.get(&id).copied());
        }
        Ok(match self.ids(kind).lookup(id, at) {
            IdState::Version(version) => Some(version),
            IdState::NotExist => None,
            IdState::Miss => {
                self.used.ids_from_history += 1;
                history.object(kind, id, at).map(|(version, _)| version)
            }
        })
    }

    /// The whole schema of an object as a guard sees it, pinned until the guard is closed; and
    /// whether it was in the cache.
    ///
    /// # Errors
    /// The guard is not open, or the schema is larger than the cache.
    pub fn schema(
        &mut self,
        history: &History,
        guard: GuardId,
        kind: SchemaKind,
        id: ObjectId,
    ) -> Result<Option<(&Schema, bool)>, SchemaError> {
        let Some(version) = self.object_version(history, guard, kind, id)? else { return Ok(None) };
        let key = CacheKey { kind, id, version };
        let held = self.guards.get(&guard).is_some_and(|guard| guard.handles.contains_key(&key));
        let hit = if held {
            self.cache.touch(key);
            true
        } else if self.cache.pin(key) {
            true
        } else {
            let Some(schema) = history.schema(kind, id, version) else { return Ok(None) };
            self.cache.put_pinned(schema)?;
            false
        };
        if let Some(guard) = self.guards.get_mut(&guard) {
            *guard.handles.entry(key).or_default() += 1;
        }
        Ok(self.cache.peek(key).map(|cached| (&cached.schema, hit)))
    }

    pub(super) fn note_bytes(&mut self) {
        let bytes = self.map_bytes() + self.other_map_bytes();
        self.used.map_bytes_most = self.used.map_bytes_most.max(bytes);
    }
}
