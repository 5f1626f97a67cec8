//! Rowset formats, reading with LIMIT, and what rewriting all rowset metas costs.

use super::{Thrown, error, from_js, natural, or_default, to_js};
use serde::{Deserialize, Serialize};
use tabletop_core::rowset::format::{self, Format, Row};
use tabletop_core::rowset::limit::Scan;
use tabletop_core::rowset::upgrade::{self, RestartCost};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScanOptions {
    block_rows: Option<u64>,
    round_rows: Option<u64>,
    pass_per_mille: Option<u64>,
    counts: Option<bool>,
}

/// Reads tablets of so many rows each until `limit` rows are delivered, as the scanners of a backend do: in
/// rounds that end when the statistic `raw_rows_read` has grown enough. With `counts: false` the statistic
/// stays 0, no round ends, and every tablet is read to its end.
///
/// # Errors
/// Not whole numbers.
#[wasm_bindgen(js_name = readWithLimit, unchecked_return_type = "Scanned")]
pub fn read_with_limit(
    #[wasm_bindgen(unchecked_param_type = "Int[]")] tablets: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Int")] limit: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "ScanOptions")] options: JsValue,
) -> Thrown<JsValue> {
    let tablets: Vec<u64> = from_js("tablets", tablets)?;
    let given: ScanOptions = or_default("options", options)?;
    let rule = Scan::default();
    let scan = Scan {
        block_rows: given.block_rows.unwrap_or(rule.block_rows),
        round_rows: given.round_rows.unwrap_or(rule.round_rows),
        pass: given.pass_per_mille.unwrap_or(rule.pass),
        counts: given.counts.unwrap_or(rule.counts),
    };
    to_js(&scan.read(&tablets, natural("limit", limit)?))
}

/// How long a backend is down, in microseconds, that converts `metas` rowset metas of `metaMicros` each at
/// its start, which takes `baseMicros` without any.
///
/// # Errors
/// Not whole numbers.
#[wasm_bindgen(js_name = restartMicros)]
pub fn restart_micros(
    #[wasm_bindgen(unchecked_param_type = "Int")] metas: JsValue,
    #[wasm_bindgen(js_name = baseMicros, unchecked_param_type = "Int")] base: JsValue,
    #[wasm_bindgen(js_name = metaMicros, unchecked_param_type = "Int")] meta: JsValue,
) -> Thrown<u64> {
    let cost = RestartCost { base_us: natural("baseMicros", base)?, meta_us: natural("metaMicros", meta)? };
    Ok(cost.down_us(natural("metas", metas)?))
}

#[derive(Serialize)]
struct Outage {
    placements: u32,
    #[serde(flatten)]
    lost: upgrade::Outage,
}

/// Of the placements of replicas on neighbouring backends, how many cannot be read (no replica is up) or
/// written (no majority is).
///
/// # Errors
/// Not a list of booleans.
#[wasm_bindgen(unchecked_return_type = "Outage")]
pub fn outage(
    #[wasm_bindgen(unchecked_param_type = "boolean[]")] up: JsValue,
    replicas: u32,
) -> Thrown<JsValue> {
    let up: Vec<bool> = from_js("up", up)?;
    to_js(&Outage { placements: up.len() as u32, lost: upgrade::outage(&up, replicas) })
}

#[derive(Serialize)]
struct Contents {
    format: Format,
    rows: Vec<(u64, i64)>,
}

fn opened(bytes: Vec<u8>) -> Thrown<Box<dyn format::Rowset>> {
    format::open(bytes).map_err(|cause| error(0, cause))
}

/// Stores rows (key, value) by row (`"Alpha"`) or by column (`"Beta"`).
///
/// # Errors
/// No such format, no such rows, or rows that are not in order of their keys.
#[wasm_bindgen(js_name = writeRowset)]
pub fn write_rowset(
    #[wasm_bindgen(unchecked_param_type = "RowsetFormat")] format: JsValue,
    #[wasm_bindgen(unchecked_param_type = "[Int, Int][]")] rows: JsValue,
) -> Thrown<Vec<u8>> {
    let format: Format = from_js("format", format)?;
    let pairs: Vec<(u64, i64)> = from_js("rows", rows)?;
    if let Some(at) = pairs.windows(2).position(|pair| pair[0].0 > pair[1].0) {
        return Err(error(0, format_args!("rows: row {} has a smaller key than row {at}", at + 1)));
    }
    let rows: Vec<Row> = pairs.into_iter().map(|(key, value)| Row { key, value }).collect();
    Ok(format::write(format, &rows))
}

/// Reads a rowset of either format.
///
/// # Errors
/// The bytes are no rowset, or damaged; the text says at which byte.
#[wasm_bindgen(js_name = readRowset, unchecked_return_type = "RowsetContents")]
pub fn read_rowset(bytes: Vec<u8>) -> Thrown<JsValue> {
    let rowset = opened(bytes)?;
    let rows = format::read_all(&*rowset).map_err(|cause| error(0, cause))?;
    to_js(&Contents {
        format: rowset.format(),
        rows: rows.into_iter().map(|row| (row.key, row.value)).collect(),
    })
}

/// A rowset of either format in a given one.
///
/// # Errors
/// As [`read_rowset`]; the old bytes are as they were.
#[wasm_bindgen(js_name = convertRowset)]
pub fn convert_rowset(
    bytes: Vec<u8>,
    #[wasm_bindgen(unchecked_param_type = "RowsetFormat")] format: JsValue,
) -> Thrown<Vec<u8>> {
    let format: Format = from_js("format", format)?;
    format::convert(&*opened(bytes)?, format).map_err(|cause| error(0, cause))
}
