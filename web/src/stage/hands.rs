//! Wheel, mouse and fingers on the stage.

use super::Selection;
use super::ease::Within;
use super::easel::Easel;
use super::lane::overview_area;
use web_sys::{PointerEvent, WheelEvent};

/// Farther than this a press is a drag, px.
const SLOP: f32 = 4.0;

/// A click, and on what.
pub(super) struct Click(pub(super) Option<Selection>);

/// What the pointer is over, and where in the window.
pub(super) struct Over(pub(super) Option<(Selection, f64, f64)>);

/// What a gesture has to say.
#[derive(Default)]
pub(super) struct Said {
    /// A click.
    pub(super) select: Option<Click>,
    /// The pointer came over something else.
    pub(super) hover: Option<Over>,
    /// The viewport moved.
    pub(super) moved: bool,
    /// Something else is to be drawn.
    pub(super) redraw: bool,
}

/// Pointers that are down and what they are doing.
#[derive(Default)]
pub(super) struct Hands {
    down: Vec<(i32, f32, f32)>,
    origin: (f32, f32),
    dragging: bool,
    overview: bool,
}

impl Hands {
    /// Zooms at the pointer; sideways or with Shift it pans.
    pub(super) fn wheel(event: &WheelEvent, easel: &mut Easel) -> Said {
        // Lines and pages become pixels.
        let unit = match event.delta_mode() {
            0 => 1.0,
            1 => 16.0,
            _ => 400.0,
        };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        if event.shift_key() || dx.abs() > dy.abs() {
            easel.pan(-(if dx.abs() > dy.abs() { dx } else { dy }) as f32);
        } else {
            let rate = if event.ctrl_key() { 0.01 } else { 0.0018 };
            easel.zoom(event.offset_x() as f32, js_sys::Math::exp((-dy * rate).within(-0.7, 0.7)));
        }
        Said { moved: true, ..Said::default() }
    }

    /// One pointer event by its name.
    pub(super) fn pointer(&mut self, name: &str, event: &PointerEvent, easel: &mut Easel) -> Said {
        let at = (event.offset_x() as f32, event.offset_y() as f32);
        match name {
            "pointerdown" => self.press(event, at, easel),
            "pointermove" => self.motion(event, at, easel),
            "pointerup" => self.lift(event, at, easel),
            "pointercancel" => {
                self.down.retain(|p| p.0 != event.pointer_id());
                Said::default()
            }
            _ => hover(None, event, easel),
        }
    }

    fn press(&mut self, event: &PointerEvent, at: (f32, f32), easel: &mut Easel) -> Said {
        if event.button() > 0 {
            return Said::default();
        }
        let _ = easel.surface.canvas().set_pointer_capture(event.pointer_id());
        self.down.retain(|p| p.0 != event.pointer_id());
        self.down.push((event.pointer_id(), at.0, at.1));
        if self.down.len() == 1 {
            self.origin = at;
            self.dragging = false;
            let geometry = easel.surface.geometry(easel.props.phone, easel.props.zh);
            let zoomed = easel.axis.as_ref().is_some_and(|axis| !axis.whole());
            self.overview = zoomed && overview_area(&geometry).grown(7.0).holds(at.0, at.1);
            if self.overview {
                return self.scroll(at, easel);
            }
        } else {
            self.dragging = true;
        }
        Said::default()
    }

    fn scroll(&mut self, at: (f32, f32), easel: &mut Easel) -> Said {
        let geometry = easel.surface.geometry(easel.props.phone, easel.props.zh);
        let area = overview_area(&geometry);
        easel.centre(f64::from((at.0 - area.x) / area.w));
        self.dragging = true;
        Said { moved: true, ..Said::default() }
    }

    fn motion(&mut self, event: &PointerEvent, at: (f32, f32), easel: &mut Easel) -> Said {
        let Some(index) = self.down.iter().position(|p| p.0 == event.pointer_id()) else {
            let what = easel.scene.hit(at.0, at.1);
            return hover(what, event, easel);
        };
        if self.overview {
            return self.scroll(at, easel);
        }
        let was = self.down[index];
        self.down[index] = (was.0, at.0, at.1);
        if let [a, b, ..] = self.down[..] {
            // Two fingers: their distance zooms, their middle pans.
            let other = if index == 0 { b } else { a };
            let gap = |x: f32, y: f32| (x - other.1).hypot(y - other.2).max(8.0);
            easel.pan((at.0 - was.1) / 2.0);
            easel.zoom(f32::midpoint(at.0, other.1), f64::from(gap(at.0, at.1) / gap(was.1, was.2)));
            return Said { moved: true, ..Said::default() };
        }
        if !self.dragging && (at.0 - self.origin.0).abs() > SLOP {
            self.dragging = true;
            easel.pan(at.0 - self.origin.0);
        } else if self.dragging {
            easel.pan(at.0 - was.1);
        }
        if !self.dragging {
            return Said::default();
        }
        Said { moved: true, ..hover(None, event, easel) }
    }

    fn lift(&mut self, event: &PointerEvent, at: (f32, f32), easel: &mut Easel) -> Said {
        let held = self.down.iter().any(|p| p.0 == event.pointer_id());
        self.down.retain(|p| p.0 != event.pointer_id());
        if !held || self.dragging || self.overview {
            return Said::default();
        }
        Said { select: Some(Click(easel.scene.hit(at.0, at.1))), ..Said::default() }
    }
}

fn hover(what: Option<Selection>, event: &PointerEvent, easel: &mut Easel) -> Said {
    if easel.hover == what {
        return Said::default();
    }
    easel.hover = what;
    let hover = what.map(|what| (what, f64::from(event.client_x()), f64::from(event.client_y())));
    Said { hover: Some(Over(hover)), redraw: true, ..Said::default() }
}
