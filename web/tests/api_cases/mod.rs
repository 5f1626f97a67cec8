//! What the JavaScript API promises, from Rust's side of the border: the same cases run in
//! Node.js and in a browser.

mod inode;

use js_sys::{Array, BigInt, Error, Function, Object, Reflect};
use tabletop_web::api::{
    Run, SchemaService, Tablet, VersionGraph, cumulative_point_of, import_text, pick_full, pick_num_based,
    pick_size_based, pick_time_series,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap()
}

fn int(value: i64) -> JsValue {
    BigInt::from(value).into()
}

/// `[2-5] [6-6]` of an array of ranges or of objects that hold one.
fn shown(list: &JsValue) -> String {
    let text = |item: JsValue| {
        let inner = get(&item, "range");
        let range = if inner.is_undefined() { item } else { inner };
        let end = |key: &str| get(&range, key).unchecked_into::<BigInt>().to_string(10).unwrap();
        format!("[{}-{}]", end("start"), end("end"))
    };
    Array::from(list).iter().map(text).collect::<Vec<_>>().join(" ")
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &(*key).into(), value).unwrap();
    }
    object.into()
}

fn code(error: &JsValue) -> i64 {
    assert!(error.is_instance_of::<Error>(), "not an Error: {error:?}");
    get(error, "code").as_f64().unwrap() as i64
}

fn pairs(list: &[(i64, i64)]) -> JsValue {
    list.iter().map(|&(start, end)| Array::of2(&int(start), &int(end))).collect::<Array>().into()
}

#[wasm_bindgen_test]
fn the_greedy_walk_takes_the_longest_that_fits() {
    let graph = VersionGraph::from_ranges(pairs(&[(0, 1), (2, 5), (2, 2), (3, 3), (4, 5), (6, 6)])).unwrap();
    assert_eq!(shown(&graph.capture(int(0), int(6)).unwrap()), "[0-1] [2-5] [6-6]");
    assert_eq!(shown(&graph.capture(int(0), int(3)).unwrap()), "[0-1] [2-2] [3-3]");
    assert_eq!(graph.edge_count(), 6);
}

#[wasm_bindgen_test]
fn a_walk_that_is_stuck_throws_what_it_had() {
    let graph = VersionGraph::from_ranges(pairs(&[(0, 1), (2, 5)])).unwrap();
    let error = graph.capture(int(0), int(4)).unwrap_err();
    assert_eq!(code(&error), 6);
    assert_eq!(shown(&get(&error, "partial")), "[0-1]");
    let stuck = get(&get(&error, "cause"), "Stuck");
    assert_eq!(get(&stuck, "at"), int(2));
    assert!(graph.capture_complete(int(0), int(4)).unwrap().is_null());
}

#[wasm_bindgen_test]
fn whole_numbers_are_taken_and_fractions_are_not() {
    let mut graph = VersionGraph::new();
    graph.add(2.into(), int(5)).unwrap();
    assert_eq!(shown(&graph.ranges().unwrap()), "[2-5]");
    assert!(graph.add(1.5.into(), int(5)).unwrap_err().is_instance_of::<Error>());
    assert!(graph.add(JsValue::from("1"), int(5)).is_err());
    assert_eq!(code(&graph.delete(int(7), int(8)).unwrap_err()), -1401);
}

#[wasm_bindgen_test]
fn versions_stay_exact_beyond_what_a_number_holds() {
    let far = (1 << 60) + 1;
    let graph = VersionGraph::from_ranges(pairs(&[(0, far), (far + 1, far + 1)])).unwrap();
    assert_eq!(shown(&graph.capture(int(0), int(far + 1)).unwrap()), format!("[0-{far}] [{0}-{0}]", far + 1));
}

#[wasm_bindgen_test]
fn orphans_are_told() {
    let mut graph = VersionGraph::from_ranges(pairs(&[(0, 1), (2, 2), (3, 3)])).unwrap();
    graph.replace(pairs(&[(2, 2), (3, 3)]), Array::of2(&int(2), &int(3)).into()).unwrap();
    assert_eq!(Array::from(&graph.orphans().unwrap()).to_vec(), [int(3)]);
    assert_eq!((graph.vertex_count(), graph.orphan_count()), (4, 1));
    assert_eq!(get(&Array::from(&graph.vertices().unwrap()).get(2), "orphan"), JsValue::TRUE);
}

#[wasm_bindgen_test]
fn a_cache_aware_walk_asks_the_callback_and_passes_its_error_on() {
    let graph = VersionGraph::from_ranges(pairs(&[(0, 1), (2, 3), (2, 2), (3, 3)])).unwrap();
    let capture = |body: &str| {
        graph.capture_filtered("PreferCache".into(), int(0), int(3), Function::new_with_args("range", body))
    };
    assert_eq!(shown(&capture("return true").unwrap()), "[0-1] [2-3]");
    assert_eq!(shown(&capture("return range.start === range.end").unwrap()), "[0-1] [2-2] [3-3]");
    let error = capture("throw new Error('cache is down')").unwrap_err();
    assert_eq!(error.unchecked_into::<Error>().message(), "cache is down");
}

