//! DDL: what it asks for, what refuses it, which records it writes.
//!
//! Checks come in this order: version, containers, the object itself. They look at the newest
//! history, whatever a node has refreshed.

use super::write::Put;
use super::{Current, History, decode, keys};
use crate::schema::name_map::NAME_MAX;
use crate::schema::{Object, ObjectId, SchemaError, SchemaKind, SchemaVersion, TableKind};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Where a table is, by names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePlace {
    /// Tenant.
    pub tenant: String,
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
}

/// A change of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "fields are the names of SQL")]
pub enum Ddl {
    /// A new tenant.
    CreateTenant { tenant: String, id: ObjectId },
    /// A tenant goes, and all below it.
    DropTenant { tenant: String },
    /// A new user of a tenant.
    CreateUser { tenant: String, user: String, id: ObjectId },
    /// A user goes.
    DropUser { tenant: String, user: String },
    /// A new database.
    CreateDatabase { tenant: String, database: String, id: ObjectId },
    /// A database goes, and all below it.
    DropDatabase { tenant: String, database: String },
    /// A database gets another name; names of its tables stand below its id and stay.
    RenameDatabase { tenant: String, database: String, to: String },
    /// A new table or view.
    CreateTable {
        at: TablePlace,
        id: ObjectId,
        kind: TableKind,
        columns: Vec<String>,
        partitions: Vec<ObjectId>,
        attrs: Vec<String>,
    },
    /// A column more.
    AddColumn { at: TablePlace, column: String },
    /// A column less.
    DropColumn { at: TablePlace, column: String },
    /// Other attributes.
    SetAttrs { at: TablePlace, attrs: Vec<String> },
    /// Another name, in the same database or another; indexes go along.
    RenameTable { at: TablePlace, to_database: String, to: String },
    /// A table goes, with its indexes.
    DropTable { at: TablePlace },
    /// The name and all else goes on under a new id, without rows.
    TruncateTable { at: TablePlace, id: ObjectId },
    /// A new index.
    CreateIndex { at: TablePlace, index: String, id: ObjectId },
    /// An index goes. The table may be left empty.
    DropIndex { at: TablePlace, index: String },
    /// A partition more.
    AddPartition { at: TablePlace, partition: ObjectId },
    /// A partition less.
    DropPartition { at: TablePlace, partition: ObjectId },
    /// A partition goes on under a new id, without rows.
    TruncatePartition { at: TablePlace, partition: ObjectId, to: ObjectId },
    /// A partition and a plain table of the same database swap ids.
    ExchangePartition { at: TablePlace, partition: ObjectId, with: String },
}

/// A table as DDL finds it.
struct Target {
    tenant: ObjectId,
    database: ObjectId,
    id: ObjectId,
    object: Object,
}

impl Target {
    fn put(self, change: impl FnOnce(&mut Object)) -> Put {
        let mut object = self.object;
        change(&mut object);
        Put::object(SchemaKind::Table, self.id, object)
    }
}

impl History {
    /// Carries out one DDL at its version.
    ///
    /// # Errors
    /// The rule that refused; nothing has changed.
    pub fn execute(&mut self, version: SchemaVersion, ddl: &Ddl) -> Result<(), SchemaError> {
        if version <= self.last {
            return Err(SchemaError::StaleVersion { version, last: self.last });
        }
        let puts = self.plan(ddl)?;
        for put in &puts {
            if put.object.name.len() > NAME_MAX {
                let value = put.object.name.len() as i64;
                return Err(SchemaError::InvalidArgument { what: "a name has at most 4096 bytes", value });
            }
        }
        self.commit(version, &puts);
        Ok(())
    }

