//! What the stage component keeps between frames: viewport, the last picture, a tween under way.
//!
//! Nothing here calls back into the page. Methods give what is to be said, and the component
//! says it when the easel is no longer borrowed.

use super::axis::{Axis, Viewport};
use super::canvas::Surface;
use super::ink::Ink;
use super::layout::{layout, tallest};
use super::shape::{Edge, Form, Key, Mark, Scene, Shape};
use super::stage_canvas::StageCanvasProps;
use super::tween::{Plan, between};
use super::{Selection, StageOrder, same_frame};
use crate::protocol::Frame;
use std::rc::Rc;
use tabletop_core::view::tablet::TabletWindow;

/// A tween under way.
struct Motion {
    before: Vec<Shape>,
    plan: Plan,
    /// When it began; `None` until its first frame.
    since: Option<f64>,
}

/// The stage's state.
pub(super) struct Easel {
    pub(super) surface: Surface,
    pub(super) props: StageCanvasProps,
    pub(super) scene: Scene,
    pub(super) axis: Option<Axis>,
    pub(super) hover: Option<Selection>,
    viewport: Viewport,
    tallest: u64,
    motion: Option<Motion>,
    /// What the last frame of a tween painted.
    painted: Vec<Shape>,
    laid_out: bool,
    /// The theme changed: read the tokens with the next frame, when the page has set it.
    stale_tokens: bool,
    asked: TabletWindow,
}

impl Easel {
    pub(super) fn new(surface: Surface, props: StageCanvasProps) -> Self {
        Self {
            surface,
            props,
            scene: Scene::default(),
            axis: None,
            hover: None,
            viewport: Viewport::default(),
            tallest: 0,
            motion: None,
            painted: Vec::new(),
            laid_out: false,
            stale_tokens: false,
            asked: TabletWindow::ALL,
        }
    }

    /// Takes new properties. The next frame draws them.
    pub(super) fn accept(&mut self, props: StageCanvasProps) {
        let old = std::mem::replace(&mut self.props, props);
        self.stale_tokens |= old.theme != self.props.theme;
        if !same_frame(old.frame.as_ref(), self.props.frame.as_ref()) {
            self.next_frame(old.frame);
        } else if old.mode != self.props.mode {
            self.motion = None;
        }
        if old.order != self.props.order
            && let Some((_, order)) = self.props.order
        {
            self.obey(order);
        }
        self.laid_out = false;
    }

    fn next_frame(&mut self, old: Option<Rc<Frame>>) {
        let (Some(old), Some(frame)) = (old, self.props.frame.clone()) else {
            self.motion = None;
            if self.props.frame.is_some() {
                self.viewport = Viewport::default();
                self.tallest = 0;
            }
            return;
        };
        if old.state.run != frame.state.run {
            self.motion = None;
            self.viewport = Viewport::default();
            self.asked = TabletWindow::ALL;
            self.tallest = 0;
            return;
        }
        self.hold_scale(&old, &frame);
        // The answer to another window shows the same moment: nothing moves.
        let same = old.view.step == frame.view.step
            && old.view.now == frame.view.now
            && old.state.branch == frame.state.branch;
        if same {
            return;
        }
        match Plan::of(&frame, self.props.speed, self.props.reduced_motion) {
            Some(plan) => {
                let scrubbing =
                    plan == Plan::SEEK && self.motion.as_ref().is_some_and(|m| m.plan == Plan::SEEK);
                if scrubbing {
                    self.motion = None;
                    return;
                }
                let before = match self.motion.take() {
                    Some(motion) if motion.since.is_none() => motion.before,
                    Some(_) => std::mem::take(&mut self.painted),
                    None => std::mem::take(&mut self.scene.shapes),
                };
                self.motion = Some(Motion { before, plan, since: None });
            }
            // Time went on without a step: a tween under way goes on to the new end.
            None if frame.continues && frame.steps == 0 => {}
            None => self.motion = None,
        }
    }

