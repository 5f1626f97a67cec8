//! The JavaScript API: the mechanisms by themselves, for a notebook or Node.js.
//!
//! ```text
//! const tablet = Tablet.fromText(await readFile("show.json", "utf8"));
//! tablet.compact(25617, 25919);
//! try { tablet.read(25913) } catch (error) { error.code }     // -230
//! ```
//!
//! Versions, ids and times are `BigInt`s (64 bits) on the way out and `BigInt`s or whole
//! `Number`s on the way in; small counts are `Number`s. Whatever is refused is thrown as an
//! `Error` with the reference's `code`. Objects hold wasm memory until `free()` or until they
//! are collected.
//!
//! Behind the feature `api`: exports of a library stay in every binary that links it, and the
//! page needs none of these.

mod cloud;
mod inode;
mod lab;
mod load;
mod playing;
mod policy;
mod run;
mod schema;
mod status;
mod tablet;
mod types;
mod version_graph;

pub use cloud::calc_sync_versions;
pub use inode::{InodeStore, decode_chunk_infos, encode_chunk_infos, visible_list};
pub use lab::LabRun;
pub use load::{convert_rowset, outage, read_rowset, read_with_limit, restart_micros, write_rowset};
pub use policy::{
    cumulative_point_of, pick_base, pick_cloud_size_based, pick_full, pick_num_based, pick_size_based,
    pick_time_series,
};
pub use run::Run;
pub use schema::SchemaService;
pub use tablet::Tablet;
pub use version_graph::VersionGraph;

use core::fmt::Display;
use js_sys::{Error, Reflect};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use tabletop_core::base::{Digest, Version, VersionRange};
use tabletop_core::import;
use tabletop_core::lab::Rejection;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a call gives back, or an `Error` to throw.
type Thrown<T> = Result<T, JsValue>;

/// An `Error` with a `code`: the reference's where it has one, else 0.
fn error(code: i32, text: impl Display) -> JsValue {
    let error = Error::new(&text.to_string());
    error.set_name("TabletopError");
    with(error.into(), "code", code)
}

/// The error with one more property.
fn with(error: JsValue, property: &str, value: impl Into<JsValue>) -> JsValue {
    // An Error is an ordinary object: setting a property of it cannot fail.
    let _ = Reflect::set(&error, &property.into(), &value.into());
    error
}

/// Plain objects; every 64-bit integer is a `BigInt`, what is absent is `null`.
fn to_js(value: &(impl Serialize + ?Sized)) -> Thrown<JsValue> {
    let serializer = Serializer::new()
        .serialize_large_number_types_as_bigints(true)
        .serialize_missing_as_null(true)
        .serialize_maps_as_objects(true);
    value.serialize(&serializer).map_err(|cause| error(0, cause))
}

fn hex(digest: Digest) -> String {
    format!("{:016x}", digest.0)
}

/// What a rule of a lab refused.
fn rejected(why: Rejection) -> JsValue {
    let thrown = with(error(why.code, &why), "key", why.key);
    with(thrown, "numbers", to_js(&why.numbers).unwrap_or_default())
}

fn from_js<T: for<'de> Deserialize<'de>>(what: &str, value: JsValue) -> Thrown<T> {
    serde_wasm_bindgen::from_value(value).map_err(|cause| error(0, format_args!("{what}: {cause}")))
}

/// What may be left out altogether.
fn or_default<T: Default + for<'de> Deserialize<'de>>(what: &str, value: JsValue) -> Thrown<T> {
    if value.is_undefined() || value.is_null() { Ok(T::default()) } else { from_js(what, value) }
}

/// A version, a time or an id from a `BigInt` or a whole `Number`.
fn integer(what: &str, value: JsValue) -> Thrown<i64> {
    from_js(what, value)
}

fn natural(what: &str, value: JsValue) -> Thrown<u64> {
    from_js(what, value)
}

fn range(start: JsValue, end: JsValue) -> Thrown<VersionRange> {
    Ok(VersionRange::new(integer("start", start)?, integer("end", end)?))
}

/// `[start, end]` or `{ start, end }`.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyRange {
    Pair(Version, Version),
    Named { start: Version, end: Version },
}

impl From<AnyRange> for VersionRange {
    fn from(range: AnyRange) -> Self {
        match range {
            AnyRange::Pair(start, end) | AnyRange::Named { start, end } => Self::new(start, end),
        }
    }
}

fn ranges(what: &str, value: JsValue) -> Thrown<Vec<VersionRange>> {
    Ok(from_js::<Vec<AnyRange>>(what, value)?.into_iter().map(VersionRange::from).collect())
}

/// Reads what a cluster prints (a reply of `/api/compaction/show`, a tablet header, rowset
/// texts, rows of `information_schema.rowsets`) and tells all of it, with what was assumed.
///
/// # Errors
/// Thrown with `line` and `column` (from 1) where the text says nothing usable.
#[wasm_bindgen(js_name = importText, unchecked_return_type = "Imported")]
pub fn import_text(text: &str) -> Thrown<JsValue> {
    to_js(&imported(text)?)
}

fn imported(text: &str) -> Thrown<import::Imported> {
    import::import(text).map_err(|cause| {
        let error = with(error(0, &cause), "line", cause.line);
        with(error, "column", cause.column)
    })
}
