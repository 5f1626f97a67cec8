//! The schema service against a copy of everything at each version.

use crate::naive::schema::CopiedSchema;
use proptest::prelude::*;
use tabletop_core::base::SimTime;
use tabletop_core::schema::{
    CaseMode, Ddl, GuardId, Naive, Node, NodeConfig, ObjectId, SchemaKind, SchemaService, SchemaVersion,
    TableKind, TablePlace, check,
};

#[derive(Clone, Debug)]
enum Act {
    Ddl(u8, u8, u8, u8),
    Refresh(u8),
    Open(u8),
    Close(u8),
    Begin,
    End,
    Recycle(u8),
    Limit(u8),
    Evict,
}

fn act() -> impl Strategy<Value = Act> {
    let small = 0..3_u8;
    prop_oneof![
        8 => (0..12_u8, small.clone(), small.clone(), small).prop_map(|(a, b, c, d)| Act::Ddl(a, b, c, d)),
        3 => any::<u8>().prop_map(Act::Refresh),
        3 => any::<u8>().prop_map(Act::Open),
        2 => any::<u8>().prop_map(Act::Close),
        1 => Just(Act::Begin),
        1 => Just(Act::End),
        1 => any::<u8>().prop_map(Act::Recycle),
        1 => (1..5_u8).prop_map(Act::Limit),
        1 => Just(Act::Evict),
    ]
}

fn ddl(which: u8, a: u8, b: u8, c: u8, id: i64) -> Ddl {
    let tenant = || "sys".to_string();
    let database = |n: u8| format!("d{}", n % 2);
    let at = TablePlace { tenant: tenant(), database: database(a), table: format!("t{b}") };
    let id = ObjectId(id);
    match which {
        0 => Ddl::CreateDatabase { tenant: tenant(), database: database(a), id },
        1 if b == 0 => Ddl::DropDatabase { tenant: tenant(), database: database(a) },
        1 => Ddl::RenameDatabase { tenant: tenant(), database: database(a), to: database(c) },
        2..=4 => Ddl::CreateTable {
            at,
            id,
            kind: TableKind::Base,
            columns: vec!["c1".to_string()],
            partitions: vec![],
            attrs: vec![],
        },
        5 | 6 => Ddl::AddColumn { at, column: format!("c{}", id.0) },
        7 => Ddl::RenameTable { at, to_database: database(c), to: format!("t{}", (b + 1 + c) % 3) },
        8 => Ddl::DropTable { at },
        9 => Ddl::TruncateTable { at, id },
        10 => Ddl::CreateIndex { at, index: format!("i{c}"), id },
        _ => Ddl::DropIndex { at: TablePlace { table: String::new(), ..at }, index: format!("i{c}") },
    }
}

struct Pair {
    service: SchemaService,
    twin: CopiedSchema,
    guards: Vec<(GuardId, i64)>,
    version: i64,
}

impl Pair {
    /// Everything that a guard can be asked about equals the copy of its version.
    fn compare(&mut self, guard: GuardId, at: i64) {
        let world = self.twin.at(at);
        for database in ["d0", "d1", "nowhere"] {
            let expected = self.twin.find(SchemaKind::Database, 1, database, at);
            let found = self.service.database_id(guard, "sys", database).expect("open");
            assert_eq!(found.map(|(_, id)| id.0), expected, "{database} at {at}");
            for (kind, letter) in [(SchemaKind::Table, 't'), (SchemaKind::Index, 'i')] {
                for n in 0..4 {
                    let name = format!("{letter}{n}");
                    let expected = expected.and_then(|parent| self.twin.find(kind, parent, &name, at));
                    let (id, _) = self.service.table_id(guard, kind, "sys", database, &name).expect("open");
                    assert_eq!(id.map(|id| id.0), expected, "{database}.{name} at {at}");
                }
            }
            let mut names: Vec<String> = world
                .values()
                .filter(|object| object.kind == SchemaKind::Table && Some(object.parent) == expected)
                .map(|object| object.name.clone())
                .collect();
            names.sort();
            assert_eq!(self.service.tables(guard, "sys", database).expect("open"), names);
        }
        for id in 100..100 + self.version {
            let copy = world.get(&id);
            for kind in [SchemaKind::Database, SchemaKind::Table, SchemaKind::Index] {
                let copy = copy.filter(|copy| copy.kind == kind);
                let schema = self.service.schema(guard, kind, ObjectId(id)).expect("open");
                assert_eq!(schema.is_some(), copy.is_some(), "{kind:?} {id} at {at}");
                if let (Some((schema, _)), Some(copy)) = (schema, copy) {
                    assert_eq!(schema.version.0, copy.version, "{id} at {at}");
                    assert_eq!(schema.object.name, copy.name);
                    assert_eq!(schema.object.parent.0, copy.parent);
                    assert_eq!(schema.object.table.0, copy.table);
                    assert_eq!(schema.columns, copy.columns);
                }
            }
        }
    }

