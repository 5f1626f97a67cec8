//! The schema as a whole copy a version, and every question answered by a scan.

use std::collections::BTreeMap;
use tabletop_core::schema::{Ddl, ObjectId, SchemaKind, SchemaVersion};

/// An object in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) kind: SchemaKind,
    pub(crate) parent: i64,
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) columns: Vec<String>,
    pub(crate) table: i64,
}

type World = BTreeMap<i64, Copy>;

/// One whole copy after each DDL.
#[derive(Clone, Debug, Default)]
pub(crate) struct CopiedSchema {
    pub(crate) worlds: Vec<(i64, World)>,
}

impl CopiedSchema {
    pub(crate) fn at(&self, version: i64) -> World {
        let world = self.worlds.iter().rev().find(|(at, _)| *at <= version);
        world.map(|(_, world)| world.clone()).unwrap_or_default()
    }

    pub(crate) fn find(&self, kind: SchemaKind, parent: i64, name: &str, at: i64) -> Option<i64> {
        let world = self.at(at);
        let same = |object: &Copy| object.kind == kind && object.parent == parent && object.name == name;
        world.iter().find(|(_, object)| same(object)).map(|(id, _)| *id)
    }

    /// Objects that come or go behind one version, up to another, are what a refresh sees; this only
    /// carries the DDL out, which the engine has accepted.
    pub(crate) fn execute(&mut self, version: SchemaVersion, ddl: &Ddl) {
        let v = version.0;
        let mut world = self.at(i64::MAX);
        let find = |world: &World, kind: SchemaKind, parent: i64, name: &str| {
            let same = |object: &Copy| object.kind == kind && object.parent == parent && object.name == name;
            *world.iter().find(|(_, object)| same(object)).expect("the engine found it").0
        };
        let database = |world: &World, name: &str| find(world, SchemaKind::Database, 1, name);
        let object = |kind, parent, name: &str, columns: &[String], table| Copy {
            kind,
            parent,
            name: name.to_string(),
            version: v,
            columns: columns.to_vec(),
            table,
        };
        match ddl {
            Ddl::CreateDatabase { database, id, .. } => {
                world.insert(id.0, object(SchemaKind::Database, 1, database, &[], 0));
            }
            Ddl::DropDatabase { database: name, .. } => {
                let id = database(&world, name);
                world.retain(|other, object| *other != id && object.parent != id);
            }
            Ddl::RenameDatabase { database: name, to, .. } => {
                let id = database(&world, name);
                world.insert(id, object(SchemaKind::Database, 1, to, &[], 0));
            }
            Ddl::CreateTable { at, id, columns, .. } => {
                let parent = database(&world, &at.database);
                world.insert(id.0, object(SchemaKind::Table, parent, &at.table, columns, 0));
            }
            Ddl::AddColumn { at, column } => {
                let id = find(&world, SchemaKind::Table, database(&world, &at.database), &at.table);
                let table = world.get_mut(&id).expect("found");
                table.columns.push(column.clone());
                table.version = v;
            }
            Ddl::RenameTable { at, to_database, to } => {
                let id = find(&world, SchemaKind::Table, database(&world, &at.database), &at.table);
                let parent = database(&world, to_database);
                let moved = world[&id].parent != parent;
                for (other, object) in &mut world {
                    if *other == id {
                        (object.parent, object.name, object.version) = (parent, to.clone(), v);
                    } else if moved && object.table == id {
                        (object.parent, object.version) = (parent, v);
                    }
                }
            }
            Ddl::DropTable { at } => {
                let id = find(&world, SchemaKind::Table, database(&world, &at.database), &at.table);
                world.retain(|other, object| *other != id && object.table != id);
            }
            Ddl::TruncateTable { at, id: ObjectId(new) } => {
                let id = find(&world, SchemaKind::Table, database(&world, &at.database), &at.table);
                let mut table = world.remove(&id).expect("found");
                table.version = v;
                world.insert(*new, table);
                for object in world.values_mut().filter(|object| object.table == id) {
                    (object.table, object.version) = (*new, v);
                }
            }
            Ddl::CreateIndex { at, index, id } => {
                let parent = database(&world, &at.database);
                let table = find(&world, SchemaKind::Table, parent, &at.table);
                world.insert(id.0, object(SchemaKind::Index, parent, index, &[], table));
            }
            Ddl::DropIndex { at, index } => {
                let id = find(&world, SchemaKind::Index, database(&world, &at.database), index);
                world.remove(&id);
            }
            other => panic!("the twin does not know {other:?}"),
        }
        self.worlds.push((v, world));
    }
}
