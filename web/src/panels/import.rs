//! Import: paste, drop or pick; what was found; then "Play from here".

use super::dialog::modal;
use super::icons::icon;
use super::{Ui, file_button};
use crate::model::{Import, Msg};
use crate::platform;
use crate::protocol::Request;
use crate::text::{fill, sentence};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    let found = matches!(ui.m.import, Import::Found(_));
    let typed = ui.typed(|typed| Some(Msg::Preview { name: String::new(), bytes: typed.into_bytes() }));
    let send = ui.send.clone();
    let pasted = ui.heard(move |event| {
        let send = send.clone();
        let done = move |bytes| send.emit(Msg::Preview { name: String::new(), bytes });
        super::READING.set(Some(platform::long_paste(event, done)?));
        Some(Msg::Reading)
    });
    let inside = html! {
        <>
            <header>
                <h2>{ t.import_title }</h2><span class="grow" />
                { ui.tool("x", t.close, "dialog-close", Msg::Dialog(None), false) }
            </header>
            <p class="sub">{ t.import_lead }</p>
            <textarea class="drop" rows="9" autofocus=true spellcheck="false" data-test="import-text" aria-label={t.import_field}
                placeholder={EXAMPLE} oninput={typed} onpaste={pasted} />
            <ul class="found" aria-live="polite" data-test="import-found">{ result(ui) }</ul>
            <footer>
                { file_button(ui, t.import_pick, ".json,.txt,.tabletop,application/json,text/plain", "import-file", "btn quiet small") }
                <span class="faint small grow">{ t.import_private }</span>
                <button class="btn quiet small" data-test="import-cancel" onclick={ui.click(Msg::Dialog(None))}>{ t.cancel }</button>
                <button class="btn pri small" data-test="import-play" disabled={!found} onclick={ui.click(Msg::Ask(Request::PlayPreview))}>
                    { t.import_play }
                </button>
            </footer>
        </>
    };
    modal(ui, t.import_title, "imp", "import", || Msg::Dialog(None), inside)
}

/// The shape of what a backend prints.
const EXAMPLE: &str = "{\n  \"cumulative point\": 25920,\n  \"rowsets\": [\n    \"[0-19371] 4 DATA NONOVERLAPPING 0200… 40.1 GB\",\n    …";

fn line(tone: &'static str, text: String) -> Html {
    let name = match tone {
        "good" => "check",
        "faint" => "info",
        _ => "warn",
    };
    html! { <li><span class={tone}>{ icon(name) }</span><span>{ text }</span></li> }
}

fn result(ui: Ui) -> Html {
    let t = ui.t;
    match &ui.m.import {
        Import::Empty => Html::default(),
        Import::Reading => html! { <li class="faint">{ t.import_reading }</li> },
        Import::Found(found) => html! {
            { for sentence::imported(t, found).into_iter().map(|(tone, text)| line(tone, text)) }
        },
        Import::Refused { line: row, column, said } => {
            let said = sentence::either(t, said);
            let said = if *row == 0 {
                said.to_owned()
            } else {
                fill(t.import_at, &[&row.to_string(), &column.to_string(), said])
            };
            html! { <>{ line("bad", said) }<li class="faint">{ t.import_kept }</li></> }
        }
    }
}