#[wasm_bindgen_test]
fn a_merged_version_is_gone_once_its_path_is_swept() {
    let mut tablet = Tablet::new(JsValue::UNDEFINED).unwrap();
    for _ in 0..4 {
        tablet.load(object(&[("bytes", int(1 << 20))])).unwrap();
    }
    let changed = tablet.compact(int(2), int(5)).unwrap();
    assert_eq!(get(&changed, "stale_path"), int(1));
    assert_eq!(get(&get(&changed, "output"), "bytes"), int(4 << 20));
    let before = tablet.read(int(3)).unwrap();
    assert_eq!(shown(&before), "[0-1] [2-2] [3-3]");
    assert_eq!(get(&Array::from(&before).get(1), "stale"), JsValue::TRUE);

    tablet.advance(599.into()).unwrap();
    assert_eq!(Array::from(&get(&tablet.sweep(JsValue::UNDEFINED).unwrap(), "removed")).length(), 0);
    tablet.advance(int(1)).unwrap();
    let sweep = tablet.sweep(JsValue::UNDEFINED).unwrap();
    assert_eq!(Array::from(&get(&sweep, "unused")).length(), 4);
    assert!(get(&sweep, "stopped").is_null());

    let error = tablet.read(int(3)).unwrap_err();
    assert_eq!(code(&error), -230);
    assert_eq!(shown(&get(&error, "partial")), "[0-1]");
    assert_eq!(shown(&tablet.read(JsValue::UNDEFINED).unwrap()), "[0-1] [2-5]");
}

#[wasm_bindgen_test]
fn refusals_carry_the_reference_s_codes() {
    let mut tablet = Tablet::new(JsValue::UNDEFINED).unwrap();
    let taken = object(&[("range", Array::of2(&int(0), &int(0)).into())]);
    assert_eq!(code(&tablet.load(taken).unwrap_err()), -908);
    assert_eq!(code(&tablet.compact(int(0), int(7)).unwrap_err()), -504);
    let nothing = object(&[("id", int(99)), ("range", Array::of2(&int(0), &int(1)).into())]);
    let refused = tablet.modify_rowsets(Array::new().into(), Array::of1(&nothing).into(), JsValue::UNDEFINED);
    assert_eq!(code(&refused.unwrap_err()), -504);
    assert!(Tablet::new("Sideways".into()).is_err());
}

const INCIDENT: &str =
    include_str!("../../../tests/samples/compaction_show/05-issue-minus230-2020-05-12.json");

#[wasm_bindgen_test]
fn the_incident_is_read_and_explains_itself() {
    let told = import_text(INCIDENT).unwrap();
    assert_eq!(Array::from(&get(&told, "live")).length(), 22);
    let tablet = Tablet::from_text(INCIDENT).unwrap();
    assert_eq!(tablet.point(), 25_920);
    let error = tablet.read(int(25_913)).unwrap_err();
    assert_eq!(code(&error), -230);
    let cause = get(&get(&get(&error, "cause"), "AlreadyMerged"), "cause");
    assert!(get(&cause, "Stuck").is_object());
}

#[wasm_bindgen_test]
fn bad_text_is_refused_with_its_place() {
    let error = import_text("{\n  \"rowsets\": [\"[5-2] 1\"]\n}").unwrap_err();
    assert_eq!(get(&error, "line").as_f64(), Some(2.0));
    assert!(get(&error, "column").as_f64().unwrap() > 1.0);
    assert!(Tablet::from_text("hello").is_err());
}

#[wasm_bindgen_test]
fn the_status_document_is_read_back_as_the_same_tablet() {
    let mut tablet = Tablet::new(JsValue::UNDEFINED).unwrap();
    for bytes in [0, 900, 3 << 20, 5 << 30] {
        tablet
            .load(object(&[("bytes", int(bytes)), ("overlapping", JsValue::TRUE), ("segments", 2.into())]))
            .unwrap();
    }
    tablet.load(object(&[("deletePredicate", JsValue::TRUE)])).unwrap();
    tablet.advance(1_767_225_600.into()).unwrap();
    tablet.compact(int(2), int(4)).unwrap();
    tablet.set_point(5);
    let document = tablet.status_document();
    let again = Tablet::from_text(&document).unwrap();
    assert_eq!(
        again.status_document().replace("1970-01-01 00:00:00 +0000", ""),
        document.replace("1970-01-01 00:00:00 +0000", "")
    );
    assert_eq!(again.point(), 5);
    assert_eq!(shown(&again.live().unwrap()), "[0-1] [2-4] [5-5] [6-6]");
    assert_eq!(shown(&again.read(int(3)).unwrap()), "[0-1] [2-2] [3-3]");
}

