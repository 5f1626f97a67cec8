//! From axis units to pixels and back.
//!
//! A screen scales and scrolls units. A phone gives each live rowset a column of its own, which
//! is a piecewise linear map put in front: everything else is drawn by the same code.

use super::ease::Within;
use tabletop_core::view::tablet::TabletView;

/// What part of the axis is on screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Left edge, in units (columns on a phone).
    pub offset: f64,
    /// 1 shows the whole axis.
    pub zoom: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { offset: 0.0, zoom: 1.0 }
    }
}

/// A size of the drawing and who looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Width, CSS px.
    pub width: f32,
    /// Height, CSS px.
    pub height: f32,
    /// Drawing scale: root font size over 16.
    pub scale: f32,
    /// One column per rowset, no row names.
    pub phone: bool,
    /// Chinese words.
    pub zh: bool,
}

impl Geometry {
    /// Left edge of the plot.
    pub fn left(&self) -> f32 {
        if self.phone { 14.0 } else { 76.0 * self.scale }
    }

    /// Right edge of the plot.
    pub fn right(&self) -> f32 {
        (self.width - if self.phone { 14.0 } else { 62.0 * self.scale }).max(self.left() + 40.0)
    }
}

/// Widest that a unit is ever drawn when the whole axis is shown, px.
const PX_PER_UNIT_FIT: f64 = 2.75;
/// Nearest zoom: px per unit.
const PX_PER_UNIT_MAX: f64 = 8.0;

/// The map from units to pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    left: f64,
    right: f64,
    offset: f64,
    scale: f64,
    span: f64,
    knots: Vec<(u32, f64)>,
}

impl Axis {
    /// The map for a view on a screen.
    pub fn new(view: &TabletView, geometry: &Geometry, viewport: Viewport) -> Self {
        let (left, right) = (f64::from(geometry.left()), f64::from(geometry.right()));
        let knots = if geometry.phone { columns(view) } else { Vec::new() };
        let span = knots.last().map_or_else(|| headroom(view.axis_units), |k| k.1).max(1.0);
        let fit = Self::fit_scale(right - left, span, geometry);
        let zoom = viewport.zoom.within(1.0, Self::zoom_max(right - left, span, geometry));
        let scale = fit * zoom;
        let offset = viewport.offset.within(0.0, (span - (right - left) / scale).max(0.0));
        Self { left, right, offset, scale, span, knots }
    }

    fn fit_scale(width: f64, span: f64, geometry: &Geometry) -> f64 {
        (width / span).min(PX_PER_UNIT_FIT * f64::from(geometry.scale))
    }

    fn zoom_max(width: f64, span: f64, geometry: &Geometry) -> f64 {
        (PX_PER_UNIT_MAX / Self::fit_scale(width, span, geometry)).max(1.0)
    }

    /// A place on screen.
    pub fn x(&self, unit: u32) -> f32 {
        (self.left + (self.column(unit) - self.offset) * self.scale) as f32
    }

    fn column(&self, unit: u32) -> f64 {
        if self.knots.is_empty() {
            return f64::from(unit);
        }
        let after = self.knots.partition_point(|k| k.0 <= unit);
        match (after.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(after)) {
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * f64::from(unit - a.0) / f64::from(b.0 - a.0),
            (Some(a), None) => a.1,
            (None, _) => 0.0,
        }
    }

    /// Whether a stretch touches the plot.
    pub fn shows(&self, x0: u32, x1: u32) -> bool {
        f64::from(self.x(x1)) >= self.left && f64::from(self.x(x0)) <= self.right
    }

    /// First and one past the last item of a sorted slice that touch the plot. Binary search.
    pub fn visible<T>(&self, items: &[T], edges: impl Fn(&T) -> (u32, u32)) -> (usize, usize) {
        let first = items.partition_point(|item| f64::from(self.x(edges(item).1)) < self.left - 1.0);
        let last = items.partition_point(|item| f64::from(self.x(edges(item).0)) <= self.right + 1.0);
        (first, last.max(first))
    }

    /// Units (columns on a phone) at a place on screen.
    pub fn at(&self, x: f32) -> f64 {
        self.offset + (f64::from(x) - self.left) / self.scale
    }

