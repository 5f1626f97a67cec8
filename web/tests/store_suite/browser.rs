//! The harness of the store in IndexedDB, and what only a browser can do to it.

use super::builders::Played;
use super::contract::{Failure, Harness};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use std::cell::Cell;
use tabletop_web::protocol::{Notice, RunId};
use tabletop_web::store::{Condition, IndexedDb, IndexedDbStore, RunStore, Store, StoreError, Write, open};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

thread_local! {
    static DATABASES: Cell<u32> = const { Cell::new(0) };
}

/// A database of its own, under a name that no test has used.
fn fresh_name() -> String {
    DATABASES.set(DATABASES.get() + 1);
    format!("test {} {}", DATABASES.get(), js_sys::Math::random())
}

fn script(code: &str) -> JsValue {
    js_sys::eval(code).expect(code)
}

async fn promised(code: &str) -> JsValue {
    JsFuture::from(script(code).dyn_into::<Promise>().expect(code)).await.expect(code)
}

async fn wait(millis: u32) {
    promised(&format!("new Promise(done => setTimeout(done, {millis}))")).await;
}

async fn delete(name: &str) {
    promised(&format!(
        "new Promise((done, fail) => {{
            const request = indexedDB.deleteDatabase({name:?});
            request.onsuccess = done; request.onerror = fail;
        }})"
    ))
    .await;
}

/// Runs one request in a transaction that knows nothing of the store's rules.
async fn behind_its_back(name: &str, store: &str, request: &str, value: &JsValue) {
    Reflect::set(&js_sys::global(), &"value".into(), value).expect("set");
    promised(&format!(
        "new Promise((done, fail) => {{
            const open = indexedDB.open({name:?});
            open.onerror = fail;
            open.onsuccess = () => {{
                const database = open.result;
                const transaction = database.transaction([{store:?}], 'readwrite');
                transaction.objectStore({store:?}).{request};
                transaction.oncomplete = () => {{ database.close(); done(); }};
                transaction.onabort = fail;
            }};
        }})"
    ))
    .await;
}

pub(crate) struct Browser {
    name: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { name: fresh_name() }
    }

    async fn tab(&self) -> IndexedDbStore {
        Store::on(IndexedDb::open(&self.name).await.expect("opened").0)
    }
}

impl Harness for Browser {
    type Disk = IndexedDb;

    async fn open(&mut self) -> IndexedDbStore {
        let store = self.tab().await;
        assert_eq!(store.condition(), Condition::Persistent);
        store
    }

    async fn second_tab(&mut self) -> IndexedDbStore {
        self.tab().await
    }

    async fn tamper(&mut self, _: &mut IndexedDbStore, run: RunId, write: Write) {
        let key = |part: &[u32]| {
            let key: Vec<u64> = [run.0].into_iter().chain(part.iter().map(|it| u64::from(*it))).collect();
            format!("{key:?}")
        };
        let (store, key, bytes) = match write {
            Write::Record(bytes) => ("runs", run.0.to_string(), Some(bytes)),
            Write::Segment { branch, segment, bytes } => ("segments", key(&[branch, segment]), Some(bytes)),
            Write::DropSegment { branch, segment } => ("segments", key(&[branch, segment]), None),
            Write::Config(bytes) => ("imports", key(&[0]), Some(bytes)),
            Write::Original(bytes) => ("imports", key(&[1]), Some(bytes)),
            Write::Trash(_) => panic!("no test needs it"),
        };
        let request = if bytes.is_some() { format!("put(value, {key})") } else { format!("delete({key})") };
        let value = Uint8Array::from(bytes.unwrap_or_default().as_slice());
        behind_its_back(&self.name, store, &request, &value).await;
    }

