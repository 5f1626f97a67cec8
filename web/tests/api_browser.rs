//! The JavaScript API in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test")]

mod api_cases;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
