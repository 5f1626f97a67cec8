//! What every run has in JavaScript, of whichever lab: a cursor, branches, play, a file.

use super::{Thrown, error, hex, natural, to_js};
use crate::engine::{Line, OpenRun};
use serde::Serialize;
use tabletop_core::base::SimTime;
use tabletop_core::lab::timeline::Differs;
use wasm_bindgen::JsValue;

/// Steps of one `advance` where nothing is said.
pub(super) const STEPS: u32 = 1_000_000;

#[derive(Serialize)]
struct Difference {
    step: u64,
    recorded: String,
    replayed: String,
}

#[derive(Serialize)]
struct Branch<'a> {
    id: u32,
    name: &'a str,
    parent: Option<(u32, u64)>,
    head_step: u64,
    head_time: SimTime,
    digest: String,
}

pub(super) fn difference(differs: Option<&Differs>) -> Thrown<JsValue> {
    to_js(&differs.map(|differs| Difference {
        step: differs.step,
        recorded: hex(differs.recorded),
        replayed: hex(differs.replayed),
    }))
}

pub(super) fn bytes<T: Line + ?Sized>(open: &OpenRun<T>) -> Thrown<Vec<u8>> {
    open.file(0).encode().map_err(|cause| error(0, cause))
}

pub(super) fn branches<T: Line + ?Sized>(open: &OpenRun<T>) -> Thrown<JsValue> {
    let header = open.header(0);
    let branches = header.branches.iter().map(|branch| Branch {
        id: branch.id,
        name: &branch.name,
        parent: branch.parent,
        head_step: branch.head_step,
        head_time: branch.head_time,
        digest: hex(branch.head_digest.unwrap_or_default()),
    });
    to_js(&branches.collect::<Vec<_>>())
}

pub(super) fn advance<T: Line + ?Sized>(
    open: &mut OpenRun<T>,
    micros: JsValue,
    max_steps: Option<u32>,
) -> Thrown<u64> {
    let until = open.timeline.now() + SimTime(natural("micros", micros)?);
    Ok(open.timeline.advance_to(until, max_steps.unwrap_or(STEPS).into()))
}

/// The part of a class that its lab does not matter to. The class has `open`, an [`OpenRun`], and
/// `differs`.
macro_rules! playing {
    ($class:ident) => {
        #[wasm_bindgen]
        impl $class {
            /// The run as a `.tabletop` file: equal runs give equal bytes.
            ///
            /// # Errors
            /// The run is larger than a file may be.
            pub fn bytes(&self) -> Thrown<Vec<u8>> {
                playing::bytes(&self.open)
            }

            /// The first step that replayed otherwise than recorded; null where none did.
            ///
            /// # Errors
            /// Out of memory.
            #[wasm_bindgen(getter, unchecked_return_type = "Difference | null")]
            pub fn differs(&self) -> Thrown<JsValue> {
                playing::difference(self.differs.as_ref())
            }

            /// Steps taken at the cursor.
            #[wasm_bindgen(getter)]
            pub fn step(&self) -> u64 {
                self.open.timeline.step()
            }

            /// Virtual time at the cursor, in microseconds.
            #[wasm_bindgen(getter)]
            pub fn now(&self) -> u64 {
                self.open.timeline.now().micros()
            }

            /// Seed.
            #[wasm_bindgen(getter)]
            pub fn seed(&self) -> u64 {
                self.open.timeline.seed()
            }

            /// Digest of all events up to the cursor: 16 hex digits.
            #[wasm_bindgen(getter)]
            pub fn digest(&self) -> String {
                hex(self.open.timeline.digest())
            }

            /// Last step of this branch.
            #[wasm_bindgen(getter, js_name = headStep)]
            pub fn head_step(&self) -> u64 {
                self.open.timeline.head().step
            }

            /// The branch that the cursor is on.
            #[wasm_bindgen(getter)]
            pub fn branch(&self) -> u32 {
                self.open.timeline.branch().0
            }

            /// All branches, `main` first.
            ///
            /// # Errors
            /// Out of memory.
            #[wasm_bindgen(unchecked_return_type = "Branch[]")]
            pub fn branches(&self) -> Thrown<JsValue> {
                playing::branches(&self.open)
            }

            /// Starts a branch at the cursor; an empty name picks one.
            pub fn fork(&mut self, name: String) {
                self.open.timeline.fork(name);
            }

            /// Goes to another branch, at its head. An unknown id changes nothing.
            #[wasm_bindgen(js_name = switchTo)]
            pub fn switch_to(&mut self, branch: u32) {
                self.open.timeline.switch(BranchId(branch));
            }

            /// Moves the cursor to a step, at most the head.
            ///
            /// # Errors
            /// Not a whole number.
            pub fn seek(
                &mut self,
                #[wasm_bindgen(unchecked_param_type = "Int")] step: JsValue,
            ) -> Thrown<()> {
                self.open.timeline.seek_step(natural("step", step)?);
                Ok(())
            }

            /// Moves the cursor to the last step at or before a time in microseconds.
            ///
            /// # Errors
            /// Not a whole number.
            #[wasm_bindgen(js_name = seekTime)]
            pub fn seek_time(
                &mut self,
                #[wasm_bindgen(unchecked_param_type = "Int")] micros: JsValue,
            ) -> Thrown<()> {
                self.open.timeline.seek_time(SimTime(natural("micros", micros)?));
                Ok(())
            }

            /// Plays on for so much virtual time, at most `maxSteps` steps (left out: a million); past
            /// the head the branch grows. Answers the number of steps taken.
            ///
            /// # Errors
            /// Not a whole number.
            pub fn advance(
                &mut self,
                #[wasm_bindgen(unchecked_param_type = "Int")] micros: JsValue,
                #[wasm_bindgen(js_name = maxSteps)] max_steps: Option<u32>,
            ) -> Thrown<u64> {
                playing::advance(&mut self.open, micros, max_steps)
            }
        }
    };
}
pub(super) use playing;
