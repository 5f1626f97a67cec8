//! The smallest cases that show what each part is for.

use super::*;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

fn at(table: &str) -> TablePlace {
    TablePlace { tenant: "sys".into(), database: "d".into(), table: table.into() }
}

fn create(table: &str, id: i64) -> Ddl {
    Ddl::CreateTable {
        at: at(table),
        id: ObjectId(id),
        kind: TableKind::Base,
        columns: vec!["c1".to_string()],
        partitions: vec![],
        attrs: vec![],
    }
}

fn service(config: NodeConfig) -> SchemaService {
    let mut service = SchemaService::new(config, CaseMode::Sensitive, true);
    let ddl = Ddl::CreateDatabase { tenant: "sys".into(), database: "d".into(), id: ObjectId(1000) };
    service.execute(SchemaVersion(1), &ddl).expect("the first database");
    service
}

fn two_ids_under_one_name(naive: Naive) -> SchemaService {
    let mut service = service(NodeConfig { name_versions: 2, ..NodeConfig::default() });
    service.node_mut().set_naive(naive);
    let column = Ddl::AddColumn { at: at("t"), column: "x".into() };
    let steps =
        [(10, create("t", 7)), (20, Ddl::DropTable { at: at("t") }), (30, create("t", 8)), (40, column)];
    for (version, ddl) in steps {
        service.execute(SchemaVersion(version), &ddl).expect("each follows the last");
    }
    service
}

fn ask(service: &mut SchemaService, at: i64) -> Option<i64> {
    let guard = service.open_guard(Some(SchemaVersion(at))).expect("within the history");
    let (id, _) = service.table_id(guard, SchemaKind::Table, "sys", "d", "t").expect("it is open");
    service.node_mut().close_guard(guard).expect("it is open");
    id.map(|id| id.0)
}

#[test]
fn filling_a_hole_answers_wrongly_and_is_caught() {
    let mut right = two_ids_under_one_name(Naive::default());
    let mut wrong = two_ids_under_one_name(Naive { fill_holes: true, ..Naive::default() });
    assert_eq!((ask(&mut right, 15), ask(&mut wrong, 15)), (Some(7), Some(7)));
    assert_eq!((ask(&mut right, 35), ask(&mut wrong, 35)), (Some(8), Some(7)));
    assert_eq!((ask(&mut right, 25), ask(&mut wrong, 25)), (None, Some(7)));
    assert_eq!(check::all(right.node(), right.history()), Ok(()));
    let broken = check::all(wrong.node(), wrong.history()).expect_err("the list has a hole");
    assert_eq!(broken.name(), "contiguous-suffix");
}

#[test]
fn a_reader_outlasts_a_fixed_wait_and_not_epochs() {
    use crate::base::SimTime;
    for (rule, survives) in [(FreeRule::Epochs, true), (FreeRule::FixedWait(SimTime::from_millis(5)), false)]
    {
        let mut service = two_ids_under_one_name(Naive::default());
        let history = service.history().clone();
        let guard = service.open_guard(None).expect("refreshed");
        let node = service.node_mut();
        let reader = node.enter();
        node.begin_rebuild(&history).expect("none runs");
        node.end_rebuild(&history, SimTime::ZERO).expect("one runs");
        node.free_retired(rule, SimTime::from_secs(1));
        let key = NameKey { tenant: ObjectId::SYS, parent: ObjectId(1000), name: "t" };
        let found = node.id_of_through(&history, reader, guard, SchemaKind::Table, key);
        assert_eq!(found.is_ok(), survives, "{rule:?}: {found:?}");
        node.leave(reader);
        node.free_retired(rule, SimTime::from_secs(1));
        assert!(node.retired().is_empty(), "{rule:?}");
    }
}

#[test]
fn ddl_during_a_rebuild_is_lost_without_replay() {
    for no_replay in [false, true] {
        let mut service = two_ids_under_one_name(Naive { no_replay, ..Naive::default() });
        service.begin_rebuild().expect("none runs");
        service.execute(SchemaVersion(50), &create("u", 9)).expect("a new table");
        service.end_rebuild(crate::base::SimTime::ZERO).expect("one runs");
        let checked = check::all(service.node(), service.history());
        assert_eq!(checked.is_err(), no_replay, "{checked:?}");
    }
}