    fn fail(&mut self, _: &mut IndexedDbStore, failure: Failure) {
        let put = match failure {
            Failure::NoRoom => "if (this.name === 'segments') throw full(); return kept.put.apply(this, all);",
            Failure::Abort | Failure::NoRoomAtTheEnd => {
                "const request = kept.put.apply(this, all);
                 if (this.name === 'runs') request.addEventListener('success', () => this.transaction.abort());
                 return request;"
            }
        };
        let reason = if failure == Failure::NoRoomAtTheEnd { "full()" } else { "null" };
        script(&format!(
            "const full = () => new DOMException('the disk is full', 'QuotaExceededError');
             const kept = globalThis.kept = {{
                 put: IDBObjectStore.prototype.put,
                 error: Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'error'),
             }};
             IDBObjectStore.prototype.put = function (...all) {{ {put} }};
             Object.defineProperty(IDBTransaction.prototype, 'error', {{ configurable: true, get: () => {reason} }});"
        ));
    }

    fn mend(&mut self) {
        script(
            "IDBObjectStore.prototype.put = kept.put;
             Object.defineProperty(IDBTransaction.prototype, 'error', kept.error);",
        );
    }
}

async fn one_run(store: &mut impl RunStore) -> RunId {
    let run = store.new_run().await.expect("an id");
    let mut played = Played::new("run", None);
    played.play(0, 9);
    store.append(run, played.batch(), true).await.expect("saved");
    run
}

#[wasm_bindgen_test]
async fn without_indexed_db_it_runs_in_memory_and_says_so() {
    script(
        "globalThis.hidden = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
         Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true })",
    );
    let mut opened = open(&fresh_name()).await;
    // A page has the property itself, a worker inherits it.
    script("delete globalThis.indexedDB; if (hidden) Object.defineProperty(globalThis, 'indexedDB', hidden)");
    assert!(script("indexedDB").is_object());
    assert_eq!(opened.notice, None);
    match opened.store.condition() {
        Condition::InMemory { why } => assert!(why.contains("no IndexedDB"), "{why}"),
        other => panic!("{other:?}"),
    }
    let run = one_run(&mut opened.store).await;
    assert!(opened.store.load(run).await.is_ok());
}

#[wasm_bindgen_test]
async fn a_store_that_opens_empty_although_it_held_runs_is_reported() {
    let name = fresh_name();
    let mut opened = open(&name).await;
    assert_eq!((opened.notice, opened.store.condition()), (None, Condition::Persistent));
    drop(opened.store);
    // A visit that saves nothing leaves nothing to lose.
    delete(&name).await;
    opened = open(&name).await;
    assert_eq!(opened.notice, None);
    one_run(&mut opened.store).await;
    wait(200).await;
    drop(opened.store);
    opened = open(&name).await;
    assert_eq!(opened.notice, None);
    drop(opened.store);

    delete(&name).await;
    opened = open(&name).await;
    assert_eq!(opened.notice, Some(Notice::StoreLost));
    assert_eq!(opened.store.condition(), Condition::Persistent);
    drop(opened.store);
    // Said until something is saved again.
    opened = open(&name).await;
    assert_eq!(opened.notice, Some(Notice::StoreLost));
    one_run(&mut opened.store).await;
    wait(200).await;
    drop(opened.store);
    assert_eq!(open(&name).await.notice, None);
}

#[wasm_bindgen_test]
async fn a_newer_store_is_refused_by_number_and_left_alone() {
    let name = fresh_name();
    let mut opened = open(&name).await;
    let run = one_run(&mut opened.store).await;
    drop(opened.store);
    behind_its_back(&name, "meta", "put(value, 'format')", &7.into()).await;
    opened = open(&name).await;
    assert_eq!(opened.notice, Some(Notice::NewerFormat { format: 7 }));
    assert!(matches!(opened.store.condition(), Condition::InMemory { .. }));
    assert_eq!(opened.store.list().await, Ok(Vec::new()));
    behind_its_back(&name, "meta", "put(value, 'format')", &1.into()).await;
    assert!(open(&name).await.store.load(run).await.is_ok());
    // Nonsense there is no reason to write either.
    behind_its_back(&name, "meta", "put(value, 'format')", &"soon".into()).await;
    assert!(matches!(open(&name).await.store.condition(), Condition::InMemory { .. }));
}

