//! The strip under the transport: event density, flags, branches, the playhead.

use super::canvas::Surface;
use super::ease::Within;
use super::ink::Ink;
use super::pulse::Pulse;
use super::timeline::{StripGeometry, TimeScale, timeline};
use crate::protocol::{RunState, Series, Target};
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, HtmlCanvasElement, PointerEvent, ResizeObserver, WheelEvent};

/// What [`TimelineStrip`] is told.
#[expect(missing_debug_implementations, reason = "holds a function")]
pub struct TimelineStripProps {
    /// Density of events.
    pub series: Rc<Series>,
    /// Cursor, flags, branches.
    pub state: Rc<RunState>,
    /// A click or a drag; at most once a frame.
    pub on_seek: Rc<dyn Fn(Target)>,
    /// Chinese words.
    pub zh: bool,
    /// Any change makes the strip read the tokens again.
    pub theme: u32,
    /// Density and playhead only.
    pub phone: bool,
}

/// What the strip keeps between frames.
struct Strip {
    surface: Surface,
    props: TimelineStripProps,
    scale: TimeScale,
    /// Left edge and zoom of what is shown.
    view: (f32, f32),
    pressed: bool,
    /// The theme changed: read the tokens with the next frame, when the page has set it.
    stale_tokens: bool,
    /// Where to go with the next frame.
    wanted: Option<Target>,
}

impl Strip {
    fn geometry(&self) -> StripGeometry {
        StripGeometry {
            width: self.surface.width,
            height: self.surface.height,
            scale: self.surface.scale,
            phone: self.props.phone,
            zh: self.props.zh,
            offset: self.view.0,
            zoom: self.view.1,
        }
    }

    fn tick(&mut self) -> Option<Target> {
        if std::mem::take(&mut self.stale_tokens) {
            self.surface.read_tokens();
        }
        self.surface.resize();
        let geometry = self.geometry();
        let props = &self.props;
        self.scale = TimeScale::new(&props.series, &props.state, &geometry);
        let scene = timeline(&props.series, &props.state, &self.scale, &geometry);
        self.surface.paint(&scene.shapes, Some(Ink::Panel));
        self.wanted.take()
    }

    /// A step where a flag is pressed, else a moment.
    fn target(&self, x: f32, y: f32) -> Target {
        let u = self.surface.scale;
        let flag = self.props.state.markers.iter().find(|marker| {
            let at = self.scale.x(marker.time);
            y < 12.0 * u && x >= at - 3.0 && x <= at + 9.0 * u
        });
        flag.map_or_else(|| Target::Time(self.scale.time(x)), |marker| Target::Step(marker.step))
    }

    /// Whether a frame is needed.
    fn hear(&mut self, name: &str, event: &Event) -> bool {
        if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
            event.prevent_default();
            self.wheel(wheel);
            return true;
        }
        let Some(pointer) = event.dyn_ref::<PointerEvent>() else { return false };
        let (x, y) = (pointer.offset_x() as f32, pointer.offset_y() as f32);
        match name {
            "pointerdown" if pointer.button() <= 0 => {
                let _ = self.surface.canvas().set_pointer_capture(pointer.pointer_id());
                self.pressed = true;
                self.wanted = Some(self.target(x, y));
                true
            }
            "pointermove" if self.pressed => {
                self.wanted = Some(Target::Time(self.scale.time(x)));
                true
            }
            "pointerup" | "pointercancel" => {
                self.pressed = false;
                false
            }
            _ => false,
        }
    }

    fn wheel(&mut self, event: &WheelEvent) {
        const ZOOM_MAX: f32 = 400.0;
        let (left, right) = self.scale.edges();
        let (offset, zoom) = self.view;
        let unit = if event.delta_mode() == 0 { 1.0 } else { 16.0 };
        let (dx, dy) = ((event.delta_x() * unit) as f32, (event.delta_y() * unit) as f32);
        let shown = 1.0 / zoom;
        if event.shift_key() || dx.abs() > dy.abs() {
            let by = if dx.abs() > dy.abs() { dx } else { dy };
            self.view.0 = (offset + by / (right - left) * shown).within(0.0, 1.0 - shown);
            return;
        }
        let next = (zoom * js_sys::Math::exp(f64::from((-dy * 0.0018).within(-0.7, 0.7))) as f32)
            .within(1.0, ZOOM_MAX);
        // What is under the pointer stays there.
        let share = ((event.offset_x() as f32 - left) / (right - left)).within(0.0, 1.0);
        self.view = ((offset + share * (shown - 1.0 / next)).within(0.0, 1.0 - 1.0 / next), next);
    }
}