#[test]
fn holes_in_the_arena_go_with_a_rebuild() {
    let mut service = service(NodeConfig { name_versions: 8, ..NodeConfig::default() });
    for version in 2..400 {
        let ddl = match version % 12 {
            0 => Ddl::DropTable { at: at("t") },
            1 => create("t", 2_000 + version),
            _ => Ddl::AddColumn { at: at("t"), column: alloc::format!("c{version}") },
        };
        // Created, changed until its block is too small, dropped, and again.
        let _ = service.execute(SchemaVersion(version), &ddl);
    }
    let before = service.node().ids(SchemaKind::Table).used();
    service.begin_rebuild().expect("none runs");
    service.end_rebuild(crate::base::SimTime::ZERO).expect("one runs");
    let after = service.node().ids(SchemaKind::Table).used();
    assert!(before.dead_blocks > 0, "{before:?}");
    assert_eq!(after.dead_blocks, 0);
    assert!(after.live_blocks < before.live_blocks);
    assert_eq!(check::all(service.node(), service.history()), Ok(()));
}

#[test]
fn maps_of_many_names_are_packed_when_they_are_built() {
    const TABLES: i64 = 5_000;
    let mut service = service(NodeConfig::default());
    for table in 0..TABLES {
        let ddl = create(&alloc::format!("t{table}"), 2_000 + table);
        service.execute(SchemaVersion(2 + table), &ddl).expect("a new table");
    }
    let ids_in_memory = |service: &SchemaService| -> Vec<i64> {
        let windows = service.node().ids(SchemaKind::Table).windows();
        windows.map(|(id, _)| id.0).collect()
    };
    let bytes = |service: &SchemaService| service.node().names(SchemaKind::Table).bytes();
    assert!(ids_in_memory(&service).is_sorted(), "as they came");
    let before = bytes(&service);
    service.begin_rebuild().expect("none runs");
    for table in 0..200 {
        let ddl = match table % 3 {
            0 => Ddl::DropTable { at: at(&alloc::format!("t{table}")) },
            1 => Ddl::AddColumn { at: at(&alloc::format!("t{table}")), column: "x".into() },
            _ => create(&alloc::format!("u{table}"), 9_000 + table),
        };
        service.execute(SchemaVersion(2 + TABLES + table), &ddl).expect("each of another table");
    }
    service.end_rebuild(crate::base::SimTime::ZERO).expect("one runs");
    let packed = ids_in_memory(&service);
    assert!(!packed.is_sorted() && packed.len() as i64 == TABLES + 66, "by hash: {}", packed.len());
    assert!(bytes(&service) + 4 * TABLES as u64 <= before, "{} of {before} B", bytes(&service));
    assert_eq!(check::all(service.node(), service.history()), Ok(()));
}

#[test]
fn a_cache_smaller_than_one_schema_is_refused_and_the_service_goes_on() {
    let mut service = two_ids_under_one_name(Naive::default());
    service.node_mut().cache_mut().limit(None, Some(100));
    let guard = service.open_guard(None).expect("refreshed");
    let error = service.schema(guard, SchemaKind::Table, ObjectId(8)).expect_err("too large");
    assert_eq!((error.name(), error.code()), ("CACHE_TOO_SMALL", -4019));
    service.node_mut().cache_mut().limit(None, Some(1 << 20));
    assert!(service.schema(guard, SchemaKind::Table, ObjectId(8)).expect("fits now").is_some());
    service.node_mut().close_guard(guard).expect("it is open");
    assert_eq!(check::all(service.node(), service.history()), Ok(()));
}

#[test]
fn a_pointer_older_than_two_periods_points_into_freed_memory() {
    use crate::base::SimTime;
    use old::{HalvesConfig, Switched, TwoHalves};
    let mut halves = TwoHalves::new(HalvesConfig { threshold_min: 100, ..HalvesConfig::default() });
    halves.take(200);
    let taken_from = halves.generation();
    let mut freed_at = None;
    for minutes in (10..300).step_by(10) {
        let now = SimTime::from_secs(minutes * 60);
        if let Switched::Freed(_) = halves.look(now) {
            freed_at.get_or_insert(minutes);
        }
    }
    assert_eq!(freed_at, Some(140), "flip at 10, an hour, the copy, an hour");
    assert!(halves.is_freed(taken_from));
    assert!(halves.most() >= 400, "both halves at once: {}", halves.most());
}
