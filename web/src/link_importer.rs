//! The wire between the engine and the worker that reads pasted text.
//!
//! ```text
//! engine   spawns                <---- nothing ----  it listens now
//!          the text              ---- bytes ------>  reader::read
//!          done, worker ends     <---- postcard ---  Outcome
//! ```
//!
//! One worker per text: what a large one took is given back at once.

use crate::engine::reader::{self, Outcome};
use core::pin::Pin;
use gloo::timers::callback::Timeout;
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

/// Where Trunk puts the worker's loader, beside the engine's.
const LOADER: &str = "./importer_loader.js";
/// A worker that cannot be fetched says nothing: this long it may take, ms. The largest text takes
/// a second.
const WAIT_MS: u32 = 60_000;
/// What to do about it.
const NO_READER: &str = "The part that reads pasted text could not be loaded. Reload the page and try again.";

/// The worker's entry point.
pub fn run() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = JsValue::from(js_sys::global()).unchecked_into();
    let engine = scope.clone();
    let on_text = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let outcome = reader::read(&Uint8Array::new(&message.data()).to_vec());
        let bytes = postcard::to_allocvec(&outcome).unwrap_or_default();
        engine.post_message(&Uint8Array::from(bytes.as_slice())).ok();
    });
    scope.set_onmessage(Some(on_text.into_js_value().unchecked_ref()));
    scope.post_message(&JsValue::NULL).ok();
}

/// Has a text read in a worker.
pub fn read(text: &[u8]) -> Pin<Box<dyn Future<Output = Result<Outcome, String>>>> {
    let text = Uint8Array::from(text);
    Box::pin(async move {
        let answer = JsFuture::from(Promise::new(&mut |done, failed| ask(&text, done, failed))).await;
        let bytes = answer.map_err(|_| NO_READER.to_owned())?;
        postcard::from_bytes(&Uint8Array::new(&bytes).to_vec())
            .map_err(|_| "The page and the part that reads pasted text are of different builds.".to_owned())
    })
}

/// Starts a worker, gives it the text once it listens, and ends it when it has answered.
fn ask(text: &Uint8Array, done: Function, failed: Function) {
    let Ok(worker) = Worker::new(LOADER) else {
        failed.call0(&JsValue::NULL).ok();
        return;
    };
    let (importer, text) = (worker.clone(), text.clone());
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let data = message.data();
        if data.is_null() {
            // Handed over, not copied: it may be 50 MB.
            importer.post_message_with_transfer(&text, &Array::of1(&text.buffer())).ok();
        } else {
            importer.terminate();
            done.call1(&JsValue::NULL, &data).ok();
        }
    });
    worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    worker.set_onerror(Some(&failed));
    // Settling twice changes nothing, nor does ending a worker twice.
    Timeout::new(WAIT_MS, move || {
        worker.terminate();
        failed.call0(&JsValue::NULL).ok();
    })
    .forget();
}
