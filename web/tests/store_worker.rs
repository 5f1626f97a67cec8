//! The store's contract in a dedicated worker, where the engine lives. See `store.rs`.
#![cfg(target_arch = "wasm32")]

mod store_suite;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
