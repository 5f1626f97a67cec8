//! The inode store.

use super::{get, int, object};
use js_sys::{Array, Error, Uint8Array};
use tabletop_web::api::{InodeStore, decode_chunk_infos, encode_chunk_infos, visible_list};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

fn info(id: i64, offset: i64, len: i64) -> JsValue {
    object(&[("chunkId", int(id)), ("offset", offset.into()), ("len", int(len))])
}

fn list(of: &[JsValue]) -> JsValue {
    of.iter().cloned().collect::<Array>().into()
}

fn store(layout: &str, infos: &[JsValue]) -> InodeStore {
    let mut store = InodeStore::new(layout.into(), JsValue::UNDEFINED).unwrap();
    store.insert(7.into(), object(&[("length", 64.into())])).unwrap();
    for info in infos {
        append(&mut store, info);
    }
    store
}

fn append(store: &mut InodeStore, info: &JsValue) {
    let change = object(&[("index", 0.into()), ("add", list(std::slice::from_ref(info)))]);
    let modify = object(&[("changes", list(&[change]))]);
    assert_eq!(store.modify(7.into(), modify).unwrap(), "Done");
}

/// Ids and compactions of the only list.
fn ids(store: &InodeStore) -> String {
    let lists = Array::from(&get(&store.snapshot(7.into(), JsValue::UNDEFINED).unwrap(), "lists"));
    let number = |info: &JsValue, key: &str| {
        get(info, key).unchecked_into::<js_sys::BigInt>().to_string(10).unwrap().as_string().unwrap()
    };
    let one = |info: JsValue| format!("{}.{}", number(&info, "chunk_id"), number(&info, "compaction"));
    let list = Array::from(&get(&lists.get(0), "list"));
    list.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[wasm_bindgen_test]
fn a_later_write_hides_earlier_ones() {
    let seen = visible_list(list(&[info(9, 0, 10), info(2, 3, 4)]), 0.into(), 63.into()).unwrap();
    let ends: Vec<_> =
        Array::from(&seen).iter().map(|node| (get(&node, "begin"), get(&node, "end"))).collect();
    assert_eq!(ends, [(int(0), int(2)), (int(3), int(6)), (int(7), int(9))]);
    assert_eq!(get(&Array::from(&seen).get(1), "at"), 1);
}

#[wasm_bindgen_test]
fn the_same_appends_are_one_value_or_a_row_each() {
    let infos = [info(1, 0, 8), info(2, 8, 8), info(3, 0, 4)];
    for (layout, rows) in [("Monolithic", 1), ("Split", 3), ("Sequenced", 3)] {
        let store = store(layout, &infos);
        assert_eq!(ids(&store), "1.0 2.0 3.0", "{layout}");
        let found = Array::from(&store.rows(7.into()).unwrap());
        assert_eq!(found.length(), rows, "{layout}");
        assert_eq!(store.counter(7.into()).unwrap(), 3);
        let value = get(&found.get(0), "value").unchecked_into::<Uint8Array>().to_vec();
        let decoded = Array::from(&decode_chunk_infos(&value).unwrap());
        assert_eq!(get(&decoded.get(0), "chunk_id"), int(1));
    }
}

#[wasm_bindgen_test]
fn a_row_is_its_list_in_bytes() {
    let bytes = encode_chunk_infos(list(&[info(1, 0, 8)])).unwrap();
    assert_eq!(bytes, [10, 12, 8, 1, 16, 0, 24, 0, 32, 8, 40, 8, 48, 0]);
    assert!(decode_chunk_infos(&bytes[1..]).unwrap_err().is_instance_of::<Error>());
}

#[wasm_bindgen_test]
fn the_reference_loses_an_append_and_our_own_rows_do_not() {
    for (layout, expected) in [("Split", "5.1"), ("Sequenced", "6.0 4.0")] {
        let mut store = store(layout, &[info(1, 0, 8), info(5, 8, 8)]);
        let read = get(
            &Array::from(&get(&store.snapshot(7.into(), JsValue::UNDEFINED).unwrap(), "lists")).get(0),
            "list",
        );
        let rows = store.rows(7.into()).unwrap();
        append(&mut store, &info(4, 0, 4));
        let (key, removed, id, compaction) = match layout {
            "Split" => ("removeList", read, 5, 1),
            _ => ("removeRows", rows, 6, 0),
        };
        let result = object(&[
            ("chunk_id", int(id)),
            ("compaction", compaction.into()),
            ("offset", 0.into()),
            ("len", 16.into()),
        ]);
        let change = object(&[("index", 0.into()), (key, removed), ("add", list(&[result]))]);
        store.modify(7.into(), object(&[("changes", list(&[change]))])).unwrap();
        assert_eq!(ids(&store), expected, "{layout}");
    }
}

#[wasm_bindgen_test]
fn a_compaction_leaves_what_is_seen() {
    for layout in ["Monolithic", "Split", "Sequenced"] {
        let mut store = store(layout, &[info(1, 0, 8), info(2, 8, 8), info(3, 4, 8)]);
        let done = store.compact(7.into(), object(&[("threshold", 2.into())])).unwrap();
        assert_eq!(get(&done, "committed"), JsValue::TRUE, "{layout}");
        assert_eq!(Array::from(&get(&done, "objects_deleted")).length(), 3);
        let seen = Array::from(&store.visible(7.into(), 0.into()).unwrap());
        assert_eq!(seen.length(), 1, "{layout}");
        assert_eq!((get(&seen.get(0), "begin"), get(&seen.get(0), "end")), (int(0), int(15)));
        let again = store.compact(7.into(), JsValue::UNDEFINED).unwrap();
        assert_eq!(get(&again, "skipped"), "not_needed");
    }
}

#[wasm_bindgen_test]
fn refusals_carry_the_name_of_the_reference() {
    let mut store = store("Split", &[info(1, 0, 8), info(2, 8, 8)]);
    let name = |error: JsValue| get(&error, "key").as_string().unwrap();
    assert_eq!(name(store.insert(7.into(), JsValue::UNDEFINED).unwrap_err()), "INODE_EXIST");
    assert_eq!(name(store.attributes(8.into()).unwrap_err()), "NOT_FOUND");
    assert_eq!(name(store.snapshot(7.into(), 1.into()).unwrap_err()), "INODE_S3_META_TOO_LARGE");
    let change = object(&[("index", 0.into()), ("removeList", list(&[info(2, 0, 1)]))]);
    let modify = object(&[("changes", list(&[change]))]);
    assert_eq!(name(store.modify(7.into(), modify).unwrap_err()), "STORAGE_INTERNAL_ERROR");
    assert_eq!(store.counter(7.into()).unwrap(), 2, "nothing has changed");
    assert!(InodeStore::new("Whole".into(), JsValue::UNDEFINED).is_err());
}
