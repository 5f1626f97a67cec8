//! A second, small place that remembers which database held runs.
//!
//! A damaged database opens empty, as if it were new; a browser keeps all databases of an origin
//! in one place and loses them together. So the uuid of a database that holds a run is written
//! into the Cache API, which is kept elsewhere (a worker has no localStorage). Where that is
//! missing too, a loss cannot be told from a first visit. Clearing site data takes both: then
//! nothing is reported, rightly.

use super::js::{call, get, global, within};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// How long the browser may take to answer.
const ANSWER_MS: u32 = 2_000;

/// The uuid of the database of this name that last held a run.
pub(super) async fn read(name: &str) -> Option<String> {
    let read = async {
        let cache = open().await?;
        let response = within(call(&cache, "match", &[&address(name)?])?, ANSWER_MS).await?;
        within(call(&response, "text", &[])?, ANSWER_MS).await
    };
    read.await.ok()?.as_string()
}

/// Remembers that the database of this uuid holds a run. A browser that refuses is no reason to
/// fail: what is lost is a warning.
pub(super) async fn write(name: String, uuid: String) {
    let write = async {
        let cache = open().await?;
        let response: Function = global("Response")?.dyn_into()?;
        let response = Reflect::construct(&response, &Array::of1(&uuid.into()))?;
        within(call(&cache, "put", &[&address(&name)?, &response])?, ANSWER_MS).await
    };
    write.await.ok();
}

async fn open() -> Result<JsValue, JsValue> {
    within(call(&global("caches")?, "open", &[&"tabletop".into()])?, ANSWER_MS).await
}

/// The Cache API takes full addresses only where the worker's own begins with `blob:`.
fn address(name: &str) -> Result<JsValue, JsValue> {
    let origin = get(&js_sys::global(), "origin")?.as_string().unwrap_or_default();
    Ok(format!("{origin}/tabletop-sentinel/{name}").into())
}