/// The canvas with all that listens to it.
struct Live {
    strip: Rc<RefCell<Strip>>,
    pulse: Rc<Pulse>,
    observer: Option<ResizeObserver>,
    _resized: Closure<dyn FnMut()>,
    _listeners: Vec<EventListener>,
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

impl Live {
    fn new(canvas: HtmlCanvasElement, props: TimelineStripProps) -> Option<Self> {
        let surface = Surface::new(canvas.clone())?;
        let geometry = StripGeometry {
            width: surface.width,
            height: surface.height,
            scale: surface.scale,
            phone: props.phone,
            zh: props.zh,
            offset: 0.0,
            zoom: 1.0,
        };
        let scale = TimeScale::new(&props.series, &props.state, &geometry);
        let strip = Strip {
            surface,
            props,
            scale,
            view: (0.0, 1.0),
            pressed: false,
            stale_tokens: false,
            wanted: None,
        };
        let strip = Rc::new(RefCell::new(strip));
        let pulse = {
            let strip = strip.clone();
            Pulse::new(move |_now| {
                let (wanted, tell) = {
                    let mut strip = strip.borrow_mut();
                    (strip.tick(), strip.props.on_seek.clone())
                };
                if let Some(wanted) = wanted {
                    tell(wanted);
                }
            })
        };
        let resized = {
            let (strip, pulse): (Weak<RefCell<Strip>>, _) = (Rc::downgrade(&strip), pulse.clone());
            Closure::<dyn FnMut()>::new(move || {
                if let Some(strip) = strip.upgrade() {
                    strip.borrow_mut().surface.read_tokens();
                    pulse.ask();
                }
            })
        };
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&canvas);
        }
        let names = ["wheel", "pointerdown", "pointermove", "pointerup", "pointercancel"];
        let listeners = names.into_iter().map(|name| {
            let (strip, pulse) = (strip.clone(), pulse.clone());
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&canvas, name, options, move |event| {
                if strip.borrow_mut().hear(name, event) {
                    pulse.ask();
                }
            })
        });
        let listeners = listeners.collect();
        pulse.ask();
        Some(Self { strip, pulse, observer, _resized: resized, _listeners: listeners })
    }
}

/// The strip on a canvas of the page, as long as there is one.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds handles of the browser")]
pub struct TimelineStrip {
    live: Option<(HtmlCanvasElement, Live)>,
}

impl TimelineStrip {
    /// Paints on this canvas from now on, with these properties. The next frame draws them.
    pub fn hold(
        &mut self,
        canvas: Option<HtmlCanvasElement>,
        props: impl FnOnce() -> Option<TimelineStripProps>,
    ) {
        let (Some(canvas), Some(props)) = (canvas, props()) else {
            self.live = None;
            return;
        };
        match &self.live {
            Some((at, live)) if *at == canvas => {
                let mut strip = live.strip.borrow_mut();
                strip.stale_tokens |= strip.props.theme != props.theme;
                if strip.props.state.run != props.state.run {
                    strip.view = (0.0, 1.0);
                }
                strip.props = props;
                live.pulse.ask();
            }
            _ => {
                self.live = None;
                self.live = Live::new(canvas.clone(), props).map(|live| (canvas, live));
            }
        }
    }
}
