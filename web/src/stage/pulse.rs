//! One animation frame at a time, only when asked for: a loop that sleeps.

use super::canvas::window;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

type Beat = Closure<dyn FnMut(f64)>;

/// Asks the browser for a frame and calls back once per request.
pub(crate) struct Pulse {
    call: RefCell<Option<Beat>>,
    pending: Cell<Option<i32>>,
}

impl Pulse {
    /// A pulse that calls `beat` with the frame's time, ms.
    pub(crate) fn new(beat: impl Fn(f64) + 'static) -> Rc<Self> {
        let pulse = Rc::new(Self { call: RefCell::new(None), pending: Cell::new(None) });
        let weak = Rc::downgrade(&pulse);
        let call = Closure::<dyn FnMut(f64)>::new(move |now| {
            if let Some(pulse) = weak.upgrade() {
                pulse.pending.set(None);
                beat(now);
            }
        });
        *pulse.call.borrow_mut() = Some(call);
        pulse
    }

    /// Asks for a frame unless one is on its way.
    pub(crate) fn ask(&self) {
        if self.pending.get().is_some() {
            return;
        }
        if let (Some(window), Some(call)) = (window(), self.call.borrow().as_ref()) {
            self.pending.set(window.request_animation_frame(call.as_ref().unchecked_ref()).ok());
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        if let (Some(window), Some(id)) = (window(), self.pending.get()) {
            let _ = window.cancel_animation_frame(id);
        }
    }
}