#[wasm_bindgen_test]
fn a_run_survives_its_file_and_forks_in_the_past() {
    let mut run = Run::of_scenario("steady").unwrap();
    let (step, digest) = (run.step(), run.digest());
    assert!(step > 50, "only {step} steps");
    let bytes = run.bytes().unwrap();
    let again = Run::open(&bytes).unwrap();
    assert!(again.differs().unwrap().is_null());
    assert_eq!((again.step(), again.digest()), (step, digest.clone()));
    assert_eq!(again.bytes().unwrap(), bytes);

    run.seek(int(20)).unwrap();
    assert_eq!(run.step(), 20);
    assert!(run.act("DeleteLoad".into()).unwrap(), "acting in the past forks");
    assert_eq!(Array::from(&run.branches().unwrap()).length(), 2);
    run.switch_to(0);
    assert_eq!((run.step(), run.digest()), (step, digest));
    assert!(run.check().unwrap().is_null());
    assert!(Run::open(&bytes[..bytes.len() / 2]).is_err());
}

#[wasm_bindgen_test]
fn a_refused_command_changes_nothing() {
    let mut run = Run::of_scenario("empty").unwrap();
    let before = run.digest();
    let range = object(&[("start", int(0)), ("end", int(9))]);
    let refused = run.act(object(&[("Compact", object(&[("range", range)]))])).unwrap_err();
    assert!(get(&refused, "key").is_string());
    assert_eq!(run.digest(), before);
    assert!(run.act("Dance".into()).is_err());
    assert!(Run::of_scenario("nothing").is_err());
    assert!(run.text().contains("[0-1]"), "{}", run.text());
    assert_eq!(get(&run.metrics().unwrap(), "live_rowsets"), int(1));
}

/// Loads of a mebibyte behind a rowset of so many.
fn candidates(first_mib: i64) -> JsValue {
    let rowset = |start, end, mib: i64| {
        object(&[("range", Array::of2(&int(start), &int(end)).into()), ("bytes", int(mib << 20))])
    };
    let loads = (10..16).map(|version| rowset(version, version, 1));
    std::iter::once(rowset(2, 9, first_mib)).chain(loads).collect::<Array>().into()
}

fn picked(pick: &JsValue) -> String {
    shown(
        &Array::from(&get(pick, "inputs")).iter().map(|input| Array::from(&input).get(1)).collect::<Array>(),
    )
}

#[wasm_bindgen_test]
fn a_policy_tells_what_it_takes_and_what_it_leaves() {
    let tablet = object(&[("promotion_bytes", int(128 << 20)), ("point", int(2))]);
    let options = object(&[("tablet", tablet)]);
    let pick = pick_size_based(candidates(64), options.clone()).unwrap();
    assert_eq!(picked(&pick), "[10-10] [11-11] [12-12] [13-13] [14-14] [15-15]");
    assert_eq!(get(&pick, "score"), int(6));
    let why = get(&pick, "why");
    assert_eq!(get(&why, "rule").as_string().unwrap(), "LevelsMatch");
    let out = Array::from(&get(&why, "rejected")).get(0);
    assert_eq!(get(&get(&get(&out, "reason"), "LevelAbove"), "level"), int(64 << 20));
    let all = pick_num_based(candidates(64), options.clone()).unwrap();
    assert_eq!(Array::from(&get(&all, "inputs")).length(), 7);
    let none = pick_time_series(candidates(64), options).unwrap();
    assert_eq!(get(&get(&none, "why"), "rule").as_string().unwrap(), "NothingDue");
}

#[wasm_bindgen_test]
fn a_point_is_a_bigint_and_a_question_without_ranges_is_refused() {
    let fresh =
        [object(&[("range", pairs(&[(0, 1)]).unchecked_into::<Array>().get(0)), ("segments", 0.into())])];
    let fresh = fresh.into_iter().collect::<Array>();
    assert_eq!(cumulative_point_of("SizeBased".into(), fresh.into(), JsValue::UNDEFINED).unwrap(), int(2));
    let error = pick_full([object(&[])].into_iter().collect::<Array>().into()).unwrap_err();
    assert_eq!(code(&error), 0);
    assert!(cumulative_point_of("Best".into(), Array::new().into(), JsValue::UNDEFINED).is_err());
}

fn place(table: &str) -> JsValue {
    object(&[("tenant", "sys".into()), ("database", "d".into()), ("table", table.into())])
}

fn ddl(kind: &str, fields: &[(&str, JsValue)]) -> JsValue {
    object(&[(kind, object(fields))])
}

