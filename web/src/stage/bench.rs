//! Paints many bricks on a real canvas, for `tests/stage_speed.rs`. Not part of the product.

use super::StageMode;
use super::axis::{Axis, Geometry, Viewport};
use super::canvas::{Surface, window};
use super::ink::Ink;
use super::layout::layout;
use super::sample::synthetic_view;
use tabletop_core::view::tablet::TabletView;
use web_sys::HtmlCanvasElement;

fn now_ms() -> f64 {
    window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// A drag over many bricks, frame by frame.
pub struct Pan {
    view: TabletView,
    surface: Surface,
    geometry: Geometry,
    viewport: Viewport,
}

impl Pan {
    /// Over `bricks` live and as many stale rowsets at a zoom; `None` without a 2D context.
    pub fn new(canvas: HtmlCanvasElement, bricks: usize, zoom: f64) -> Option<Self> {
        let surface = Surface::new(canvas)?;
        let geometry = surface.geometry(false, false);
        Some(Self {
            view: synthetic_view(bricks),
            surface,
            geometry,
            viewport: Viewport { offset: 0.0, zoom },
        })
    }

    /// Seven pixels on: ms for layout, ms for painting (submitted, not composed), shapes.
    pub fn frame(&mut self) -> (f64, f64, usize) {
        let start = now_ms();
        let axis = Axis::new(&self.view, &self.geometry, self.viewport);
        self.viewport = axis.panned(-7.0, &self.geometry);
        let scene = layout(&self.view, &self.geometry, self.viewport, 64 << 20, None, StageMode::Map, None);
        let laid_out = now_ms();
        self.surface.paint(&scene.shapes, Some(Ink::Stage));
        (laid_out - start, now_ms() - laid_out, scene.shapes.len())
    }
}
