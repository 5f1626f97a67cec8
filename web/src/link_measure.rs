//! The wire between the page and the worker that measures IndexedDB.
//!
//! ```text
//! page     spawns              <---- "ready" ----------  it listens
//!          [1000, 10000]       ---- numbers ---------->  measure::run
//!          null                ---- stop ------------->  between two transactions
//!                              <---- Said, a line each --  … done, stopped or failed: it ends
//! ```

use crate::measure::{self, Said};
use js_sys::Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

/// Where Trunk puts the worker's loader, beside the page.
const LOADER: &str = "./measure_loader.js";
/// What to say where it cannot be fetched.
const NO_WORKER: &str = "The part that measures could not be loaded. Reload the page and try again.";

/// The worker's entry point.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = JsValue::from(js_sys::global()).unchecked_into();
    let page = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        tell(&page, &Said::Failed(info.to_string()));
    }));
    let stop = Rc::new(Cell::new(false));
    let page = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let data = message.data();
        if data.is_null() {
            return stop.set(true);
        }
        let sizes: Vec<u32> =
            Array::from(&data).iter().filter_map(|size| Some(size.as_f64()? as u32)).collect();
        let (page, stop) = (page.clone(), Rc::clone(&stop));
        wasm_bindgen_futures::spawn_local(async move {
            measure::run(&sizes, stop, |said| tell(&page, &said)).await;
        });
    });
    scope.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    tell(&scope, &Said::Ready);
}

fn tell(page: &DedicatedWorkerGlobalScope, said: &Said) {
    // Fails only where the page is gone.
    page.post_message(&said.to_string().into()).ok();
}

/// A measurement under way; ends with the worker.
pub(crate) struct Measuring {
    worker: Worker,
}

impl Measuring {
    /// Asks it to stop; it removes its database first.
    pub(crate) fn stop(&self) {
        // Fails only where the worker is gone.
        self.worker.post_message(&JsValue::NULL).ok();
    }
}

/// Starts a measurement of inodes of so many chunk infos.
pub(crate) fn spawn(sizes: &[u32], hear: impl Fn(Said) + 'static) -> Option<Measuring> {
    let hear = Rc::new(hear);
    let Ok(worker) = Worker::new(LOADER) else {
        hear(Said::Failed(NO_WORKER.to_owned()));
        return None;
    };
    let (asked, sizes) = (worker.clone(), sizes.to_vec());
    let (ended, heard) = (RefCell::new(false), Rc::clone(&hear));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let line = message.data().as_string().unwrap_or_default();
        let said = line.parse().unwrap_or_else(|unheard: measure::Unheard| Said::Failed(unheard.to_string()));
        if said == Said::Ready {
            let sizes: Array = sizes.iter().map(|&size| JsValue::from(size)).collect();
            asked.post_message(&sizes).ok();
            return;
        }
        if matches!(said, Said::Done | Said::Stopped | Said::Failed(_)) {
            asked.terminate();
            if ended.replace(true) {
                return;
            }
        }
        heard(said);
    });
    worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    let on_error = Closure::<dyn Fn()>::new(move || hear(Said::Failed(NO_WORKER.to_owned())));
    worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
    Some(Measuring { worker })
}
