//! The wire between page and engine: a dedicated worker, postcard bytes, one queue.
//!
//! ```text
//! page    Bridge::send(Ask) ---- bytes ---->  received -> queue -> Session::handle, one at a time
//!         callback(Answer) <---- bytes -----  respond            (in order, also across awaits)
//! ```
//!
//! A panic in the engine is told to the page as an unasked-for `Failed` (number 0).

use crate::engine::Session;
use crate::link_importer;
use crate::protocol::{Answer, Ask, Reply};
use crate::unpack;
use gloo::timers::callback::{Interval, Timeout};
use gloo::worker::{Codec, HandlerId, Registrable, Spawnable, Worker, WorkerBridge, WorkerScope};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Where Trunk puts the worker's loader, beside the page.
const LOADER: &str = "./engine_loader.js";

/// Messages as postcard bytes.
#[derive(Debug)]
pub struct Postcard;

impl Codec for Postcard {
    fn encode<I: Serialize>(input: I) -> JsValue {
        let bytes = postcard::to_allocvec(&input).unwrap_or_default();
        js_sys::Uint8Array::from(bytes.as_slice()).into()
    }

    fn decode<O: for<'de> Deserialize<'de>>(input: JsValue) -> O {
        let bytes = js_sys::Uint8Array::from(input).to_vec();
        match postcard::from_bytes(&bytes) {
            Ok(message) => message,
            Err(error) => panic!("page and engine are of different builds: {error}"),
        }
    }
}

/// An [`Answer`], written: the page reads it with [`unpack`], which is smaller than what serde derives.
#[derive(Debug, Serialize, Deserialize)]
pub struct Packed(#[serde(with = "crate::protocol::raw")] Vec<u8>);

impl Packed {
    fn of(number: u32, reply: Reply) -> Self {
        Self(postcard::to_allocvec(&Answer { number, reply }).unwrap_or_default())
    }
}

/// How often the worker looks whether another tab took over, ms.
const WATCH_MS: u32 = 1_000;

/// The page's end.
pub type Bridge = WorkerBridge<EngineWorker>;

/// Starts the engine and hears its answers.
pub fn spawn(hear: impl Fn(Answer) + 'static) -> Bridge {
    EngineWorker::spawner()
        .encoding::<Postcard>()
        .callback(move |packed: Packed| hear(unpack::answer(&packed.0)))
        .with_loader(true)
        .as_module(false)
        .spawn(LOADER)
}

/// The worker's entry point.
pub fn run() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let text = info.to_string();
        PAGE.with_borrow(|page| {
            if let Some((scope, id)) = page {
                scope.respond(*id, Packed::of(0, Reply::Failed { text }));
            }
        });
    }));
    EngineWorker::registrar().encoding::<Postcard>().register();
}

thread_local! {
    /// Whom to tell of a panic.
    static PAGE: RefCell<Option<(WorkerScope<EngineWorker>, HandlerId)>> = const { RefCell::new(None) };
}

/// What waits to be served. The session is taken out while it works, so nothing is borrowed
/// across an await.
#[derive(Default)]
struct Desk {
    session: Option<Session>,
    queue: VecDeque<Ask>,
    busy: bool,
    /// A timer will look again whether something must be saved.
    timer: bool,
}

/// The engine behind the wire.
#[expect(missing_debug_implementations, reason = "a session holds handles of the browser")]
pub struct EngineWorker {
    desk: Rc<RefCell<Desk>>,
}

impl Worker for EngineWorker {
    type Message = ();
    type Input = Ask;
    type Output = Packed;

    fn create(_: &WorkerScope<Self>) -> Self {
        Self { desk: Rc::default() }
    }

    fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}

    fn connected(&mut self, scope: &WorkerScope<Self>, id: HandlerId) {
        PAGE.set(Some((scope.clone(), id)));
        let page = scope.clone();
        let push = move |reply| page.respond(id, Packed::of(0, reply));
        self.desk.borrow_mut().session =
            Some(Session::new(Box::new(push), || js_sys::Date::now() as u64, link_importer::read));
        let desk = Rc::clone(&self.desk);
        let look = move || {
            if let Some(session) = &mut desk.borrow_mut().session {
                session.watch();
            }
        };
        Interval::new(WATCH_MS, look).forget();
    }

    fn received(&mut self, scope: &WorkerScope<Self>, ask: Ask, id: HandlerId) {
        self.desk.borrow_mut().queue.push_back(ask);
        wake(&self.desk, scope, id);
    }
}

/// Starts serving, unless that is going on.
fn wake(desk: &Rc<RefCell<Desk>>, scope: &WorkerScope<EngineWorker>, id: HandlerId) {
    let idle = !std::mem::replace(&mut desk.borrow_mut().busy, true);
    if idle {
        wasm_bindgen_futures::spawn_local(serve(Rc::clone(desk), scope.clone(), id));
    }
}

/// Serves the queue to its end, then saves what is due. What can wait is saved by a timer.
async fn serve(desk: Rc<RefCell<Desk>>, scope: WorkerScope<EngineWorker>, id: HandlerId) {
    let Some(mut session) = desk.borrow_mut().session.take() else { return };
    let later = loop {
        let next = desk.borrow_mut().queue.pop_front();
        if let Some(Ask { number, request }) = next {
            let reply = session.handle(request).await;
            scope.respond(id, Packed::of(number, reply));
            continue;
        }
        let later = session.settle().await;
        if desk.borrow().queue.is_empty() {
            break later;
        }
    };
    {
        let mut desk = desk.borrow_mut();
        desk.session = Some(session);
        desk.busy = false;
    }
    if let Some(ms) = later {
        let waits = std::mem::replace(&mut desk.borrow_mut().timer, true);
        if !waits {
            Timeout::new(ms, move || {
                desk.borrow_mut().timer = false;
                wake(&desk, &scope, id);
            })
            .forget();
        }
    }
}
