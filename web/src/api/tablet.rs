//! A shared-nothing tablet by itself.

use super::status::{self, Names};
use super::version_graph::{VersionGraph, stopped};
use super::{AnyRange, Thrown, error, from_js, imported, integer, natural, or_default, range, to_js};
use serde::{Deserialize, Serialize};
use tabletop_core::base::{PathId, RowsetId, SimTime, Version, VersionRange};
use tabletop_core::import::{Imported, ImportedRowset};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::rowset::{Overlap, RowsetMeta, Unknown};
use tabletop_core::tablet::{CaptureOptions, Keying, ModifyError, ModifyOptions, SweepRule, Tablet as Core};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// One tablet of one backend: live and stale rowsets, the version graph, the cumulative point.
///
/// Its clock stands still until it is told: `advance(600)`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Tablet {
    inner: Core,
    now: SimTime,
    next_id: u64,
    epoch_unix_ms: i64,
    zone_minutes: i32,
    /// What the rowsets of an imported tablet are called in their cluster.
    names: Names,
}

#[derive(Serialize)]
struct Stop {
    range: VersionRange,
    rowset: RowsetId,
    stale: bool,
    bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rowset {
    range: Option<AnyRange>,
    id: Option<u64>,
    bytes: u64,
    rows: u64,
    segments: u32,
    overlapping: bool,
    delete_predicate: bool,
}

impl Default for Rowset {
    fn default() -> Self {
        Self {
            range: None,
            id: None,
            bytes: 0,
            rows: 0,
            segments: 1,
            overlapping: false,
            delete_predicate: false,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    ttl_seconds: Option<u64>,
    by_size: bool,
    orphan_ratio_percent: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Replace {
    check: bool,
    keep_stale: bool,
}

impl Default for Replace {
    fn default() -> Self {
        Self { check: true, keep_stale: true }
    }
}

#[wasm_bindgen]
impl Tablet {
    /// A fresh tablet: one empty rowset `[0-1]`, no cumulative point.
    ///
    /// # Errors
    /// An unknown keying.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_optional_param_type = "Keying")] keying: JsValue) -> Thrown<Self> {
        let first = RowsetMeta::empty(RowsetId(1), VersionRange::new(0, 1), SimTime::ZERO);
        let tablet = Core::create(&[first], or_default::<Keying>("keying", keying)?);
        Ok(Self {
            inner: tablet,
            now: SimTime::ZERO,
            next_id: 2,
            epoch_unix_ms: 0,
            zone_minutes: 0,
            names: Names::new(),
        })
    }

    /// The tablet that a text of a cluster tells of; see `importText` for what the text said.
    ///
    /// # Errors
    /// Thrown with `line` and `column` where the text says nothing usable.
    #[wasm_bindgen(js_name = fromText)]
    pub fn from_text(text: &str) -> Thrown<Self> {
        let imported = imported(text)?;
        let lab = TabletLab::new(&scenarios::imported(imported.clone()), 0);
        Ok(Self::of(lab.tablet().clone(), lab.now(), Some(&imported)))
    }

    pub(super) fn of(inner: Core, now: SimTime, imported: Option<&Imported>) -> Self {
        let name = |rowset: &ImportedRowset| Some((rowset.meta.id, rowset.external_id.clone()?));
        let names: Names = imported.into_iter().flat_map(Imported::rowsets).filter_map(name).collect();
        // No new rowset takes a name that the text has given to another.
        let taken = names.values().filter_map(|name| status::number_of(name));
        let stale = inner.stale().map(|stale| stale.meta.id.0);
        let newest = inner.live().map(|meta| meta.id.0).chain(stale).chain(taken).max().unwrap_or(0);
        Self {
            inner,
            now,
            next_id: newest.saturating_add(1),
            epoch_unix_ms: imported.map_or(0, |imported| imported.epoch_unix_ms),
            zone_minutes: imported.and_then(|imported| imported.zone_minutes).unwrap_or(0),
            names,
        }
    }

    /// Virtual time in microseconds.
    #[wasm_bindgen(getter)]
    pub fn now(&self) -> u64 {
        self.now.micros()
    }

    /// Moves the clock on.
    ///
    /// # Errors
    /// Not a whole number of seconds.
    pub fn advance(&mut self, #[wasm_bindgen(unchecked_param_type = "Int")] seconds: JsValue) -> Thrown<()> {
        self.now = self.now + SimTime::from_secs(natural("seconds", seconds)?);
        Ok(())
    }

    /// The cumulative point; −1 before it is calculated.
    #[wasm_bindgen(getter)]
    pub fn point(&self) -> i64 {
        self.inner.point()
    }

    /// Moves the cumulative point.
    #[wasm_bindgen(setter)]
    pub fn set_point(&mut self, point: i64) {
        self.inner.set_point(point);
    }

    /// The newest version that a live rowset holds; −1 for none.
    #[wasm_bindgen(getter, js_name = maxVersion)]
    pub fn max_version(&self) -> i64 {
        if self.inner.live_len() == 0 { -1 } else { self.inner.max_version().end }
    }

    /// Publishes a rowset: at the next version, or at `range` where one is given.
    ///
    /// # Errors
    /// −908: a live rowset holds these versions already.
    #[wasm_bindgen(unchecked_return_type = "Rowset")]
    pub fn load(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "Partial<NewRowset>")] rowset: JsValue,
    ) -> Thrown<JsValue> {
        let rowset: Rowset = or_default("rowset", rowset)?;
        let next = VersionRange::single(self.max_version().saturating_add(1));
        let meta = self.meta(rowset, next);
        self.inner.add_inc_rowset(meta).map_err(|cause| error(cause.code(), cause))?;
        to_js(&meta)
    }

