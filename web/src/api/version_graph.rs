//! The version graph by itself.

use super::{Thrown, error, from_js, integer, range, ranges, to_js, with};
use serde::Serialize;
use tabletop_core::base::{Version, VersionRange};
use tabletop_core::version_graph::{CaptureError, CaptureMode, UnknownVertex, VersionGraph as Graph};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Versions as vertices, rowsets as edges: which rowsets answer a read.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct VersionGraph {
    graph: Graph,
}

#[derive(Serialize)]
struct Vertex {
    version: Version,
    orphan: bool,
}

/// A walk that did not arrive, as an `Error` with what it had collected.
pub(super) fn stopped(code: i32, cause: &(impl ToString + Serialize), partial: &[VersionRange]) -> JsValue {
    let thrown = error(code, cause.to_string());
    let thrown = with(thrown, "cause", to_js(cause).unwrap_or_default());
    with(thrown, "partial", to_js(partial).unwrap_or_default())
}

fn unknown(cause: UnknownVertex) -> JsValue {
    error(cause.code(), cause)
}

#[wasm_bindgen]
impl VersionGraph {
    /// A graph without vertices.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn of(graph: Graph) -> Self {
        Self { graph }
    }

    /// A graph of rowsets, live and stale alike: `VersionGraph.fromRanges([[0, 1], [2, 5]])`.
    ///
    /// # Errors
    /// Something is not a range.
    #[wasm_bindgen(js_name = fromRanges)]
    pub fn from_ranges(#[wasm_bindgen(unchecked_param_type = "AnyRange[]")] list: JsValue) -> Thrown<Self> {
        Ok(Self::of(Graph::from_ranges(ranges("ranges", list)?)))
    }

    /// Adds a rowset's range. A range added twice has to be deleted twice.
    ///
    /// # Errors
    /// Not an integer.
    pub fn add(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    ) -> Thrown<()> {
        self.graph.add(range(start, end)?);
        Ok(())
    }

    /// Takes a range away; its vertices stay, as orphans where nothing else joins them.
    ///
    /// # Errors
    /// −1401: a vertex is unknown.
    pub fn delete(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    ) -> Thrown<()> {
        self.graph.delete(range(start, end)?).map_err(unknown)
    }

    /// Takes `parts` away and adds `whole`: a merge that keeps nothing.
    ///
    /// # Errors
    /// −1401: a vertex of a part is unknown; nothing has changed then.
    pub fn replace(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "AnyRange[]")] parts: JsValue,
        #[wasm_bindgen(unchecked_param_type = "AnyRange")] whole: JsValue,
    ) -> Thrown<()> {
        let whole = from_js::<super::AnyRange>("whole", whole)?.into();
        self.graph.replace(&ranges("parts", parts)?, whole).map_err(unknown)
    }

    /// The reference's walk: from each vertex the longest rowset that does not overshoot.
    ///
    /// # Errors
    /// Code 33 for a reversed range, 6 where the walk is stuck, with `partial` and `cause`.
    #[wasm_bindgen(unchecked_return_type = "Range[]")]
    pub fn capture(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    ) -> Thrown<JsValue> {
        let mut path = Vec::new();
        let walked = self.graph.capture(range(start, end)?, &mut path);
        arrived(walked, &path)
    }

    /// A shortest path wherever there is one; null where there is none.
    ///
    /// # Errors
    /// Not an integer.
    #[wasm_bindgen(js_name = captureComplete, unchecked_return_type = "Range[] | null")]
    pub fn capture_complete(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
    ) -> Thrown<JsValue> {
        to_js(&self.graph.capture_complete(range(start, end)?))
    }

    /// The walk of a cloud backend, which minds its file cache: `warm(range)` tells whether a
    /// rowset's data is cached. May end before the wanted end, or behind it.
    ///
    /// # Errors
    /// The walk's code, or what `warm` throws.
    #[wasm_bindgen(js_name = captureFiltered, unchecked_return_type = "Range[]")]
    pub fn capture_filtered(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CaptureMode")] mode: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Int")] end: JsValue,
        #[wasm_bindgen(unchecked_param_type = "(range: Range) => boolean")] warm: js_sys::Function,
    ) -> Thrown<JsValue> {
        let mode: CaptureMode = from_js("mode", mode)?;
        let wanted = range(start, end)?;
        // The walk takes a plain predicate; what the callback throws is kept and thrown after it.
        let thrown = core::cell::RefCell::new(None);
        let is_warm = |range: VersionRange| {
            let answer = to_js(&range).and_then(|range| warm.call1(&JsValue::NULL, &range));
            let keep = |error| {
                thrown.borrow_mut().get_or_insert(error);
                false
            };
            answer.map_or_else(keep, |value| value.is_truthy())
        };
        let mut path = Vec::new();
        let walked = self.graph.capture_filtered(mode, wanted, is_warm, &mut path);
        match thrown.into_inner() {
            Some(error) => Err(error),
            None => arrived(walked, &path),
        }
    }

    /// Every version `v` such that a path leads from `start` up to, not including, `v`.
    ///
    /// # Errors
    /// Not an integer.
    #[wasm_bindgen(js_name = reachableFrom, unchecked_return_type = "bigint[]")]
    pub fn reachable_from(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] start: JsValue,
    ) -> Thrown<JsValue> {
        to_js(&self.graph.reachable_from(integer("start", start)?))
    }

    /// All vertices, ascending.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Vertex[]")]
    pub fn vertices(&self) -> Thrown<JsValue> {
        let vertices: Vec<_> =
            self.graph.vertices().map(|(version, orphan)| Vertex { version, orphan }).collect();
        to_js(&vertices)
    }

    /// The vertices without an edge, ascending.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "bigint[]")]
    pub fn orphans(&self) -> Thrown<JsValue> {
        let orphans: Vec<_> =
            self.graph.vertices().filter_map(|(version, orphan)| orphan.then_some(version)).collect();
        to_js(&orphans)
    }

    /// All ranges, by start, then longest first; parallel ones are repeated.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Range[]")]
    pub fn ranges(&self) -> Thrown<JsValue> {
        to_js(&self.graph.ranges().collect::<Vec<_>>())
    }

    /// Number of vertices, orphans included.
    #[wasm_bindgen(getter, js_name = vertexCount)]
    pub fn vertex_count(&self) -> usize {
        self.graph.vertex_count()
    }

    /// Number of vertices without an edge.
    #[wasm_bindgen(getter, js_name = orphanCount)]
    pub fn orphan_count(&self) -> usize {
        self.graph.orphan_count()
    }

    /// Number of edges, parallel ones counted each.
    #[wasm_bindgen(getter, js_name = edgeCount)]
    pub fn edge_count(&self) -> usize {
        self.graph.edge_count()
    }
}

fn arrived(walked: Result<(), CaptureError>, path: &[VersionRange]) -> Thrown<JsValue> {
    match walked {
        Ok(()) => to_js(path),
        Err(cause) => Err(stopped(cause.code(), &cause, path)),
    }
}