    fn plan(&self, ddl: &Ddl) -> Result<Vec<Put>, SchemaError> {
        match ddl {
            Ddl::CreateTenant { tenant, id } => {
                let none = ObjectId::default();
                self.free(SchemaKind::Tenant, none, none, tenant, SchemaError::TenantExists)?;
                let object = Object { name: tenant.clone(), ..Object::default() };
                Ok(vec![Put::object(SchemaKind::Tenant, *id, object)])
            }
            Ddl::DropTenant { tenant } => {
                let id = self.tenant(tenant)?;
                let mut puts = vec![self.gone(SchemaKind::Tenant, id)];
                for (kind, child) in [SchemaKind::Database, SchemaKind::User]
                    .into_iter()
                    .flat_map(|kind| self.children(kind, id, id).into_iter().map(move |child| (kind, child)))
                {
                    puts.push(self.gone(kind, child));
                    if kind == SchemaKind::Database {
                        self.drop_below(id, child, &mut puts);
                    }
                }
                Ok(puts)
            }
            Ddl::CreateUser { tenant, user, id } => {
                let tenant = self.tenant(tenant)?;
                self.free(SchemaKind::User, tenant, tenant, user, SchemaError::UserExists)?;
                let object = Object { tenant, parent: tenant, name: user.clone(), ..Object::default() };
                Ok(vec![Put::object(SchemaKind::User, *id, object)])
            }
            Ddl::DropUser { tenant, user } => {
                let tenant = self.tenant(tenant)?;
                let id =
                    self.holder(SchemaKind::User, tenant, tenant, user).ok_or(SchemaError::UserNotExist)?;
                Ok(vec![self.gone(SchemaKind::User, id)])
            }
            Ddl::CreateDatabase { tenant, database, id } => {
                let tenant = self.tenant(tenant)?;
                self.free(SchemaKind::Database, tenant, tenant, database, SchemaError::DatabaseExists)?;
                let object = Object { tenant, parent: tenant, name: database.clone(), ..Object::default() };
                Ok(vec![Put::object(SchemaKind::Database, *id, object)])
            }
            Ddl::DropDatabase { tenant, database } => {
                let tenant = self.tenant(tenant)?;
                let id = self.database(tenant, database)?;
                let mut puts = vec![self.gone(SchemaKind::Database, id)];
                self.drop_below(tenant, id, &mut puts);
                Ok(puts)
            }
            Ddl::RenameDatabase { tenant, database, to } => {
                let tenant = self.tenant(tenant)?;
                let id = self.database(tenant, database)?;
                self.free(SchemaKind::Database, tenant, tenant, to, SchemaError::DatabaseExists)?;
                let mut object = self.now(SchemaKind::Database, id);
                object.name.clone_from(to);
                Ok(vec![Put::object(SchemaKind::Database, id, object)])
            }
            Ddl::CreateTable { at, id, kind, columns, partitions, attrs } => {
                let tenant = self.tenant(&at.tenant)?;
                let parent = self.database(tenant, &at.database)?;
                self.free(SchemaKind::Table, tenant, parent, &at.table, SchemaError::TableExists)?;
                let object = Object {
                    tenant,
                    parent,
                    name: at.table.clone(),
                    table_kind: *kind,
                    attrs: attrs.clone(),
                    partitions: partitions.clone(),
                    ..Object::default()
                };
                Ok(vec![Put::table(*id, object, columns.clone())])
            }
            Ddl::AddColumn { at, column } => self.add_column(self.target(at)?, column),
            Ddl::DropColumn { at, column } => self.drop_column(self.target(at)?, column),
            Ddl::SetAttrs { at, attrs } => {
                Ok(vec![self.target(at)?.put(|object| object.attrs.clone_from(attrs))])
            }
            Ddl::RenameTable { at, to_database, to } => self.rename_table(at, to_database, to),
            Ddl::DropTable { at } => {
                let target = self.target(at)?;
                let mut puts = Vec::new();
                self.drop_table(target.id, &mut puts);
                Ok(puts)
            }
            Ddl::TruncateTable { at, id } => {
                let target = self.target(at)?;
                Ok(self.move_to(target, *id))
            }
            Ddl::CreateIndex { at, index, id } => {
                let target = self.target(at)?;
                let (tenant, parent) = (target.tenant, target.database);
                self.free(SchemaKind::Index, tenant, parent, index, SchemaError::IndexExists)?;
                let name = index.clone();
                let object = Object { tenant, parent, name, table: target.id, ..Object::default() };
                Ok(vec![Put::object(SchemaKind::Index, *id, object)])
            }
            Ddl::DropIndex { at, index } => {
                let tenant = self.tenant(&at.tenant)?;
                let database = self.database(tenant, &at.database)?;
                let table = if at.table.is_empty() { None } else { Some(self.target(at)?.id) };
                let id = self.holder(SchemaKind::Index, tenant, database, index);
                let of_table =
                    |id: &ObjectId| table.is_none_or(|table| self.now(SchemaKind::Index, *id).table == table);
                let id = id.filter(of_table).ok_or(SchemaError::IndexNotExist)?;
                Ok(vec![self.gone(SchemaKind::Index, id)])
            }
            Ddl::AddPartition { at, partition } => {
                Ok(vec![self.target(at)?.put(|object| object.partitions.push(*partition))])
            }
            Ddl::DropPartition { at, partition } => {
                let (target, place) = self.partition(at, *partition)?;
                Ok(vec![target.put(|object| {
                    object.partitions.remove(place);
                })])
            }
            Ddl::TruncatePartition { at, partition, to } => {
                let (target, place) = self.partition(at, *partition)?;
                Ok(vec![target.put(|object| object.partitions[place] = *to)])
            }
            Ddl::ExchangePartition { at, partition, with } => {
                let plain = TablePlace { table: with.clone(), ..at.clone() };
                self.target(at)?;
                let plain = self.target(&plain)?;
                let (target, place) = self.partition(at, *partition)?;
                if target.id == plain.id {
                    return Err(SchemaError::TableExists);
                }
                let id = plain.id;
                let mut puts = self.move_to(plain, *partition);
                puts.push(target.put(|object| object.partitions[place] = id));
                Ok(puts)
            }
        }
    }