    /// Merges the live rowsets that cover exactly `[start, end]`; the inputs become a stale path.
    ///
    /// # Errors
    /// −504: live rowsets do not cover exactly this range.
    #[wasm_bindgen(unchecked_return_type = "Modified & { output: Rowset }")]
    pub fn compact(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    ) -> Thrown<JsValue> {
        let whole = range(start, end)?;
        let inputs: Vec<RowsetMeta> =
            self.inner.live().filter(|meta| whole.overlaps(meta.range)).copied().collect();
        let covered = inputs.first().is_some_and(|first| first.range.start == whole.start)
            && inputs.last().is_some_and(|last| last.range.end == whole.end)
            && inputs.windows(2).all(|pair| pair[0].range.end.checked_add(1) == Some(pair[1].range.start));
        if !covered {
            let text = format!("{whole} cannot be merged: live rowsets do not cover exactly these versions");
            return Err(error(-504, text));
        }
        let output = RowsetMeta {
            bytes: inputs.iter().fold(0, |sum: u64, meta| sum.saturating_add(meta.bytes)),
            rows: inputs.iter().fold(0, |sum: u64, meta| sum.saturating_add(meta.rows)),
            segments: 1,
            unknown: Unknown(inputs.iter().fold(0, |bits, meta| bits | meta.unknown.0) & 3),
            ..RowsetMeta::empty(self.fresh_id(), whole, self.now)
        };
        let delete: Vec<_> = inputs.iter().map(|meta| (meta.id, meta.range)).collect();
        let modified = self
            .inner
            .modify_rowsets(&[output], &delete, ModifyOptions::default(), self.now)
            .map_err(refused)?;
        to_js(&Compacted { stale_path: modified.stale_path, unused: modified.unused, output })
    }

