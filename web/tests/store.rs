//! The store's contract: memory on the host, memory and IndexedDB in the browser.
//!
//! In the browser: `wasm-pack test --headless --chrome web --test store`; the same in a dedicated
//! worker, where the engine lives: `--test store_worker`.

mod store_suite;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
