//! The editor of a policy of one's own: numbered lines, the place of a fault, examples, a reference.

use super::Ui;
use super::dialog::modal;
use super::icons::icon;
use crate::model::{Edited, Msg};
use crate::platform;
use crate::text::{fill, own, range};
use web_sys::KeyboardEvent;
use yew::Html;

/// The field.
const FIELD: &str = ".code textarea";
/// What Tab writes.
const INDENT: &str = "    ";
/// Lines and columns that the field has at least.
const LEAST: (usize, usize) = (12, 40);

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let o = own::of(ui.t);
    let text = &ui.m.editor.text;
    let lines = text.split('\n').count();
    let columns = text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
    let bad = ui.m.fault().map_or(0, |fault| fault.line as usize);
    let typed = ui.typed(|text| Some(Msg::Script(Edited::Typed(text))));
    let pressed = ui.heard(|event| {
        let key: &KeyboardEvent = wasm_bindgen::JsCast::unchecked_ref(event);
        let command = key.ctrl_key() || key.meta_key();
        match key.key().as_str() {
            "Enter" if command => {
                key.prevent_default();
                Some(Msg::Script(Edited::Apply))
            }
            // Shift+Tab is left to the browser: it leads out of the field.
            "Tab" if !key.shift_key() && !command && !key.alt_key() => {
                key.prevent_default();
                platform::write(event, INDENT).map(|text| Msg::Script(Edited::Typed(text)))
            }
            _ => None,
        }
    });
    let number =
        |at: usize| html! { <i class={classes!((at == bad).then_some("bad"))}>{ at.to_string() }</i> };
    let inside = html! {
        <>
            <header>
                <h2>{ o.title }</h2><span class="grow" />
                { ui.tool("x", ui.t.close, "dialog-close", Msg::Dialog(None), false) }
            </header>
            <p class="sub">{ o.lead }</p>
            <p class="from"><span class="faint small">{ o.start_from }</span>
                { for [o.every_ten, o.size_based].into_iter().enumerate().map(|(at, name)| html! {
                    <button class="btn quiet small" data-test={["script-example-", &at.to_string()].concat()}
                        onclick={ui.click(Msg::Script(Edited::Example(at)))}>{ name }</button>
                }) }
            </p>
            <div class={classes!("code", (bad > 0).then_some("has-bad"))} style={["--row:", &bad.to_string()].concat()}>
                <div class="nums" aria-hidden="true">{ for (1..=lines.max(LEAST.0)).map(number) }</div>
                <textarea autofocus=true spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off" data-test="script-text"
                    aria-label={o.field} aria-describedby="script-keys script-said" aria-invalid={ui.m.fault().map(|_| "true")}
                    rows={lines.max(LEAST.0).to_string()} cols={(columns + 2).max(LEAST.1).to_string()}
                    value={text.clone()} oninput={typed} onkeydown={pressed} />
            </div>
            { verdict(ui) }
            <details>
                <summary>{ o.reference }</summary>
                <dl>{ for o.words.iter().map(|(word, meaning)| html! { <><dt>{ *word }</dt><dd>{ *meaning }</dd></> }) }</dl>
                <p class="sub">{ o.limits }</p>
            </details>
            <footer>
                <span class="faint small grow" id="script-keys">{ o.keys }</span>
                <button class="btn quiet small" onclick={ui.click(Msg::Dialog(None))}>{ ui.t.close }</button>
                <button class="btn pri small" data-test="script-apply" disabled={!ui.m.can_act() || ui.m.is_applied()}
                    onclick={ui.click(Msg::Script(Edited::Apply))}>{ o.apply }</button>
            </footer>
        </>
    };
    modal(ui, o.title, "own", "script", || Msg::Dialog(None), inside)
}

/// What the engine says of the text: a fault with its place, or what it would pick now.
#[inline(never)]
fn verdict(ui: Ui) -> Html {
    let (tone, name, text) = sentence(ui);
    let place = ui.m.fault().map(|fault| (fault.line, fault.column)).filter(|place| place.0 > 0);
    let go = ui.heard(move |_| {
        let (line, column) = place?;
        platform::place_in(FIELD, line, column);
        None
    });
    html! {
        <p class={classes!("verdict", tone)} id="script-said" role="status" aria-live="polite" data-test="script-said">
            { icon(name) }<span>{ text }</span>
            if place.is_some() { <button class="link" data-test="script-go" onclick={go}>{ own::of(ui.t).go }</button> }
        </p>
    }
}

/// Tone, icon, words.
#[inline(never)]
fn sentence(ui: Ui) -> (&'static str, &'static str, String) {
    let o = own::of(ui.t);
    if let Some(fault) = ui.m.fault() {
        return ("bad", "warn", own::fault(ui.t, fault));
    }
    let Some(frame) = ui.m.frame.as_deref().filter(|_| ui.m.is_applied()) else {
        return ("faint", "info", o.not_applied.to_owned());
    };
    let said = &frame.view.why.said;
    let text = match (&frame.view.pick, said.is_empty()) {
        (Some(pick), true) => fill(o.picks, &[&range(pick.range)]),
        (Some(pick), false) => fill(o.picks_why, &[&range(pick.range), said]),
        (None, true) => o.leaves.to_owned(),
        (None, false) => fill(o.leaves_why, &[said]),
    };
    ("good", "check", text)
}

/// Below the knob: the way to the editor, and what is wrong.
#[inline(never)]
pub(super) fn said(ui: Ui) -> Html {
    let fault = ui.m.frame.as_deref().and_then(|frame| frame.view.why.fault.as_ref());
    html! {
        <div class="ownrow">
            <button class="btn quiet small" data-test="script-edit" onclick={ui.click(Msg::Script(Edited::Open))}>
                { icon("pencil") }{ own::of(ui.t).edit }
            </button>
            if let Some(fault) = fault { <p class="bad small" role="status" data-test="script-fault">{ own::fault(ui.t, fault) }</p> }
        </div>
    }
}
