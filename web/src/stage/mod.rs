//! How does a view become a picture, and how does one picture become the next?
//!
//! ```text
//! TabletView --layout--> Scene (shapes with stable keys, hits) --tween--> shapes --paint--> canvas
//!                                                                              \--svg----> file
//! ```
//!
//! Everything up to the pens (`svg`, `canvas`) is pure and runs on the host. What paints
//! and listens (`StageCanvas`, `TimelineStrip`, `sparkline`) exists in the browser only.
//!
//! Invariant *same shapes*: canvas and SVG draw the same `Scene` through one
//! `paint` routine, so an exported drawing shows what the screen showed.

use crate::protocol::Frame;
use tabletop_core::base::{PathId, ReaderId, RowsetId, Version};

#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a browser has a pointer"))]
mod about;
pub mod axis;
pub(crate) mod ease;
mod graph;
pub mod ink;
mod lane;
pub mod layout;
mod legend;
mod limits;
mod map;
mod marks;
pub mod paint;
#[cfg(test)]
mod pictures;
pub mod preview;
mod reads;
#[doc(hidden)]
pub mod sample;
pub mod shape;
pub mod spark;
mod stale;
pub mod svg;
pub mod timeline;
pub mod tween;
pub mod words;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bench;
#[cfg(target_arch = "wasm32")]
pub(crate) mod canvas;
#[cfg(target_arch = "wasm32")]
mod easel;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod hands;
#[cfg(target_arch = "wasm32")]
pub(crate) mod pulse;
#[cfg(target_arch = "wasm32")]
mod sparkline;
#[cfg(target_arch = "wasm32")]
mod stage_canvas;
#[cfg(target_arch = "wasm32")]
mod timeline_strip;

#[cfg(target_arch = "wasm32")]
pub use export::export_svg;
#[cfg(target_arch = "wasm32")]
pub use sparkline::sparkline;
#[cfg(target_arch = "wasm32")]
pub use stage_canvas::{StageCanvas, StageCanvasProps, StageSaid};
#[cfg(target_arch = "wasm32")]
pub use timeline_strip::{TimelineStrip, TimelineStripProps};

/// Which of the two drawings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StageMode {
    /// Rowsets as bricks over the version axis.
    #[default]
    Map,
    /// Vertices on a line, rowsets as arcs.
    Graph,
}

/// What is selected, here and in every table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A rowset, live or stale.
    Rowset(RowsetId),
    /// A version of the axis.
    Version(Version),
    /// A read.
    Reader(ReaderId),
    /// A stale path.
    Path(PathId),
}

/// A request to move the viewport, from a button or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageOrder {
    /// The whole axis.
    Fit,
    /// Nearer, about the middle.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// A sixth of the width to the left.
    Left,
    /// A sixth of the width to the right.
    Right,
    /// The selection, else the newest version, in the middle.
    Centre,
}

/// What lies under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Hover {
    /// What it is.
    pub selection: Selection,
    /// Where the pointer is, CSS pixels from the left edge of the window.
    pub x: f64,
    /// CSS pixels from the top edge of the window.
    pub y: f64,
    /// What to say about it, first line first, in the language of the page.
    pub lines: Vec<String>,
}

/// Whether two frames are the same one: frames are compared by address, never by content.
pub fn same_frame(a: Option<&std::rc::Rc<Frame>>, b: Option<&std::rc::Rc<Frame>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => std::rc::Rc::ptr_eq(a, b),
        _ => false,
    }
}
