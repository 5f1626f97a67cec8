//! Paints many bricks on a real canvas, for `tests/stage_speed.rs`. Not part of the product.

use super::StageMode;
use super::axis::{Axis, Viewport};
use super::canvas::{Surface, window};
use super::ink::Ink;
use super::layout::layout;
use super::sample::synthetic_view;
use web_sys::HtmlCanvasElement;

fn now_ms() -> f64 {
    window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// Pans over `bricks` live and as many stale rowsets for 120 frames at a zoom; ms of each frame
/// for layout and for painting (submitted, not composed).
pub fn pan(canvas: HtmlCanvasElement, bricks: usize, zoom: f64) -> Vec<(f64, f64)> {
    let view = synthetic_view(bricks);
    let Some(surface) = Surface::new(canvas) else { return Vec::new() };
    let geometry = surface.geometry(false, false);
    let axis = Axis::new(&view, &geometry, Viewport { offset: 0.0, zoom });
    let mut viewport = axis.panned(0.0, &geometry);
    let mut frames = Vec::with_capacity(120);
    for _ in 0..120 {
        let start = now_ms();
        let axis = Axis::new(&view, &geometry, viewport);
        viewport = axis.panned(-7.0, &geometry);
        let scene = layout(&view, &geometry, viewport, 64 << 20, None, StageMode::Map);
        let laid_out = now_ms();
        surface.paint(&scene.shapes, Some(Ink::Stage));
        frames.push((laid_out - start, now_ms() - laid_out));
    }
    frames
}
