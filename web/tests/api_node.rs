//! The JavaScript API in Node.js.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test")]

mod api_cases;
