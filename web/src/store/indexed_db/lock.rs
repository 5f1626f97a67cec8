//! The writer lock: a Web Lock held by a promise that resolves only when the handle is dropped.

use super::js::{call, deferred, get, global, object, within};
use js_sys::{Function, Promise};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::Closure};

/// How long the browser may take to answer.
const ANSWER_MS: u32 = 5_000;
/// How long to wait for the lock: a page that was reloaded lets go a moment after its successor
/// asks.
const PATIENCE_MS: u32 = 300;

/// A held lock; dropping it lets go.
pub(super) struct WriterLock {
    release: Function,
    _granted: Closure<dyn FnMut(JsValue) -> JsValue>,
    _lost: Closure<dyn FnMut(JsValue)>,
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        self.release.call0(&JsValue::NULL).ok();
    }
}

/// What asking for the lock gave.
pub(super) enum Election {
    /// This handle holds it.
    Won(WriterLock),
    /// Another tab holds it.
    Lost,
    /// This browser has no Web Locks here (an insecure context): the epoch alone decides, and the
    /// handle opened last writes.
    NoLocks,
}

/// Asks for the lock, waiting no longer than a reload takes, or steals it. `on_stolen` runs when
/// another tab steals it from this one.
pub(super) async fn elect(name: &str, steal: bool, on_stolen: impl FnOnce() + 'static) -> Election {
    let Ok((answer, lock)) = ask(name, steal, on_stolen) else { return Election::NoLocks };
    // No answer is taken for a no: two writers would be worse than none.
    match within(answer.into(), ANSWER_MS).await {
        Ok(won) if won.is_truthy() => Election::Won(lock),
        _ => Election::Lost,
    }
}

fn ask(
    name: &str,
    steal: bool,
    on_stolen: impl FnOnce() + 'static,
) -> Result<(Promise, WriterLock), JsValue> {
    let locks = get(&global("navigator")?, "locks")?;
    let (held, release, _) = deferred();
    let (answer, resolve, _) = deferred();
    let won = Rc::new(Cell::new(false));
    let (settle, is_won) = (resolve.clone(), Rc::clone(&won));
    let granted = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |lock: JsValue| {
        won.set(!lock.is_null());
        settle.call1(&JsValue::NULL, &won.get().into()).ok();
        if won.get() { held.clone().into() } else { JsValue::UNDEFINED }
    });
    let mut on_stolen = Some(on_stolen);
    let lost = Closure::<dyn FnMut(JsValue)>::new(move |_| {
        resolve.call1(&JsValue::NULL, &false.into()).ok();
        if let Some(on_stolen) = on_stolen.take().filter(|_| is_won.get()) {
            on_stolen();
        }
    });
    let patience = || call(&global("AbortSignal")?, "timeout", &[&PATIENCE_MS.into()]);
    let options = match (steal, patience()) {
        (true, _) => object("steal", &true.into())?,
        (false, Ok(signal)) => object("signal", &signal)?,
        (false, Err(_)) => object("ifAvailable", &true.into())?,
    };
    let request = call(&locks, "request", &[&name.into(), &options, granted.as_ref()])?;
    call(&request, "catch", &[lost.as_ref()])?;
    Ok((answer, WriterLock { release, _granted: granted, _lost: lost }))
}
