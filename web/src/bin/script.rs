//! The interpreter of policies of one's own, a module that the engine loads when it needs it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// Answers the engine: bytes in and out as `tabletop_web::script_part` says.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
pub fn answer(asked: &[u8]) -> Vec<u8> {
    tabletop_web::script_part::serve(asked)
}

fn main() {}
