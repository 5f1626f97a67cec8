//! The wire between the engine and the module that runs policies of one's own.
//!
//! ```text
//! engine   0, script              ---- bytes ---->  script module     loaded at the first question,
//!          1, postcard(Question)  ---- bytes ---->    rhai              in the same worker, at once
//!          Said                   <--- postcard ----
//! ```
//!
//! A step of a run waits for its pick, so nothing here is asynchronous. A module that cannot be loaded
//! is a fault ([`FaultKind::Missing`]) and asked for again the next time.

use js_sys::{Function, Uint8Array};
use std::cell::RefCell;
use tabletop_core::compaction::script::{Answer, Fault, FaultKind, Host, Question};
use wasm_bindgen::{JsCast, JsValue};

/// What the module answers; nothing beside a script that can be read.
type Said = Result<Option<Answer>, Fault>;

/// The host of the engine: another module.
pub static HOST: Host = Host { check, answer };

/// Loads the module and answers with its function.
const LOADER: &str = include_str!("script_part.js");

thread_local! {
    static PART: RefCell<Option<Function>> = const { RefCell::new(None) };
}

fn check(script: &str) -> Result<(), Fault> {
    ask(&[&[0], script.as_bytes()].concat()).map(drop)
}

fn answer(question: &Question) -> Result<Answer, Fault> {
    let bytes = postcard::to_extend(question, vec![1]).unwrap_or_default();
    ask(&bytes)?.ok_or_else(|| missing("it answered nothing"))
}

fn missing(why: &str) -> Fault {
    Fault { text: why.to_owned(), ..Fault::of(FaultKind::Missing, [0; 2]) }
}

fn ask(bytes: &[u8]) -> Said {
    let part = PART.with_borrow_mut(|part| {
        if let Some(part) = part {
            return Ok(part.clone());
        }
        let loaded: JsValue = Function::new_no_args(LOADER).call0(&JsValue::NULL)?;
        Ok(part.insert(loaded.unchecked_into()).clone())
    });
    let said = part.and_then(|part: Function| part.call1(&JsValue::NULL, &Uint8Array::from(bytes)));
    let said = said.map_err(|why: JsValue| {
        // A module that broke off is not asked again: the next question gets a new one.
        PART.set(None);
        let why = why.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| error.message().into());
        missing(&why)
    })?;
    postcard::from_bytes(&Uint8Array::new(&said).to_vec())
        .unwrap_or_else(|_| Err(missing("engine and script part are of different builds")))
}

/// The other end: answers what the engine asks.
pub fn serve(asked: &[u8]) -> Vec<u8> {
    let unreadable = || missing("engine and script part are of different builds");
    let host = &tabletop_script::HOST;
    let said: Said = match asked.split_first() {
        Some((0, script)) => std::str::from_utf8(script)
            .map_err(|_| unreadable())
            .and_then(|script| (host.check)(script).map(|()| None)),
        Some((_, question)) => postcard::from_bytes::<Question>(question)
            .map_err(|_| unreadable())
            .and_then(|question| (host.answer)(&question).map(Some)),
        None => Err(unreadable()),
    };
    postcard::to_allocvec(&said).unwrap_or_default()
}