    /// Keeps pixels per unit when the axis grows while zoomed in; stays at the newest end if there.
    fn hold_scale(&mut self, old: &Frame, frame: &Frame) {
        let Some(axis) = &self.axis else { return };
        if axis.whole() || self.props.phone {
            return;
        }
        let (_, to, _) = axis.window();
        let at_end = to + 8.0 >= f64::from(old.view.axis_units);
        let geometry = self.surface.geometry(self.props.phone, self.props.zh);
        let next = Axis::new(&frame.view, &geometry, Viewport::default());
        let grown = f64::from(frame.view.axis_units) - f64::from(old.view.axis_units);
        let offset = axis.window().0 + if at_end { grown } else { 0.0 };
        self.viewport = Viewport { offset, zoom: axis.scale() / next.scale() };
    }

    /// Carries out an order.
    fn obey(&mut self, order: StageOrder) {
        let Some(axis) = &self.axis else { return };
        let geometry = self.surface.geometry(self.props.phone, self.props.zh);
        let (left, right) = axis.edges();
        let (middle, sixth) = (f32::midpoint(left, right), (right - left) / 6.0);
        let next = match order {
            StageOrder::Fit => Viewport::default(),
            StageOrder::ZoomIn => axis.zoomed(middle, 1.6, &geometry),
            StageOrder::ZoomOut => axis.zoomed(middle, 1.0 / 1.6, &geometry),
            StageOrder::Left => axis.panned(sixth, &geometry),
            StageOrder::Right => axis.panned(-sixth, &geometry),
            StageOrder::Centre => {
                let chosen =
                    self.props.selected.and_then(|what| self.scene.hits.iter().find(|hit| hit.what == what));
                let newest = self.props.frame.as_ref().map_or(right, |f| axis.x(f.view.axis_units));
                let at = chosen.map_or(newest, |hit| hit.area.x + hit.area.w / 2.0);
                axis.panned(middle - at, &geometry)
            }
        };
        self.look(next);
    }

    /// Shows another part of the axis.
    pub(super) fn look(&mut self, viewport: Viewport) {
        if self.viewport != viewport {
            self.viewport = viewport;
            self.motion = None;
            self.laid_out = false;
        }
    }

    /// Zooms about a place.
    pub(super) fn zoom(&mut self, x: f32, factor: f64) {
        let geometry = self.surface.geometry(self.props.phone, self.props.zh);
        if let Some(axis) = &self.axis {
            let next = axis.zoomed(x, factor, &geometry);
            self.look(next);
            self.settle();
        }
    }

    /// Moves by pixels.
    pub(super) fn pan(&mut self, dx: f32) {
        let geometry = self.surface.geometry(self.props.phone, self.props.zh);
        if let Some(axis) = &self.axis {
            let next = axis.panned(dx, &geometry);
            self.look(next);
            self.settle();
        }
    }

    /// Centres a share of the whole axis, 0 to 1: a touch on the overview.
    pub(super) fn centre(&mut self, share: f64) {
        if let Some(axis) = &self.axis {
            let (from, to, span) = axis.window();
            let viewport = Viewport { offset: span * share - (to - from) / 2.0, ..self.viewport };
            self.look(viewport);
            self.settle();
        }
    }

    /// Recomputes the axis, so that the next of several events in a frame starts from it.
    fn settle(&mut self) {
        if let Some(frame) = &self.props.frame {
            let geometry = self.surface.geometry(self.props.phone, self.props.zh);
            self.axis = Some(Axis::new(&frame.view, &geometry, self.viewport));
        }
    }

    /// Forgets the layout: size or tokens changed.
    pub(super) fn invalidate(&mut self) {
        self.laid_out = false;
    }

