//! The few JavaScript calls that `idb` and stable `web-sys` do not have, by name.

use crate::store::StoreError;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A property of an object.
pub(crate) fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

/// A property of the worker's or page's global object.
pub(crate) fn global(name: &str) -> Result<JsValue, JsValue> {
    get(&js_sys::global(), name)
}

/// Calls a method.
pub(crate) fn call(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(object, name)?.dyn_into()?;
    method.apply(object, &arguments.iter().copied().collect::<Array>())
}

/// An object with one property.
pub(super) fn object(name: &str, value: &JsValue) -> Result<JsValue, JsValue> {
    let object = js_sys::Object::new().into();
    Reflect::set(&object, &JsValue::from_str(name), value)?;
    Ok(object)
}

/// A promise and the functions that resolve and reject it.
pub(crate) fn deferred() -> (Promise, Function, Function) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
    let (resolve, reject) = functions.unwrap_or_default();
    (promise, resolve, reject)
}

/// Waits for a promise, at most so long.
pub(crate) async fn within(promise: JsValue, millis: u32) -> Result<JsValue, JsValue> {
    let (late, _, reject) = deferred();
    let why = JsValue::from_str("no answer in time");
    let timer = call(&js_sys::global(), "setTimeout", &[&reject, &millis.into(), &why])?;
    let answer = JsFuture::from(Promise::race(&Array::of2(&promise, &late))).await;
    call(&js_sys::global(), "clearTimeout", &[&timer])?;
    answer
}

/// Name and message of what was thrown.
fn name_and_message(thrown: &JsValue) -> (String, String) {
    let text = |name| get(thrown, name).ok().and_then(|value| value.as_string()).unwrap_or_default();
    match thrown.as_string() {
        Some(message) => (String::new(), message),
        None => (text("name"), text("message")),
    }
}

/// What was thrown, in the store's words.
pub(crate) fn refused(thrown: &JsValue) -> StoreError {
    let (name, message) = name_and_message(thrown);
    let why = match (name.as_str(), message.as_str()) {
        ("", "") => "it gave no reason".into(),
        ("", message) => message.into(),
        (name, "") => name.into(),
        (name, message) => format!("{name}: {message}"),
    };
    match name.as_str() {
        "QuotaExceededError" => StoreError::Quota { why },
        "InvalidStateError" => StoreError::Closed { why },
        _ => StoreError::Aborted { why },
    }
}

/// The same for an error of `idb`, which wraps what was thrown.
pub(crate) fn refused_by_idb(error: idb::Error) -> StoreError {
    use idb::Error as Idb;
    match error {
        Idb::AddFailed(thrown)
        | Idb::ClearFailed(thrown)
        | Idb::DeleteFailed(thrown)
        | Idb::GetAllFailed(thrown)
        | Idb::GetAllKeysFailed(thrown)
        | Idb::GetFailed(thrown)
        | Idb::IndexedDbOpenFailed(thrown)
        | Idb::ObjectStoreCreateFailed(thrown)
        | Idb::ObjectStoreNotFound(thrown)
        | Idb::TransactionOpenFailed(thrown)
        | Idb::UpdateFailed(thrown) => refused(&thrown),
        Idb::DomException(exception) => refused(&exception),
        Idb::IndexedDbNotFound(_) => StoreError::Closed { why: "this browser has no IndexedDB".into() },
        // Its own texts for what cannot happen here would weigh more than all of this.
        _ => StoreError::Aborted { why: "IndexedDB gave an unexpected answer".into() },
    }
}
