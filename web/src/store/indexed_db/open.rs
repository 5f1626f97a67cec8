//! Opening the database, and reading its `meta`.

use super::js::{deferred, get, refused, refused_by_idb, within};
use super::transaction::{Mode, create_stores, transact};
use super::{META, STORES};
use crate::store::StoreError;
use idb::{Event, Factory, Request};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The format of the stores and their keys, in `meta`; a newer one is refused by number.
pub(super) const STORE_FORMAT: u32 = 1;
/// IndexedDB's own version of the database. Never raised: `meta` holds the format.
const VERSION: u32 = 1;
/// How long the browser may take to open it.
const ANSWER_MS: u32 = 8_000;

/// Opens the database, or makes it.
pub(super) async fn connect(name: &str) -> Result<JsValue, StoreError> {
    let request = Factory::new().and_then(|factory| factory.open(name, Some(VERSION)));
    let mut request = request.map_err(refused_by_idb)?;
    let (opened, resolve, reject) = deferred();
    let given_up = Rc::new(Cell::new(false));
    let late = Rc::clone(&given_up);
    request.on_upgrade_needed(|event| {
        // Where this fails a store is missing, and reading `meta` says so.
        event.target().map_err(refused_by_idb).and_then(|request| make(&request)).ok();
    });
    request.on_success(move |event| match event.target().and_then(|request| request.database()) {
        Ok(database) if late.get() => database.close(),
        Ok(database) => drop(resolve.call1(&JsValue::NULL, &database.into())),
        Err(_) => {}
    });
    request.on_error(move |event| {
        let error = event.target().and_then(|request| request.error()).ok().flatten();
        reject.call1(&JsValue::NULL, &error.into()).ok();
    });
    within(opened.into(), ANSWER_MS).await.map_err(|thrown| {
        // It may answer yet; the handlers stay.
        given_up.set(true);
        request.forget_callbacks();
        match get(&thrown, "name").ok().and_then(|name| name.as_string()).as_deref() {
            Some("VersionError") => StoreError::NewerFormat { found: STORE_FORMAT + 1 },
            _ => refused(&thrown),
        }
    })
}

fn make(request: &idb::request::OpenDatabaseRequest) -> Result<(), StoreError> {
    let database = request.database().map_err(refused_by_idb)?;
    create_stores(&database, &STORES)?;
    let transaction = request.transaction().ok_or(StoreError::Closed { why: "no upgrade".into() })?;
    let meta = transaction.object_store(META).map_err(refused_by_idb)?;
    let facts = [("format", STORE_FORMAT.into()), ("epoch", 0.into()), ("uuid", uuid().into())];
    for (key, value) in facts {
        meta.put(&value, Some(&key.into())).map_err(refused_by_idb)?;
    }
    Ok(())
}

/// A name for a new database; it need only differ from the last one's.
fn uuid() -> String {
    let half = || (js_sys::Math::random() * 2_f64.powi(53)) as u64;
    format!("{:014x}{:014x}", half(), half())
}

/// The uuid of a database whose format is the one that is known.
pub(super) async fn identify(database: &JsValue) -> Result<String, StoreError> {
    let [format, uuid] = transact(database, &[META], Mode::Read, |transaction, _| {
        let meta = transaction.object_store(META).map_err(refused_by_idb)?;
        let ask = |key: &str| meta.get(JsValue::from_str(key)).map_err(refused_by_idb);
        Ok([ask("format")?, ask("uuid")?])
    })
    .await?
    .map(|request| request.result().unwrap_or_default());
    let damaged = || StoreError::Damaged { what: "the database's own entry".into() };
    let format = format.as_f64().filter(|format| *format >= 1.0).ok_or_else(damaged)?;
    if format > f64::from(STORE_FORMAT) {
        return Err(StoreError::NewerFormat { found: format as u32 });
    }
    uuid.as_string().ok_or_else(damaged)
}