    fn tenant(&self, name: &str) -> Result<ObjectId, SchemaError> {
        let none = ObjectId::default();
        self.holder(SchemaKind::Tenant, none, none, name).ok_or(SchemaError::TenantNotExist)
    }

    fn database(&self, tenant: ObjectId, name: &str) -> Result<ObjectId, SchemaError> {
        self.holder(SchemaKind::Database, tenant, tenant, name).ok_or(SchemaError::DatabaseNotExist)
    }

    fn target(&self, at: &TablePlace) -> Result<Target, SchemaError> {
        let tenant = self.tenant(&at.tenant)?;
        let database = self.database(tenant, &at.database)?;
        let id = self.holder(SchemaKind::Table, tenant, database, &at.table);
        let id = id.ok_or(SchemaError::TableNotExist)?;
        Ok(Target { tenant, database, id, object: self.now(SchemaKind::Table, id) })
    }

    fn partition(&self, at: &TablePlace, partition: ObjectId) -> Result<(Target, usize), SchemaError> {
        let target = self.target(at)?;
        let place = target.object.partitions.iter().position(|&has| has == partition);
        place.map(|place| (target, place)).ok_or(SchemaError::PartitionNotExist)
    }

    fn free(
        &self,
        kind: SchemaKind,
        tenant: ObjectId,
        parent: ObjectId,
        name: &str,
        error: SchemaError,
    ) -> Result<(), SchemaError> {
        if self.holder(kind, tenant, parent, name).is_some() { Err(error) } else { Ok(()) }
    }

    /// The newest record of an object that a current name led to.
    fn now(&self, kind: SchemaKind, id: ObjectId) -> Object {
        let Current { object, .. } = self.current(kind, id).expect("a current name leads to a current row");
        object
    }

    fn gone(&self, kind: SchemaKind, id: ObjectId) -> Put {
        let object = Object { deleted: true, ..self.now(kind, id) };
        let mut put = Put::object(kind, id, object);
        if kind == SchemaKind::Table {
            let columns = self.columns(id, SchemaVersion::MAX);
            put.columns = columns.into_iter().map(|(ordinal, _)| (ordinal, None)).collect();
        }
        put
    }

