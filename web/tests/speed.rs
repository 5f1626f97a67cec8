//! The browser's half of `cargo xtask bench`'s comparison: the engine in a dedicated worker.
#![cfg(target_arch = "wasm32")]

#[path = "../../tests/speed/cases.rs"]
mod cases;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn nanoseconds() -> f64 {
    let performance = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance"));
    let now = performance.as_ref().ok().and_then(|performance| {
        let now = js_sys::Reflect::get(performance, &JsValue::from_str("now")).ok()?;
        now.dyn_into::<js_sys::Function>().ok()?.call0(performance).ok()?.as_f64()
    });
    now.unwrap_or(0.0) * 1e6
}

#[wasm_bindgen_test]
fn everything() {
    cases::all(nanoseconds, |(name, ns)| console_log!("speed|{name}|{ns:.2}"));
}