    fn lay_out(&mut self) {
        let Some(frame) = &self.props.frame else {
            self.scene = Scene::default();
            return;
        };
        let geometry = self.surface.geometry(self.props.phone, self.props.zh);
        self.axis = Some(Axis::new(&frame.view, &geometry, self.viewport));
        if self.axis.as_ref().is_some_and(Axis::whole) {
            self.tallest = tallest(&frame.view);
        } else {
            self.tallest = self.tallest.max(tallest(&frame.view));
        }
        let selected = self.props.selected;
        let preview = self.props.preview.as_ref();
        let preview = preview.and_then(|(kind, picks, beside)| Some((*kind, picks.shown(*kind, *beside)?)));
        self.scene =
            layout(&frame.view, &geometry, self.viewport, self.tallest, selected, self.props.mode, preview);
        self.laid_out = true;
    }

    /// Draws one frame; whether another one is needed.
    pub(super) fn tick(&mut self, now: f64) -> bool {
        if std::mem::take(&mut self.stale_tokens) {
            self.surface.read_tokens();
        }
        let resized = self.surface.resize();
        if resized {
            // A picture of another size is no beginning.
            self.motion = None;
        }
        if resized || !self.laid_out {
            self.lay_out();
        }
        let mut more = false;
        if let Some(motion) = &mut self.motion {
            let since = *motion.since.get_or_insert(now);
            let progress = ((now - since) / f64::from(motion.plan.ms)) as f32;
            if progress < 1.0 {
                self.painted = between(&motion.before, &self.scene, motion.plan.story, progress);
                self.surface.paint(&self.painted, Some(Ink::Stage));
                more = true;
            } else {
                self.motion = None;
                self.painted = Vec::new();
            }
        }
        if !more {
            match self.hover_mark() {
                Some(mark) => {
                    self.scene.shapes.push(mark);
                    self.surface.paint(&self.scene.shapes, Some(Ink::Stage));
                    self.scene.shapes.pop();
                }
                None => self.surface.paint(&self.scene.shapes, Some(Ink::Stage)),
            }
        }
        more
    }

    /// An outline around the rowset under the pointer.
    fn hover_mark(&self) -> Option<Shape> {
        let Some(Selection::Rowset(id)) = self.hover else { return None };
        let shape = self.scene.shapes.iter().find(|s| s.key == Key::new(Mark::Rowset, id.0))?;
        let edge = Edge::solid(Ink::Ink, 1.5);
        let form = match &shape.form {
            Form::Brick(brick) => {
                Form::Rect { area: brick.area.grown(0.5), radius: 2.5, fill: None, edge: Some(edge) }
            }
            Form::Arc { x0, x1, y, h, edge: was } => {
                Form::Arc { x0: *x0, x1: *x1, y: *y, h: *h, edge: Edge { ink: Ink::Ink, ..*was } }
            }
            _ => return None,
        };
        Some(Shape { key: Key::new(Mark::Frame, 9), layer: 9, alpha: 1.0, form })
    }

    /// The window to ask for, where the last one asked for does not do.
    pub(super) fn window(&mut self) -> Option<TabletWindow> {
        let (axis, frame) = (self.axis.as_ref()?, self.props.frame.as_ref()?);
        let (from, to, _) = axis.window();
        let per_pixel =
            if self.props.phone { f64::from(frame.view.axis_units) / 4_000.0 } else { 1.0 / axis.scale() };
        // Powers of two, so that zooming a little does not ask again.
        let join_below = if per_pixel < 1.0 { 0 } else { 1 << (per_pixel as u32).ilog2() };
        let wanted = if axis.whole() || self.props.phone {
            TabletWindow { join_below, ..TabletWindow::ALL }
        } else {
            let margin = (to - from) / 2.0;
            TabletWindow { from: (from - margin).max(0.0) as u32, to: (to + margin) as u32, join_below }
        };
        let asked = self.asked;
        let covered = f64::from(asked.from) <= from && (asked.to == u32::MAX || f64::from(asked.to) >= to);
        if asked.join_below == join_below && covered {
            return None;
        }
        self.asked = wanted;
        Some(wanted)
    }
}