    fn children(&self, kind: SchemaKind, tenant: ObjectId, parent: ObjectId) -> Vec<ObjectId> {
        let mut ids = Vec::new();
        self.visit(&keys::names_below(kind, tenant, parent), |_, value| ids.push(decode(value)));
        ids
    }

    fn indexes(&self, table: ObjectId) -> Vec<ObjectId> {
        let mut ids = Vec::new();
        self.visit(&keys::indexes_of(table), |key, _| ids.push(keys::read_index(key)));
        ids
    }

    fn drop_below(&self, tenant: ObjectId, database: ObjectId, puts: &mut Vec<Put>) {
        for table in self.children(SchemaKind::Table, tenant, database) {
            self.drop_table(table, puts);
        }
    }

    fn drop_table(&self, table: ObjectId, puts: &mut Vec<Put>) {
        puts.push(self.gone(SchemaKind::Table, table));
        puts.extend(self.indexes(table).into_iter().map(|index| self.gone(SchemaKind::Index, index)));
    }

    /// The table goes on under another id; its indexes follow.
    fn move_to(&self, target: Target, id: ObjectId) -> Vec<Put> {
        let columns = self.columns(target.id, SchemaVersion::MAX);
        let mut puts = vec![self.gone(SchemaKind::Table, target.id)];
        for index in self.indexes(target.id) {
            let object = Object { table: id, ..self.now(SchemaKind::Index, index) };
            puts.push(Put::object(SchemaKind::Index, index, object));
        }
        puts.push(Put::table(id, target.object, columns.into_iter().map(|(_, name)| name).collect()));
        puts
    }

    fn add_column(&self, target: Target, column: &str) -> Result<Vec<Put>, SchemaError> {
        let columns = self.columns(target.id, SchemaVersion::MAX);
        if columns.iter().any(|(_, name)| self.fold(name) == self.fold(column)) {
            return Err(SchemaError::ColumnExists);
        }
        // Ordinals of dropped columns are not used again: their records are still there.
        let ordinal = self.next_ordinal(target.id);
        let mut put = target.put(|_| ());
        put.columns.push((ordinal, Some(column.to_owned())));
        Ok(vec![put])
    }

    fn next_ordinal(&self, table: ObjectId) -> u64 {
        let mut next = 0;
        self.visit_down(&keys::columns_of(table), |key, _| {
            next = keys::read_column(key).1 + 1;
            core::ops::ControlFlow::Break(())
        });
        next
    }

    fn drop_column(&self, target: Target, column: &str) -> Result<Vec<Put>, SchemaError> {
        let columns = self.columns(target.id, SchemaVersion::MAX);
        let found = columns.iter().find(|(_, name)| self.fold(name) == self.fold(column));
        let &(ordinal, _) = found.ok_or(SchemaError::ColumnNotExist)?;
        let mut put = target.put(|_| ());
        put.columns.push((ordinal, None));
        Ok(vec![put])
    }

    fn rename_table(&self, at: &TablePlace, to_database: &str, to: &str) -> Result<Vec<Put>, SchemaError> {
        let tenant = self.tenant(&at.tenant)?;
        let target = self.target(at)?;
        let parent = self.database(tenant, to_database)?;
        self.free(SchemaKind::Table, tenant, parent, to, SchemaError::TableExists)?;
        let (id, database) = (target.id, target.database);
        let mut puts = vec![target.put(|object| {
            object.parent = parent;
            to.clone_into(&mut object.name);
        })];
        if parent != database {
            for index in self.indexes(id) {
                let object = Object { parent, ..self.now(SchemaKind::Index, index) };
                self.free(SchemaKind::Index, tenant, parent, &object.name, SchemaError::IndexExists)?;
                puts.push(Put::object(SchemaKind::Index, index, object));
            }
        }
        Ok(puts)
    }
}
