//! The drawing as a file of its own, with the colours of the page's theme.

use super::axis::{Geometry, Viewport};
use super::canvas::window;
use super::layout::layout;
use super::preview::Preview;
use super::{Selection, StageMode, svg};
use crate::protocol::Frame;

/// The whole axis of a frame as an SVG document at the design size.
pub fn export_svg(
    frame: &Frame,
    mode: StageMode,
    selected: Option<Selection>,
    preview: Option<Preview>,
    zh: bool,
) -> String {
    let geometry = Geometry { width: 1_120.0, height: 600.0, scale: 1.0, phone: false, zh };
    let scene = layout(&frame.view, &geometry, Viewport::default(), 0, selected, mode, preview);
    let style = window().and_then(|w| {
        let root = w.document()?.document_element()?;
        w.get_computed_style(&root).ok().flatten()
    });
    svg::document(&scene, |ink| {
        let value = style.as_ref().and_then(|s| s.get_property_value(ink.token()).ok()).unwrap_or_default();
        if value.is_empty() { String::from("#777") } else { value.trim().to_owned() }
    })
}