#[wasm_bindgen_test]
async fn a_stolen_lock_is_noticed_before_the_next_save() {
    let name = fresh_name();
    let first = open(&name).await.store;
    let mut second = open(&name).await.store;
    assert_eq!(second.condition(), Condition::ReadOnly);
    second.take_over().await.expect("taken over");
    wait(50).await;
    assert_eq!(first.condition(), Condition::Fenced);
    assert_eq!(second.condition(), Condition::Persistent);
    // The writer that closes leaves the place to the next that opens, not to the fenced one.
    drop(second);
    assert_eq!(open(&name).await.store.condition(), Condition::Persistent);
    assert_eq!(first.condition(), Condition::Fenced);
}

#[wasm_bindgen_test]
async fn without_web_locks_the_epoch_alone_fences() {
    let name = fresh_name();
    script("Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })");
    let mut first = open(&name).await.store;
    let run = one_run(&mut first).await;
    let mut second = open(&name).await.store;
    script("delete navigator.locks");
    assert_eq!(second.condition(), Condition::Persistent);
    assert_eq!(first.condition(), Condition::Persistent, "nobody told it");
    assert_eq!(first.rename(run, "x").await, Err(StoreError::Fenced));
    assert_eq!(first.condition(), Condition::Fenced);
    assert_eq!(second.rename(run, "x").await, Ok(()));
}

#[wasm_bindgen_test]
async fn a_database_that_is_deleted_meanwhile_is_closed() {
    let name = fresh_name();
    let mut store = open(&name).await.store;
    let run = one_run(&mut store).await;
    delete(&name).await;
    assert_eq!(store.condition(), Condition::Closed);
    assert!(matches!(store.rename(run, "x").await, Err(StoreError::Closed { .. })));
    assert!(matches!(store.load(run).await, Err(StoreError::Closed { .. })));
}

#[wasm_bindgen_test]
async fn keys_and_values_of_no_sense_are_passed_over() {
    let name = fresh_name();
    let mut store = open(&name).await.store;
    let run = one_run(&mut store).await;
    let odd: JsValue = Object::new().into();
    for (place, key) in [("runs", "'x'"), ("runs", "-1"), ("runs", "2.5"), ("segments", "[1, 'x', 0]")] {
        behind_its_back(&name, place, &format!("put(value, {key})"), &odd).await;
    }
    behind_its_back(&name, "trash", "put(value, [1, 0, 0])", &Array::new()).await;
    assert_eq!(store.list().await.expect("listed").len(), 1);
    assert_eq!(store.trash_pieces(run).await, Ok(Vec::new()));
    assert_eq!(store.load(run).await.expect("loaded").cut, None);
    // A value that is no bytes is a segment that cannot be read.
    behind_its_back(&name, "segments", &format!("put(value, [{}, 0, 0])", run.0), &odd).await;
    assert_eq!(store.load(run).await.expect("loaded").cut.expect("a cut").kept, 0);
}

#[wasm_bindgen_test]
async fn durability_is_strict_only_where_it_is_asked_for() {
    let name = fresh_name();
    let mut store = open(&name).await.store;
    let run = one_run(&mut store).await;
    script(
        "const asked = globalThis.asked = [];
         const begin = globalThis.begin = IDBDatabase.prototype.transaction;
         IDBDatabase.prototype.transaction = function (...all) {
             const transaction = begin.apply(this, all);
             asked.push(transaction.durability);
             return transaction;
         };",
    );
    let mut played = Played::from_stored(store.load(run).await.expect("loaded"));
    for strict in [false, true] {
        played.play(0, 20 + u64::from(strict));
        store.append(run, played.batch(), strict).await.expect("saved");
        played.acknowledge();
    }
    script("IDBDatabase.prototype.transaction = begin");
    assert_eq!(script("asked.join()").as_string().as_deref(), Some("default,relaxed,strict"));
}