fn create(table: &str, id: i64) -> JsValue {
    let none = || JsValue::from(Array::new());
    let columns = Array::of1(&"c".into()).into();
    let fields = [("columns", columns), ("partitions", none()), ("attrs", none())];
    let first = [("at", place(table)), ("id", int(id)), ("kind", "Base".into())];
    ddl("CreateTable", &first.into_iter().chain(fields).collect::<Vec<_>>())
}

/// Id 7 is `t` at 10, gone at 20; id 8 is `t` at 30 and has a column more at 40.
fn schemas(options: JsValue) -> SchemaService {
    let mut service = SchemaService::new(options).unwrap();
    let database = [("tenant", "sys".into()), ("database", "d".into()), ("id", int(1000))];
    service.execute(ddl("CreateDatabase", &database), int(1)).unwrap();
    service.execute(create("t", 7), int(10)).unwrap();
    service.execute(ddl("DropTable", &[("at", place("t"))]), int(20)).unwrap();
    service.execute(create("t", 8), int(30)).unwrap();
    let column = ddl("AddColumn", &[("at", place("t")), ("column", "x".into())]);
    assert_eq!(service.execute(column, int(40)).unwrap(), int(40));
    service
}

fn means(service: &mut SchemaService, at: i64) -> JsValue {
    let guard = service.open_guard(int(at)).unwrap();
    let found = service.table_id(guard.clone(), "sys", "d", "t", None).unwrap();
    service.close_guard(guard).unwrap();
    get(&found, "id")
}

#[wasm_bindgen_test]
fn a_name_means_what_it_meant_at_each_snapshot() {
    let mut service = schemas(JsValue::UNDEFINED);
    let answers = [15, 25, 35, 45].map(|at| means(&mut service, at.min(40)));
    assert_eq!(answers, [int(7), JsValue::NULL, int(8), int(8)]);
    let guard = service.open_guard(int(30)).unwrap();
    let got = service.schema(guard.clone(), "table", int(8)).unwrap();
    assert_eq!(Array::from(&get(&get(&got, "schema"), "columns")).length(), 1);
    assert_eq!(get(&got, "hit"), JsValue::FALSE);
    assert_eq!(get(&service.recycle(int(40)).unwrap(), "effective"), int(30), "the guard holds it");
    service.close_guard(guard).unwrap();
    service.begin_rebuild().unwrap();
    service.end_rebuild().unwrap();
    service.check().unwrap();
    assert_eq!(get(&service.usage().unwrap(), "generation"), int(1));
}

#[wasm_bindgen_test]
fn schema_refusals_have_the_name_and_code_of_the_reference() {
    let mut service = schemas(object(&[("cacheBytes", int(100))]));
    let refusal = |error: JsValue| (get(&error, "key").as_string().unwrap(), code(&error));
    assert_eq!(refusal(service.open_guard(int(41)).unwrap_err()), ("SCHEMA_EAGAIN".into(), -5627));
    assert_eq!(refusal(service.open_guard(int(0)).unwrap_err()), ("INVALID_ARGUMENT".into(), -4002));
    assert_eq!(refusal(service.close_guard(int(99)).unwrap_err()), ("GUARD_CLOSED".into(), -4006));
    assert_eq!(
        refusal(service.execute(create("t", 9), int(50)).unwrap_err()),
        ("TABLE_EXISTS".into(), -5020)
    );
    let guard = service.open_guard(JsValue::UNDEFINED).unwrap();
    let error = service.schema(guard.clone(), "table", int(8)).unwrap_err();
    assert_eq!(refusal(error), ("CACHE_TOO_SMALL".into(), -4019));
    assert_eq!(service.schema(guard.clone(), "table", int(999)).unwrap(), JsValue::NULL);
    service.close_guard(guard).unwrap();
    service.recycle(int(40)).unwrap_or_default();
    assert_eq!(refusal(service.open_guard(int(15)).unwrap_err()), ("SCHEMA_RECYCLED".into(), -4138));
    assert_eq!(means(&mut service, 40), int(8), "and the service goes on");
}

#[wasm_bindgen_test]
fn hole_filling_is_a_switch_that_the_checker_catches() {
    let off = ["no_recheck", "no_replay", "no_pivot", "no_hold"].map(|key| (key, JsValue::FALSE));
    let naive: Vec<_> = off.into_iter().chain([("fill_holes", JsValue::TRUE)]).collect();
    let mut service = schemas(object(&[("nameVersions", 2.into()), ("naive", object(&naive))]));
    service.check().unwrap();
    assert_eq!(means(&mut service, 15), int(7));
    assert_eq!(means(&mut service, 35), int(7), "wrong: it was id 8");
    assert_eq!(get(&service.check().unwrap_err(), "key"), "contiguous-suffix");
}
