//! Keys and values, and back: what comes back is hostile.

use super::js::refused_by_idb;
use crate::protocol::RunId;
use crate::store::{StoreError, TrashPiece};
use idb::KeyRange;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Largest run id that a key can hold exactly.
const RUN_MAX: u64 = 1 << 53;

/// The key of a run's part: the run alone, or a list that begins with it.
pub(super) fn key(run: RunId, part: &[u32]) -> JsValue {
    let run = JsValue::from(run.0 as f64);
    if part.is_empty() {
        return run;
    }
    let list = Array::of1(&run);
    for number in part {
        list.push(&JsValue::from(*number));
    }
    list.into()
}

/// All keys that are lists beginning with the run.
pub(super) fn beyond(run: RunId) -> Result<KeyRange, StoreError> {
    let run = JsValue::from(run.0 as f64);
    // A list sorts behind every number, so this is above each [run, number, ...].
    let (low, high) = (Array::of1(&run), Array::of2(&run, &Array::new()));
    KeyRange::bound(&low, &high, None, None).map_err(refused_by_idb)
}

/// Bytes as a value.
pub(crate) fn pack(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// The bytes of a value; none for anything else, which no decoder takes.
pub(crate) fn bytes_of(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}

fn whole(value: &JsValue, max: f64) -> Option<u64> {
    value.as_f64().filter(|number| (0.0..=max).contains(number) && number.fract() == 0.0).map(|it| it as u64)
}

/// The run of a key in `runs`.
pub(super) fn run_of(key: &JsValue) -> Option<RunId> {
    whole(key, RUN_MAX as f64).map(RunId)
}

/// A key that is a list of so many numbers; the run comes back cut to 32 bits and is not used.
pub(super) fn numbers<const N: usize>(key: &JsValue) -> Option<[u32; N]> {
    let list = key.dyn_ref::<Array>().filter(|list| list.length() as usize == N)?;
    let mut numbers = [0; N];
    for (index, number) in (0..).zip(&mut numbers) {
        let max = if index == 0 { RUN_MAX as f64 } else { f64::from(u32::MAX) };
        *number = whole(&list.get(index), max)? as u32;
    }
    Some(numbers)
}

/// A piece in the trash.
pub(super) fn piece_of(key: &JsValue, value: &JsValue) -> Option<TrashPiece> {
    let revision = whole(&key.dyn_ref::<Array>()?.get(1), RUN_MAX as f64)?;
    let value = value.dyn_ref::<Array>()?;
    let branch = whole(&value.get(0), f64::from(u32::MAX) + 1.0)?;
    let segment = whole(&value.get(1), f64::from(u32::MAX))? as u32;
    let branch = branch.checked_sub(1).map(|branch| branch as u32);
    Some(TrashPiece { branch, segment, revision, bytes: bytes_of(&value.get(2)) })
}