    /// Pixels per unit (column).
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Left and right edge of the plot.
    pub fn edges(&self) -> (f32, f32) {
        (self.left as f32, self.right as f32)
    }

    /// First and last unit (column) on screen, and the length of the whole.
    pub fn window(&self) -> (f64, f64, f64) {
        (self.offset, self.offset + (self.right - self.left) / self.scale, self.span)
    }

    /// Whether all of the axis is on screen.
    pub fn whole(&self) -> bool {
        (self.right - self.left) / self.scale >= self.span - 0.5
    }

    /// Zoomed by `factor` about a place on screen.
    pub fn zoomed(&self, x: f32, factor: f64, geometry: &Geometry) -> Viewport {
        let width = self.right - self.left;
        let fit = Self::fit_scale(width, self.span, geometry);
        let zoom = (self.scale / fit * factor).within(1.0, Self::zoom_max(width, self.span, geometry));
        let offset = self.at(x) - (f64::from(x) - self.left) / (fit * zoom);
        self.clamped(Viewport { offset, zoom }, fit)
    }

    /// Moved by so many pixels.
    pub fn panned(&self, dx: f32, geometry: &Geometry) -> Viewport {
        let fit = Self::fit_scale(self.right - self.left, self.span, geometry);
        let offset = self.offset - f64::from(dx) / self.scale;
        self.clamped(Viewport { offset, zoom: self.scale / fit }, fit)
    }

    fn clamped(&self, viewport: Viewport, fit: f64) -> Viewport {
        let shown = (self.right - self.left) / (fit * viewport.zoom);
        Viewport { offset: viewport.offset.within(0.0, (self.span - shown).max(0.0)), zoom: viewport.zoom }
    }
}

/// The axis with some room for what comes, so that not every load moves everything.
fn headroom(units: u32) -> f64 {
    let step = (units / 16).max(16).next_power_of_two();
    f64::from(units.max(1).div_ceil(step)) * f64::from(step)
}

/// A column per live rowset: wide ones for merged rowsets, narrow ones for single versions.
fn columns(view: &TabletView) -> Vec<(u32, f64)> {
    let mut knots: Vec<(u32, f64)> = vec![(0, 0.0)];
    let mut at = 0.0;
    for brick in &view.live {
        let width = if brick.range.is_single() {
            15.5
        } else {
            30.0 + (brick.range.len() as f64).min(400.0).sqrt() * 7.2
        };
        let last = knots.last().map_or(0, |k| k.0);
        if brick.x0 > last {
            at += 12.0;
            knots.push((brick.x0, at));
        }
        if brick.x1 > brick.x0.max(last) {
            at += width;
            knots.push((brick.x1, at));
        }
    }
    if view.axis_units > knots.last().map_or(0, |k| k.0) {
        knots.push((view.axis_units, at + 12.0));
    }
    knots
}

#[cfg(test)]
mod tests {
    use super::{Axis, Geometry, Viewport};
    use crate::stage::sample;

    const GEOMETRY: Geometry = Geometry { width: 880.0, height: 540.0, scale: 1.0, phone: false, zh: false };

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let view = sample::steady();
        let axis = Axis::new(&view, &GEOMETRY, Viewport::default());
        let before = axis.at(500.0);
        let near = Axis::new(&view, &GEOMETRY, axis.zoomed(500.0, 3.0, &GEOMETRY));
        assert!((near.at(500.0) - before).abs() < 1e-6);
        assert!(axis.whole() && !near.whole());
    }

    #[test]
    fn a_phone_has_a_column_per_rowset() {
        let view = sample::steady();
        let phone = Geometry { width: 390.0, height: 320.0, phone: true, ..GEOMETRY };
        let axis = Axis::new(&view, &phone, Viewport::default());
        let xs: Vec<f32> = view.live.iter().map(|b| axis.x(b.x0)).collect();
        assert!(xs.windows(2).all(|w| w[1] > w[0] + 10.0), "{xs:?}");
        assert!((axis.x(view.axis_units) - 376.0).abs() < 0.01);
    }
}
