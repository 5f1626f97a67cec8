//! What a backend of Doris in cloud mode has to fetch.

use super::{Thrown, from_js, or_default, range, to_js};
use serde::Deserialize;
use tabletop_core::cloud::{SyncCursor, SyncRule};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Deserialize)]
#[serde(default)]
struct Counts {
    base: i64,
    cumulative: i64,
    full: i64,
    point: i64,
}

impl Default for Counts {
    fn default() -> Self {
        let SyncCursor { base, cumulative, full, point } = SyncCursor::NEW;
        Self { base, cumulative, full, point }
    }
}

impl From<Counts> for SyncCursor {
    fn from(Counts { base, cumulative, full, point }: Counts) -> Self {
        Self { base, cumulative, full, point }
    }
}

/// The ranges of versions that a backend whose compaction counts and point are `backend` needs when the
/// meta-service is at `meta` and it asks for `[start, end]`, each with why; at most three. `rule` is
/// `"Newest"`, or `"WithoutFull"` for the one before apache/doris#55630, which can lose a rowset for good.
///
/// # Errors
/// Not whole numbers, or no such rule.
#[wasm_bindgen(js_name = calcSyncVersions, unchecked_return_type = "SyncRange[]")]
pub fn calc_sync_versions(
    #[wasm_bindgen(unchecked_param_type = "SyncCounts")] backend: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SyncCounts")] meta: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "\"Newest\" | \"WithoutFull\"")] rule: JsValue,
) -> Thrown<JsValue> {
    let backend: Counts = from_js("backend", backend)?;
    let meta: Counts = from_js("meta", meta)?;
    let rule: SyncRule = or_default("rule", rule)?;
    let asked = range(start, end)?;
    to_js(&tabletop_core::cloud::calc_sync_versions(&backend.into(), &meta.into(), asked, rule))
}
