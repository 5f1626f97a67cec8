//! Find or run.

use super::Ui;
use super::dialog::modal;
use super::icons::icon;
use crate::model::{Msg, palette};
use crate::platform;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::Html;

/// Lines shown at most.
const SHOWN: usize = 40;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    let found = palette::search(ui.m);
    let lit = ui.m.palette.1;
    let keys = ui.heard(|event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        let msg = match event.key().as_str() {
            "ArrowDown" => Msg::FindMove(1),
            "ArrowUp" => Msg::FindMove(-1),
            "PageDown" => Msg::FindMove(8),
            "PageUp" => Msg::FindMove(-8),
            "Enter" if !event.is_composing() => Msg::FindRun(None),
            _ => return None,
        };
        event.prevent_default();
        platform::next_frame(|_| platform::reveal(".pal [aria-selected=true]"));
        Some(msg)
    });
    let inside = html! {
        <>
            <label class="q">
                { icon("find") }
                <input autofocus=true data-test="palette-field" placeholder={t.find_hint} aria-label={t.find_hint} role="combobox"
                    aria-expanded="true" aria-controls="found" aria-activedescendant={["found-", &lit.to_string()].concat()}
                    value={ui.m.palette.0.clone()} oninput={ui.typed(|typed| Some(Msg::Find(typed)))} onkeydown={keys} />
            </label>
            if found.is_empty() { <p class="note">{ t.p_none }</p> }
            <ul id="found" role="listbox" aria-label={t.find}>
                { for found.into_iter().take(SHOWN).enumerate().map(|(at, entry)| {
                    let name = entry.name(ui.m.lang).to_owned();
                    let (name_of, group, key) = (entry.icon, entry.group, entry.key);
                    html! {
                        <li role="option" id={["found-", &at.to_string()].concat()} aria-selected={(at == lit).to_string()}
                            data-test="palette-line" onclick={ui.click(Msg::FindRun(Some(entry)))}>
                            { icon(name_of) }<span class="cut">{ name }</span><span class="g">{ group }</span>
                            if !key.is_empty() { <kbd>{ key }</kbd> }
                        </li>
                    }
                }) }
            </ul>
        </>
    };
    modal(ui, t.find, "pal", "palette", || Msg::Dialog(None), inside)
}
