//! Compaction policies as functions: rowsets and a configuration in, a pick with its reason out.

use super::{AnyRange, Thrown, error, from_js, or_default, to_js};
use serde::Deserialize;
use tabletop_core::base::{RowsetId, SimTime};
use tabletop_core::compaction::cumulative_point;
use tabletop_core::compaction::{Candidate, Config, Pick, Policy, TabletFacts, base};
use tabletop_core::rowset::Overlap;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A rowset as a caller writes it; what is left out is 0, data, one segment, local.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rowset {
    range: Option<AnyRange>,
    id: Option<u64>,
    bytes: u64,
    data_bytes: Option<u64>,
    segments: u32,
    overlap: Overlap,
    created_seconds: u64,
    level: u8,
    delete_predicate: bool,
    remote: bool,
}

impl Default for Rowset {
    fn default() -> Self {
        Self {
            range: None,
            id: None,
            bytes: 0,
            data_bytes: None,
            segments: 1,
            overlap: Overlap::default(),
            created_seconds: 0,
            level: 0,
            delete_predicate: false,
            remote: false,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    now_seconds: u64,
    tablet: TabletFacts,
    config: Config,
}

/// A question: rowsets in order of their end, and what else a policy looks at.
struct Question {
    rowsets: Vec<Candidate>,
    options: Options,
}

impl Question {
    fn new(rowsets: JsValue, options: JsValue) -> Thrown<Self> {
        let given: Vec<Rowset> = from_js("rowsets", rowsets)?;
        let mut rowsets = Vec::with_capacity(given.len());
        for (at, rowset) in given.into_iter().enumerate() {
            let range = rowset.range.ok_or_else(|| error(0, format_args!("rowsets[{at}] has no `range`")))?;
            rowsets.push(Candidate {
                id: RowsetId(rowset.id.unwrap_or(at as u64)),
                range: range.into(),
                bytes: rowset.bytes,
                data_bytes: rowset.data_bytes.unwrap_or(rowset.bytes),
                segments: rowset.segments,
                overlap: rowset.overlap,
                created_at: SimTime::from_secs(rowset.created_seconds),
                level: rowset.level,
                delete_predicate: rowset.delete_predicate,
                local: !rowset.remote,
            });
        }
        rowsets.sort_by_key(|rowset| rowset.range.end);
        Ok(Self { rowsets, options: or_default("options", options)? })
    }

    fn now(&self) -> SimTime {
        SimTime::from_secs(self.options.now_seconds)
    }

    fn pick(&self, policy: Policy) -> Pick {
        let all: Vec<_> = self.rowsets.iter().collect();
        policy.pick(&all, &self.options.tablet, &self.options.config, self.now())
    }
}

/// What the size-based policy merges among rowsets without a gap; the promotion size is
/// `options.tablet.promotion_bytes` (0: everything is promoted, as before the first calculation).
///
/// # Errors
/// Rowsets or options that are not what they should be.
#[wasm_bindgen(js_name = pickSizeBased, unchecked_return_type = "Pick")]
pub fn pick_size_based(
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    to_js(&Question::new(rowsets, options)?.pick(Policy::SizeBased))
}

/// The cloud's size-based policy; its promotion size comes from `options.tablet.base_bytes`.
///
/// # Errors
/// See `pickSizeBased`.
#[wasm_bindgen(js_name = pickCloudSizeBased, unchecked_return_type = "Pick")]
pub fn pick_cloud_size_based(
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    to_js(&Question::new(rowsets, options)?.pick(Policy::CloudSizeBased))
}

/// What the time-series policy merges; ages count from `options.nowSeconds`.
///
/// # Errors
/// See `pickSizeBased`.
#[wasm_bindgen(js_name = pickTimeSeries, unchecked_return_type = "Pick")]
pub fn pick_time_series(
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    to_js(&Question::new(rowsets, options)?.pick(Policy::TimeSeries))
}

/// What the number-based policy of 2019 to 2022 merged.
///
/// # Errors
/// See `pickSizeBased`.
#[wasm_bindgen(js_name = pickNumBased, unchecked_return_type = "Pick")]
pub fn pick_num_based(
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    to_js(&Question::new(rowsets, options)?.pick(Policy::NumBased))
}

/// What base compaction merges below `options.tablet.point`.
///
/// # Errors
/// See `pickSizeBased`.
#[wasm_bindgen(js_name = pickBase, unchecked_return_type = "Pick")]
pub fn pick_base(
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    let asked = Question::new(rowsets, options)?;
    let Options { tablet, config, .. } = &asked.options;
    to_js(&base::pick(&asked.rowsets, tablet, config, false, asked.now()))
}

/// What full compaction merges: all, from version 0 on and without a gap.
///
/// # Errors
/// See `pickSizeBased`.
#[wasm_bindgen(js_name = pickFull, unchecked_return_type = "Pick")]
pub fn pick_full(#[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue) -> Thrown<JsValue> {
    to_js(&base::full(&Question::new(rowsets, JsValue::UNDEFINED)?.rowsets))
}

/// The cumulative point of a tablet that has none: a `BigInt`, `null` where nothing tells it.
///
/// # Errors
/// An unknown policy; see `pickSizeBased`.
#[wasm_bindgen(js_name = cumulativePoint, unchecked_return_type = "bigint | null")]
pub fn cumulative_point_of(
    #[wasm_bindgen(unchecked_param_type = "Policy")] policy: JsValue,
    #[wasm_bindgen(unchecked_param_type = "PickRowset[]")] rowsets: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PickOptions")] options: JsValue,
) -> Thrown<JsValue> {
    let policy: Policy = from_js("policy", policy)?;
    let asked = Question::new(rowsets, options)?;
    let Options { tablet, config, .. } = &asked.options;
    to_js(&cumulative_point::calculate(policy, &asked.rowsets, tablet, config, asked.now()).0)
}
