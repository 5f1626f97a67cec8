//! The wire between page and engine: a dedicated worker, postcard bytes, one queue.
//!
//! ```text
//! page    Bridge::send(Ask) ---- bytes ---->  received -> queue -> Session::handle, one at a time
//!         callback(Answer) <---- bytes -----  respond            (in order, also across awaits)
//! ```
//!
//! One worker is alive at a time: that of the tablet, or that of all labs of boards, fetched when the
//! page goes to one. It holds the writer's lock, so it leaves before the other starts.
//!
//! A panic in the engine is told to the page as an unasked-for `Failed` (number 0).

use crate::engine::boards::{self, BoardDesk};
use crate::engine::{Desk, Session, TabletDesk};
use crate::link_importer;
use crate::model::labs::is_tablet;
use crate::protocol::{Answer, Ask, Reply};
use crate::unpack;
use gloo::timers::callback::{Interval, Timeout};
use gloo::worker::{Codec, HandlerId, Registrable, Spawnable, Worker, WorkerBridge, WorkerScope};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Where Trunk puts the workers' loaders, beside the page.
const LOADERS: [&str; 2] = ["./engine_loader.js", "./labs_loader.js"];

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
pub type Bridge = WorkerBridge<EngineWorker<TabletDesk>>;

/// Starts the worker that serves a lab and hears its answers. All workers speak alike.
pub fn spawn(lab: u8, hear: impl Fn(Answer) + 'static) -> Bridge {
    EngineWorker::<TabletDesk>::spawner()
        .encoding::<Postcard>()
        .callback(move |packed: Packed| hear(unpack::answer(&packed.0)))
        .with_loader(true)
        .as_module(false)
        .spawn(LOADERS[usize::from(!is_tablet(lab))])
}

/// Who sits at a worker's desk.
pub trait Seat: Desk + Sized + 'static {
    /// A desk for a new session.
    fn take() -> Self;
}

impl Seat for TabletDesk {
    fn take() -> Self {
        Self::new(link_importer::read)
    }
}

impl Seat for BoardDesk {
    fn take() -> Self {
        boards::labs()
    }
}

/// The entry point of the tablet's worker.
pub fn run() {
    tabletop_core::compaction::script::install(&crate::script_part::HOST);
    serve_as::<TabletDesk>();
}

/// The entry point of the worker of all labs of boards.
pub fn run_labs() {
    serve_as::<BoardDesk>();
}

fn serve_as<D: Seat>() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let text = info.to_string();
        PAGE.with_borrow(|page| {
            if let Some(tell) = page {
                tell(Packed::of(0, Reply::Failed { text }));
            }
        });
    }));
    EngineWorker::<D>::registrar().encoding::<Postcard>().register();
}

/// Sends to the page.
type Tell = Box<dyn Fn(Packed)>;

thread_local! {
    /// Whom to tell of a panic.
    static PAGE: RefCell<Option<Tell>> = const { RefCell::new(None) };
}

/// What waits to be served. The session is taken out while it works, so nothing is borrowed
/// across an await.
struct Office<D: Desk> {
    session: Option<Session<D>>,
    queue: VecDeque<Ask>,
    busy: bool,
    /// A timer will look again whether something must be saved.
    timer: bool,
}

/// The engine behind the wire.
#[expect(missing_debug_implementations, reason = "a session holds handles of the browser")]
pub struct EngineWorker<D: Desk> {
    office: Rc<RefCell<Office<D>>>,
}

impl<D: Seat> Worker for EngineWorker<D> {
    type Message = ();
    type Input = Ask;
    type Output = Packed;

    fn create(_: &WorkerScope<Self>) -> Self {
        let office = Office { session: None, queue: VecDeque::new(), busy: false, timer: false };
        Self { office: Rc::new(RefCell::new(office)) }
    }

    fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}

    fn connected(&mut self, scope: &WorkerScope<Self>, id: HandlerId) {
        let page = scope.clone();
        PAGE.set(Some(Box::new(move |packed| page.respond(id, packed))));
        let page = scope.clone();
        let push = move |reply| page.respond(id, Packed::of(0, reply));
        self.office.borrow_mut().session =
            Some(Session::new(D::take(), Box::new(push), || js_sys::Date::now() as u64));
        let office = Rc::clone(&self.office);
        let look = move || {
            if let Some(session) = &mut office.borrow_mut().session {
                session.watch();
            }
        };
        Interval::new(WATCH_MS, look).forget();
    }

    fn received(&mut self, scope: &WorkerScope<Self>, ask: Ask, id: HandlerId) {
        self.office.borrow_mut().queue.push_back(ask);
        wake(&self.office, scope, id);
    }
}

/// Starts serving, unless that is going on.
fn wake<D: Seat>(office: &Rc<RefCell<Office<D>>>, scope: &WorkerScope<EngineWorker<D>>, id: HandlerId) {
    let idle = !std::mem::replace(&mut office.borrow_mut().busy, true);
    if idle {
        wasm_bindgen_futures::spawn_local(serve(Rc::clone(office), scope.clone(), id));
    }
}

/// Serves the queue to its end, then saves what is due. What can wait is saved by a timer.
async fn serve<D: Seat>(office: Rc<RefCell<Office<D>>>, scope: WorkerScope<EngineWorker<D>>, id: HandlerId) {
    let Some(mut session) = office.borrow_mut().session.take() else { return };
    let later = loop {
        let next = office.borrow_mut().queue.pop_front();
        if let Some(Ask { number, request }) = next {
            let reply = session.handle(request).await;
            scope.respond(id, Packed::of(number, reply));
            continue;
        }
        let later = session.settle().await;
        if office.borrow().queue.is_empty() {
            break later;
        }
    };
    {
        let mut office = office.borrow_mut();
        office.session = Some(session);
        office.busy = false;
    }
    if let Some(ms) = later {
        let waits = std::mem::replace(&mut office.borrow_mut().timer, true);
        if !waits {
            Timeout::new(ms, move || {
                office.borrow_mut().timer = false;
                wake(&office, &scope, id);
            })
            .forget();
        }
    }
}
