//! A history with one node: the service as a library.

use super::{
    CaseMode, Ddl, FreeRule, GuardId, History, Naive, NameKey, Node, NodeConfig, ObjectId, Recycled,
    SchemaError, SchemaKind, SchemaVersion, Source,
};
use crate::base::SimTime;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The service on one node.
#[derive(Clone, Debug)]
pub struct SchemaService {
    history: History,
    node: Node,
    auto_refresh: bool,
}

impl SchemaService {
    /// With the tenant `sys`. `auto_refresh` makes each DDL visible at once.
    pub fn new(config: NodeConfig, case: CaseMode, auto_refresh: bool) -> Self {
        let history = History::new(case);
        let node = Node::new(config, Naive::default(), &history);
        Self { history, node, auto_refresh }
    }

    /// The internal tables.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The node.
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The node, for what needs no history.
    pub const fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    /// Carries out a DDL.
    ///
    /// # Errors
    /// The rule that refused; nothing has changed.
    pub fn execute(&mut self, version: SchemaVersion, ddl: &Ddl) -> Result<(), SchemaError> {
        self.history.execute(version, ddl)?;
        if self.auto_refresh {
            self.node.refresh(&self.history, version);
        }
        Ok(())
    }

    /// Brings the node to a version, or to the newest; tells where it is then.
    pub fn refresh(&mut self, to: Option<SchemaVersion>) -> SchemaVersion {
        self.node.refresh(&self.history, to.unwrap_or(SchemaVersion::MAX));
        self.node.refreshed()
    }

    /// Opens a guard.
    ///
    /// # Errors
    /// As [`Node::open_guard`].
    pub fn open_guard(&mut self, at: Option<SchemaVersion>) -> Result<GuardId, SchemaError> {
        self.node.open_guard(&self.history, at)
    }

    /// A tenant by name.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn tenant_id(&mut self, guard: GuardId, tenant: &str) -> Result<Option<ObjectId>, SchemaError> {
        let none = ObjectId::default();
        Ok(self.id(guard, SchemaKind::Tenant, none, none, tenant)?.0)
    }

    /// A database by name, and its tenant.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn database_id(
        &mut self,
        guard: GuardId,
        tenant: &str,
        database: &str,
    ) -> Result<Option<(ObjectId, ObjectId)>, SchemaError> {
        let Some(tenant) = self.tenant_id(guard, tenant)? else { return Ok(None) };
        let (id, _) = self.id(guard, SchemaKind::Database, tenant, tenant, database)?;
        Ok(id.map(|id| (tenant, id)))
    }

    /// A table or index by the names of its tenant and database, each at the guard's snapshot; and
    /// where the last of the three look-ups was answered.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn table_id(
        &mut self,
        guard: GuardId,
        kind: SchemaKind,
        tenant: &str,
        database: &str,
        table: &str,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        let Some((tenant, database)) = self.database_id(guard, tenant, database)? else {
            return Ok((None, Source::Map));
        };
        self.id(guard, kind, tenant, database, table)
    }

    /// An object by the ids that its name stands below.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn id(
        &mut self,
        guard: GuardId,
        kind: SchemaKind,
        tenant: ObjectId,
        parent: ObjectId,
        name: &str,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        self.node.id_of(&self.history, guard, kind, NameKey { tenant, parent, name })
    }

    /// The whole schema of an object.
    ///
    /// # Errors
    /// As [`Node::schema`].
    pub fn schema(
        &mut self,
        guard: GuardId,
        kind: SchemaKind,
        id: ObjectId,
    ) -> Result<Option<(&super::Schema, bool)>, SchemaError> {
        self.node.schema(&self.history, guard, kind, id)
    }

    /// The version of an object of any kind.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn object_version(
        &mut self,
        guard: GuardId,
        id: ObjectId,
    ) -> Result<Option<SchemaVersion>, SchemaError> {
        use SchemaKind::{Database, Index, Table, Tenant, User};
        for kind in [Table, Index, Database, Tenant, User] {
            if let Some(version) = self.node.object_version(&self.history, guard, kind, id)? {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Names of the tables of a database, sorted. Fills no cache.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn tables(
        &mut self,
        guard: GuardId,
        tenant: &str,
        database: &str,
    ) -> Result<Vec<String>, SchemaError> {
        let at = self.node.version_of(&self.history, guard)?;
        let Some((tenant, database)) = self.database_id(guard, tenant, database)? else {
            return Ok(Vec::new());
        };
        let tables = self.history.below(SchemaKind::Table, tenant, database, at);
        Ok(sorted(tables.into_iter().map(|(_, table)| table.name).collect()))
    }

    /// Names of the tables that have an attribute, sorted. Fills no cache.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn tables_with_attr(&mut self, guard: GuardId, attr: &str) -> Result<Vec<String>, SchemaError> {
        let at = self.node.version_of(&self.history, guard)?;
        let tables = self.history.with_attr(attr, at);
        Ok(sorted(tables.into_iter().map(|(_, table)| table.name).collect()))
    }

    /// How many objects of a kind there are.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn count(&mut self, guard: GuardId, kind: SchemaKind) -> Result<usize, SchemaError> {
        let at = self.node.version_of(&self.history, guard)?;
        Ok(self.history.version_set(kind, at).len())
    }

    /// The table that has a partition.
    ///
    /// # Errors
    /// The guard is not open.
    pub fn table_of_partition(
        &mut self,
        guard: GuardId,
        partition: ObjectId,
    ) -> Result<Option<ObjectId>, SchemaError> {
        let at = self.node.version_of(&self.history, guard)?;
        Ok(self.history.table_of_partition(partition, at))
    }

    /// Version of every table that was there at a snapshot, by id: what a compaction at an old version
    /// begins with.
    ///
    /// # Errors
    /// As [`Node::open_guard`].
    pub fn version_set(
        &mut self,
        at: SchemaVersion,
    ) -> Result<BTreeMap<ObjectId, SchemaVersion>, SchemaError> {
        let guard = self.open_guard(Some(at))?;
        let set = self.history.version_set(SchemaKind::Table, at);
        self.node.close_guard(guard)?;
        Ok(set)
    }

    /// Swaps in maps that [`Node::begin_rebuild`] built, and frees the old ones.
    ///
    /// # Errors
    /// None is running.
    pub fn end_rebuild(&mut self, now: SimTime) -> Result<(), SchemaError> {
        self.node.end_rebuild(&self.history, now)?;
        self.node.free_retired(FreeRule::Epochs, now);
        Ok(())
    }

    /// Begins a rebuild of the maps; tells its base.
    ///
    /// # Errors
    /// One is running.
    pub fn begin_rebuild(&mut self) -> Result<SchemaVersion, SchemaError> {
        self.node.begin_rebuild(&self.history)
    }

    /// Recycles history up to a version, never above what is refreshed or below an open guard.
    pub fn recycle(&mut self, to: SchemaVersion) -> Recycled {
        let guards = self.node.oldest_guard().unwrap_or(SchemaVersion::MAX);
        let to = to.min(self.node.refreshed()).min(guards);
        let operations_to = self.node.operations_from();
        self.history.recycle(to, operations_to, true)
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    crate::base::sort::sort(&mut names);
    names
}