    /// Replaces rowsets, as a compaction commits: `remove` names live rowsets by id and range.
    /// `check` refuses what is not live; `keepStale: false` is the design before July 2020.
    ///
    /// # Errors
    /// −504: a rowset to be replaced is not the live one of its range.
    #[wasm_bindgen(js_name = modifyRowsets, unchecked_return_type = "Modified")]
    pub fn modify_rowsets(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "NewRowset[]")] add: JsValue,
        #[wasm_bindgen(unchecked_param_type = "{ id: Int; range: AnyRange }[]")] remove: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "{ check?: boolean; keepStale?: boolean }")]
        options: JsValue,
    ) -> Thrown<JsValue> {
        #[derive(Deserialize)]
        struct Named {
            id: u64,
            range: AnyRange,
        }
        let options: Replace = or_default("options", options)?;
        let options = ModifyOptions { check: options.check, keep_stale: options.keep_stale };
        let mut metas = Vec::new();
        for rowset in from_js::<Vec<Rowset>>("add", add)? {
            if rowset.range.is_none() {
                return Err(error(0, "add: a rowset without a range"));
            }
            metas.push(self.meta(rowset, VersionRange::single(0)));
        }
        let remove: Vec<_> = from_js::<Vec<Named>>("remove", remove)?
            .into_iter()
            .map(|named| (RowsetId(named.id), VersionRange::from(named.range)))
            .collect();
        let modified = self.inner.modify_rowsets(&metas, &remove, options, self.now).map_err(refused)?;
        to_js(&modified)
    }

    /// Reads `[0, version]` (left out: the newest): the rowsets that answer it, in order.
    ///
    /// # Errors
    /// −230 where the version was merged away, else 6 (versions are missing), 33 or −804; with
    /// `partial` and `cause`.
    #[wasm_bindgen(unchecked_return_type = "Stop[]")]
    pub fn read(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] version: JsValue,
    ) -> Thrown<JsValue> {
        let version: Version =
            if version.is_undefined() { self.max_version() } else { integer("version", version)? };
        let mut path = Vec::new();
        let read = self.inner.capture(VersionRange::new(0, version), CaptureOptions::default(), &mut path);
        read.map_err(|cause| stopped(cause.code(), &cause, &path))?;
        let stops = path.iter().filter_map(|&range| {
            let meta = self.inner.rowset_at(range)?;
            let live = self.inner.live_holding(range.start).is_some_and(|live| live.range == range);
            Some(Stop { range, rowset: meta.id, stale: !live, bytes: meta.bytes })
        });
        to_js(&stops.collect::<Vec<_>>())
    }

    /// Takes the stale paths that are due now, after a test that the newest version stays readable.
    ///
    /// # Errors
    /// An unknown rule. A sweep that stops is no error: see `stopped`.
    #[wasm_bindgen(unchecked_return_type = "Sweep")]
    pub fn sweep(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "SweepRule")] rule: JsValue,
    ) -> Thrown<JsValue> {
        let rule: Rule = or_default("rule", rule)?;
        let usual = SweepRule::default();
        let rule = SweepRule {
            ttl: rule.ttl_seconds.map_or(usual.ttl, SimTime::from_secs),
            by_size: rule.by_size,
            orphan_ratio_percent: rule.orphan_ratio_percent.unwrap_or(usual.orphan_ratio_percent),
        };
        to_js(&self.inner.sweep(self.now, &rule))
    }

    /// Restarts the backend: what is in memory only is rebuilt from the persisted metas.
    pub fn restart(&mut self) {
        self.inner.restart();
    }

    /// Live rowsets by range.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Rowset[]")]
    pub fn live(&self) -> Thrown<JsValue> {
        to_js(&self.inner.live().collect::<Vec<_>>())
    }

    /// Stale rowsets by range.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "StaleRowset[]")]
    pub fn stale(&self) -> Thrown<JsValue> {
        to_js(&self.inner.stale().collect::<Vec<_>>())
    }

    /// Stale paths by id.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(js_name = stalePaths, unchecked_return_type = "StalePath[]")]
    pub fn stale_paths(&self) -> Thrown<JsValue> {
        to_js(&self.inner.stale_paths().collect::<Vec<_>>())
    }

    /// Runs of versions up to `version` (left out: the newest) that no live rowset holds.
    ///
    /// # Errors
    /// Not an integer.
    #[wasm_bindgen(unchecked_return_type = "Range[]")]
    pub fn missing(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "Int")] version: JsValue,
    ) -> Thrown<JsValue> {
        let upto = if version.is_undefined() { self.max_version() } else { integer("version", version)? };
        to_js(&self.inner.missed_ranges(upto).collect::<Vec<_>>())
    }

    /// A copy of the version graph as it is now.
    pub fn graph(&self) -> VersionGraph {
        VersionGraph::of(self.inner.graph().clone())
    }

    /// What a backend's `/api/compaction/show` would print; `fromText` reads it again.
    #[wasm_bindgen(js_name = statusDocument)]
    pub fn status_document(&self) -> String {
        status::document(&self.inner, &self.names, self.epoch_unix_ms, self.zone_minutes)
    }

    fn fresh_id(&mut self) -> RowsetId {
        let id = RowsetId(self.next_id);
        self.next_id += 1;
        id
    }

    fn meta(&mut self, rowset: Rowset, otherwise: VersionRange) -> RowsetMeta {
        let id = rowset.id.map_or_else(|| self.fresh_id(), RowsetId);
        self.next_id = self.next_id.max(id.0.saturating_add(1));
        RowsetMeta {
            bytes: rowset.bytes,
            rows: rowset.rows,
            segments: if rowset.delete_predicate { 0 } else { rowset.segments },
            overlap: if rowset.overlapping { Overlap::Overlapping } else { Overlap::NonOverlapping },
            delete_predicate: rowset.delete_predicate,
            ..RowsetMeta::empty(id, rowset.range.map_or(otherwise, VersionRange::from), self.now)
        }
    }
}

#[derive(Serialize)]
struct Compacted {
    stale_path: Option<PathId>,
    unused: Vec<RowsetMeta>,
    output: RowsetMeta,
}

fn refused(cause: ModifyError) -> JsValue {
    error(cause.code(), cause)
}