    fn carry_out(&mut self, act: &Act) {
        let refreshed = self.service.node().refreshed().0;
        match *act {
            Act::Ddl(which, a, b, c) => {
                let ddl = ddl(which, a, b, c, 100 + self.version);
                let version = SchemaVersion(self.version + 1);
                if self.service.execute(version, &ddl).is_ok() {
                    self.version += 1;
                    self.twin.execute(version, &ddl);
                }
            }
            Act::Refresh(to) => {
                let to = refreshed + i64::from(to) % 8;
                self.service.refresh(Some(SchemaVersion(to)));
            }
            Act::Open(at) => {
                let at = i64::from(at) % (refreshed + 2);
                match self.service.open_guard(Some(SchemaVersion(at))) {
                    Ok(guard) => self.guards.push((guard, at)),
                    Err(error) => {
                        let oldest = self.service.history().recycled().0;
                        assert!(at <= 0 || at > refreshed || at < oldest, "{error} at {at}");
                    }
                }
            }
            Act::Close(which) if !self.guards.is_empty() => {
                let (guard, _) = self.guards.swap_remove(usize::from(which) % self.guards.len());
                self.service.node_mut().close_guard(guard).expect("open");
            }
            Act::Begin => drop(self.service.begin_rebuild()),
            Act::End => drop(self.service.end_rebuild(SimTime::ZERO)),
            Act::Recycle(to) => {
                let recycled = self.service.recycle(SchemaVersion(i64::from(to) % (self.version + 1)));
                assert!(self.guards.iter().all(|(_, at)| *at >= recycled.effective.0));
            }
            Act::Limit(entries) => {
                self.service.node_mut().cache_mut().limit(Some(entries.into()), None);
            }
            Act::Evict => drop(self.service.node_mut().cache_mut().evict()),
            Act::Close(_) => {}
        }
    }
}

fn play(acts: &[Act], name_versions: u8, id_versions: u8) {
    let config = NodeConfig { name_versions, id_versions, ..NodeConfig::default() };
    let service = SchemaService::new(config, CaseMode::Sensitive, false);
    let mut pair = Pair { service, twin: CopiedSchema::default(), guards: Vec::new(), version: 0 };
    for act in acts {
        pair.carry_out(act);
        for (guard, at) in pair.guards.clone() {
            pair.compare(guard, at);
        }
        assert_eq!(check::all(pair.service.node(), pair.service.history()), Ok(()), "after {act:?}");
    }
    let history = pair.service.history();
    for node in
        [Node::loaded(config, Naive::default(), history), Node::restarted(config, Naive::default(), history)]
    {
        assert_eq!(check::all(&node, history), Ok(()));
    }
    if history.recycled() == SchemaVersion::ZERO {
        // A load by object gives the very lists that refreshing event by event gives.
        let mut refreshed = Node::new(config, Naive::default(), history);
        refreshed.refresh(history, SchemaVersion::MAX);
        let loaded = Node::loaded(config, Naive::default(), history);
        for kind in SchemaKind::ALL {
            let sorted = |node: &Node| {
                let mut lists: Vec<_> = node.names(kind).entries().map(|(_, entry)| entry).collect();
                lists.sort_by(|a, b| a.key().cmp(&b.key()));
                lists
            };
            assert_eq!(sorted(&loaded), sorted(&refreshed));
        }
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_guard_sees_the_copy_of_its_version(
        acts in prop::collection::vec(act(), 1..60),
        name_versions in 1..6_u8,
        id_versions in 1..6_u8,
    ) {
        play(&acts, name_versions, id_versions);
    }
}
