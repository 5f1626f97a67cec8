//! One transaction: every request is issued at once, nothing is awaited until it is complete.
//!
//! ```text
//! issue: get epoch, get record, put, put, put     await: complete -> Ok
//!            |          | not as expected: abort         abort    -> why
//! ```
//!
//! A transaction ends at the first await on anything else, so the conditions of a write are
//! checked in the success handlers of its first two requests; aborting there takes the puts with
//! it. A put that succeeded says nothing: on a full disk the transaction aborts afterwards.

use super::js::{call, deferred, get, object, refused, refused_by_idb};
use crate::store::StoreError;
use idb::{Database, Transaction};
use js_sys::Array;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbRequest, IdbTransaction};

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    /// Strict waits until the bytes reach the medium, relaxed until the system has them.
    Write {
        strict: bool,
    },
}

/// Reasons of our own to abort, and the handlers that find them.
#[derive(Default)]
pub(crate) struct Conditions {
    refusal: Rc<RefCell<Option<StoreError>>>,
    handlers: Vec<Closure<dyn FnMut()>>,
}

impl Conditions {
    /// Looks at a request's result when it comes, still inside the transaction; an error aborts it.
    pub(crate) fn when(
        &mut self,
        request: IdbRequest,
        mut look: impl FnMut(JsValue) -> Result<(), StoreError> + 'static,
    ) {
        let refusal = Rc::clone(&self.refusal);
        let asked = request.clone();
        let handler = Closure::<dyn FnMut()>::new(move || {
            let result = asked.result().map_err(|thrown| refused(&thrown));
            if let Err(error) = result.and_then(&mut look) {
                refusal.borrow_mut().get_or_insert(error);
                if let Some(transaction) = asked.transaction() {
                    // Fails only where it is aborted already.
                    transaction.abort().ok();
                }
            }
        });
        request.set_onsuccess(Some(handler.as_ref().unchecked_ref()));
        self.handlers.push(handler);
    }
}

/// Runs one transaction: issues all requests, then waits until it is complete.
pub(crate) async fn transact<T>(
    database: &JsValue,
    stores: &[&str],
    mode: Mode,
    issue: impl FnOnce(&Transaction, &mut Conditions) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut transaction = begin(database, stores, mode).map_err(|thrown| refused(&thrown))?;
    let (complete, resolve, reject) = deferred();
    transaction.on_complete(move |_| {
        resolve.call0(&JsValue::NULL).ok();
    });
    transaction.on_abort(move |event| {
        // The reason stands on the transaction only now; an error event came before it.
        let why = event.target().and_then(|target| get(&target, "error").ok()).unwrap_or_default();
        reject.call1(&JsValue::NULL, &why).ok();
    });
    let mut conditions = Conditions::default();
    let issued = match issue(&transaction, &mut conditions) {
        Ok(issued) => issued,
        Err(error) => {
            // The handlers live in the transaction until it has aborted.
            if let Ok(aborting) = transaction.abort() {
                JsFuture::from(complete).await.ok();
                drop(aborting);
            }
            return Err(error);
        }
    };
    let answer = JsFuture::from(complete).await;
    let refusal = conditions.refusal.borrow_mut().take();
    drop(transaction);
    match (answer, refusal) {
        (Ok(_), _) => Ok(issued),
        (Err(_), Some(refusal)) => Err(refusal),
        (Err(why), None) => Err(refused(&why)),
    }
}

/// `idb` begins transactions without a durability, so this is done by name.
fn begin(database: &JsValue, stores: &[&str], mode: Mode) -> Result<Transaction, JsValue> {
    let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
    let (mode, durability) = match mode {
        Mode::Read => ("readonly", "default"),
        Mode::Write { strict: true } => ("readwrite", "strict"),
        Mode::Write { strict: false } => ("readwrite", "relaxed"),
    };
    let options = object("durability", &durability.into())?;
    let transaction = call(database, "transaction", &[&names, &mode.into(), &options])?;
    Ok(transaction.dyn_into::<IdbTransaction>()?.into())
}

/// The stores of a database that is being made.
pub(crate) fn create_stores(database: &Database, names: &[&str]) -> Result<(), StoreError> {
    for name in names {
        database.create_object_store(name, idb::ObjectStoreParams::new()).map_err(refused_by_idb)?;
    }
    Ok(())
}
