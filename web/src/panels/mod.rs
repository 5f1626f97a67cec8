//! What is seen: functions from the model to nodes, one file per panel.
//!
//! A panel reads the model and sends messages; it keeps nothing, and none is a component: what
//! must be done to an element once it is there (a dialog, a menu, a canvas) `held` does.

#![expect(clippy::similar_names, reason = "a node has a text and a test")]
#![expect(clippy::single_match_else, reason = "a card or its absence, side by side")]

#[macro_use]
pub(crate) mod markup;

mod banners;
mod bench;
pub(crate) mod compare;
pub(crate) mod dialog;
mod dock;
mod held;
pub(crate) mod icons;
mod import;
pub(crate) mod inspect;
pub(crate) mod knobs;
pub(crate) mod measure;
mod menus;
mod palette;
mod phone;
mod pick;
mod pinned;
mod rowset;
mod script;
mod shortcuts;
pub(crate) mod stage;
mod status;
pub(crate) mod table;
mod toasts;
mod top;
pub(crate) mod versus;

use crate::board::panels as board;
use crate::model::labs::{LabTab, is_tablet};
use crate::model::{Dialog, Model, Msg};
use crate::platform;
use crate::text::{Text, fill, sentence};
use icons::icon;
use markup::{Does, On};
use std::cell::RefCell;
use yew::{Callback, Event, Html};

pub(crate) use held::Held;

/// What every panel is given.
#[derive(Clone, Copy)]
pub(crate) struct Ui<'a> {
    pub(crate) m: &'a Model,
    pub(crate) t: &'static Text,
    pub(crate) send: &'a Callback<Msg>,
}

impl Ui<'_> {
    /// Sends a message on a click.
    pub(crate) fn click(&self, msg: Msg) -> On {
        self.say(vec![msg])
    }

    /// Sends several.
    pub(crate) fn say(&self, all: Vec<Msg>) -> On {
        self.on(Does::Say(RefCell::new(all)))
    }

    /// Sends what is made of what stands in a field.
    pub(crate) fn typed(&self, msg: impl Fn(String) -> Option<Msg> + 'static) -> On {
        self.on(Does::Typed(Box::new(msg)))
    }

    /// Sends what is made of an event.
    pub(crate) fn heard(&self, msg: impl Fn(&Event) -> Option<Msg> + 'static) -> On {
        self.on(Does::Heard(Box::new(msg)))
    }

    pub(crate) fn on(&self, does: Does) -> On {
        On { send: self.send.clone(), does }
    }

    /// An icon that is a button.
    pub(crate) fn tool(
        &self,
        name: &str,
        label: &'static str,
        test: &'static str,
        msg: Msg,
        off: bool,
    ) -> Html {
        html! {
            <button class="ib" aria-label={label} title={label} data-test={test} disabled={off} onclick={self.click(msg)}>
                { icon(name) }
            </button>
        }
    }

    /// A link to a step.
    pub(crate) fn step_link(&self, step: u64, label: String) -> Html {
        let go = self.click(Msg::Seek(crate::protocol::Target::Step(step)));
        html! { <button class="link" data-test="go-step" data-to={step.to_string()} onclick={go}>{ label }</button> }
    }

    /// A range of versions that selects its rowset.
    pub(crate) fn chip(tone: &'static str, text: String) -> Html {
        html! { <span class={classes!("chip", tone)}>{ text }</span> }
    }
}

thread_local! {
    /// The file being read; dropping the reader would stop it.
    static READING: RefCell<Option<gloo::file::callbacks::FileReader>> = const { RefCell::new(None) };
}

/// Reads a file that was picked or dropped.
pub(crate) fn read_file(file: web_sys::File, send: Callback<Msg>) {
    let reader = platform::read(file, move |name, bytes| send.emit(Msg::File { name, bytes }));
    READING.set(Some(reader));
}

/// The whole page.
#[inline(never)]
pub(crate) fn page(model: &Model, send: &Callback<Msg>) -> Html {
    let ui = Ui { m: model, t: model.text(), send };
    let ready = (model.frame.is_some() || model.board.ready()).then_some("true");
    let state = model.state.as_deref();
    html! {
        <div
            class={classes!("frame", model.layout.phone.then_some("phone"))}
            data-test="root"
            data-lab={LabTab::of(model.lab).key}
            data-ready={ready}
            data-step={state.map(|s| s.step.to_string())}
            data-now={state.map(|s| s.now.micros().to_string())}
            data-save={model.save.as_ref().map(sentence::save_word)}
            data-playing={model.playback.playing().then_some("true")}
        >
            <a class="skip" href="#drawing">{ ui.t.skip }</a>
            if model.layout.phone { { phone::page(ui) } } else { { wide(ui) } }
            { toasts::view(ui) }
            { dialog_of(ui) }
            if model.dropping {
                <div class="dropzone" data-test="drop"><p>{ ui.t.import_drop }</p></div>
            }
            { stage::tip(ui) }
            { board::stage::tip(ui) }
            <p class="vh" role="status" aria-live="polite" data-test="say">{ model.say.clone() }</p>
        </div>
    }
}

#[inline(never)]
fn wide(ui: Ui) -> Html {
    html! {
        <>
            { top::view(ui) }
            { banners::view(ui) }
            if is_tablet(ui.m.lab) {
                { bench::view(ui) }
                { stage::view(ui) }
                { inspect::view(ui) }
            } else {
                { board::bench::view(ui) }
                { board::stage::view(ui) }
                { board::inspect::view(ui) }
            }
            { dock::view(ui) }
            { status::view(ui) }
        </>
    }
}

#[inline(never)]
fn dialog_of(ui: Ui) -> Html {
    match ui.m.dialog {
        Some(Dialog::Palette) => palette::view(ui),
        Some(Dialog::Shortcuts) => shortcuts::view(ui),
        Some(Dialog::Import) => import::view(ui),
        Some(Dialog::Script) => script::view(ui),
        Some(Dialog::Measure) => measure::view(ui),
        None => Html::default(),
    }
}

/// A file input that looks like a button.
fn file_button(
    ui: Ui,
    label: &'static str,
    accept: &'static str,
    test: &'static str,
    class: &'static str,
) -> Html {
    let send = ui.send.clone();
    let picked = ui.heard(move |event| {
        if let Some(file) = platform::picked(event) {
            read_file(file, send.clone());
        }
        None
    });
    html! {
        <label class={classes!("filepick", class)}>
            { icon("import") }<span>{ label }</span>
            <input type="file" class="vh" {accept} data-test={test} onchange={picked} />
        </label>
    }
}

/// "step 380, 06:20".
fn step_at(ui: Ui, step: u64, time: tabletop_core::base::SimTime) -> String {
    let moment = ui.m.state.as_ref().map_or_else(String::new, |state| sentence::moment(state, time));
    fill(ui.t.step_at, &[&crate::text::count(step), &moment])
}
