//! The root: owns the model, carries out its effects.

use crate::link::{self, Bridge};
use crate::link_measure::{self, Measuring};
use crate::measure::{DATABASE, Said};
use crate::model::labs::LabTab;
use crate::model::{Effect, Measure, Model, Msg, stage_mode, update};
use crate::panels::{self, Held};
use crate::platform::{self, Ears, Heard};
use crate::protocol::Request;
use crate::stage::export_svg;
use crate::text::{Lang, read_chinese};
use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// Mounts the page.
pub fn run() {
    console_error_panic_hook::set_once();
    if Lang::from_code(&platform::root("lang")) == Lang::Zh {
        platform::fetch_text(CHINESE, |table| {
            if !table.is_some_and(read_chinese) {
                platform::set_root("lang", Lang::En.code());
            }
            mount();
        });
    } else {
        mount();
    }
}

/// Where the Chinese texts are, seen from the page.
const CHINESE: &str = "zh.txt";

/// Kept while this browser is measured.
const MEASURING: &str = "measuring";

fn mount() {
    if let Some(at) = platform::mount_point() {
        yew::Renderer::<App>::with_root(at).render();
    }
}

/// The page.
#[expect(missing_debug_implementations, reason = "holds handles of the browser")]
pub struct App {
    model: Model,
    send: Callback<Msg>,
    bridge: Bridge,
    frame_asked: bool,
    measuring: Option<Measuring>,
    held: Held,
    _ears: Ears,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let send = ctx.link().callback(|msg: Msg| msg);
        let dropped = send.clone();
        let ears = platform::listen(Heard {
            key: send.reform(Msg::Key),
            layout: send.reform(Msg::Layout),
            dropping: send.reform(Msg::Dropping),
            dropped: Callback::from(move |file| panels::read_file(file, dropped.clone())),
        });
        let mut model = Model::default();
        model.lang = Lang::from_code(&platform::root("lang"));
        model.dark = platform::root("data-theme") == "dark";
        model.projector = platform::root("data-size") == "projector";
        model.letters = platform::kept("letters").as_deref() != Some("off");
        model.intro_seen = platform::kept("intro").is_some();
        model.layout = platform::layout();
        model.lab =
            platform::kept("lab").and_then(|key| LabTab::of_key(&key)).map_or(model.lab, |tab| tab.lab);
        if platform::kept(MEASURING).as_deref() == Some("on") {
            // A browser that was killed while it measured left the database of the measurement.
            platform::delete_database(DATABASE);
            platform::keep(MEASURING, "off");
        }
        let bridge = engine(model.lab, &send);
        ctx.link().send_message(Msg::Ask(Request::Start));
        Self { model, send, bridge, frame_asked: false, measuring: None, held: Held::default(), _ears: ears }
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        let clock = matches!(msg, Msg::Frame(_));
        self.frame_asked &= !clock;
        for effect in update(&mut self.model, msg) {
            self.run(effect);
        }
        self.held.before(&self.model);
        !clock
    }

    fn view(&self, _: &Context<Self>) -> Html {
        panels::page(&self.model, &self.send)
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.held.after(&self.model, &self.send);
    }
}

/// Starts the worker of a lab.
fn engine(lab: u8, send: &Callback<Msg>) -> Bridge {
    let send = send.clone();
    link::spawn(lab, move |answer| send.emit(Msg::Answer(Box::new(answer), platform::now_ms())))
}

impl App {
    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(asked) => self.bridge.send(asked.0),
            Effect::Keep(key, value) => platform::keep(key, value),
            Effect::Root(name, value) => platform::set_root(name, value),
            Effect::Frames => {
                if !self.frame_asked {
                    self.frame_asked = true;
                    let send = self.send.clone();
                    platform::next_frame(move |now| send.emit(Msg::Frame(now)));
                }
            }
            Effect::Wake(ms) => {
                let send = self.send.clone();
                Timeout::new(ms, move || send.emit(Msg::Wake(platform::now_ms()))).forget();
            }
            rare => self.run_rare(rare),
        }
    }

    /// What a first visit does not cause: by itself, so that the first part does without it.
    #[inline(never)]
    fn run_rare(&mut self, effect: Effect) {
        match effect {
            Effect::Copy(text) => platform::copy(text, self.send.reform(Msg::Copied)),
            Effect::Download { name, bytes } => {
                platform::download(&name, &bytes);
            }
            Effect::Svg => {
                if let Some(frame) = &self.model.frame {
                    let mode = stage_mode(self.model.view).unwrap_or_default();
                    let preview = self.model.preview(false).map(|shown| (self.model.peek, shown));
                    let zh = self.model.lang == Lang::Zh;
                    let svg = export_svg(frame, mode, self.model.selected, preview, zh);
                    platform::download(&[&self.model.run_name(), ".svg"].concat(), svg.as_bytes());
                }
            }
            Effect::Measure(sizes) => {
                platform::keep(MEASURING, "on");
                let send = self.send.reform(|said| {
                    if matches!(said, Said::Done | Said::Stopped) {
                        platform::keep(MEASURING, "off");
                    }
                    Msg::Measure(Measure::Said(said))
                });
                self.measuring = link_measure::spawn(sizes, move |said| send.emit(said));
            }
            Effect::StopMeasure => {
                if let Some(measuring) = &self.measuring {
                    measuring.stop();
                }
            }
            Effect::Engine(lab) => self.bridge = engine(lab, &self.send),
            Effect::Chinese => {
                let send = self.send.clone();
                platform::fetch_text(CHINESE, move |table| send.emit(Msg::Chinese(table)));
            }
            Effect::Reload => platform::reload(),
            Effect::Ask(_) | Effect::Keep(..) | Effect::Root(..) | Effect::Frames | Effect::Wake(_) => {}
        }
    }
}
