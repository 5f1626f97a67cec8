//! The sheet of keys.

use super::Ui;
use super::dialog::modal;
use crate::model::{Msg, Verb};
use crate::text::preview;
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    let keys: [(&'static str, &[&'static str]); 20] = [
        (t.q_play, &["Space", "K"]),
        (t.q_step, &["←", "→"]),
        (t.q_ten, &["⇧", "←", "→"]),
        (t.q_time, &["⌥", "←", "→"]),
        (t.q_lane, &[",", "."]),
        (t.q_ends, &["Home", "End"]),
        (t.q_speed, &["<", ">", "1…5"]),
        (t.q_zoom, &["W", "S"]),
        (t.q_pan, &["A", "D"]),
        (t.q_centre, &["F", "F F"]),
        (t.q_fit, &["0"]),
        (t.q_undo, &["⌘Z", "⇧⌘Z"]),
        (t.q_branch, &["B"]),
        (t.q_next, &["[", "]"]),
        (t.q_mark, &["M"]),
        (t.q_palette, &["⌘K", "/"]),
        (t.q_table, &["T"]),
        (preview::title(ui.m.lang), &["P"]),
        (t.q_sheet, &["?"]),
        (t.q_clear, &["Esc"]),
    ];
    let line = |name: &'static str, keys: Vec<&'static str>| {
        html! { <div><dt>{ name }</dt><dd>{ for keys.into_iter().map(|key| html! { <kbd>{ key }</kbd> }) }</dd></div> }
    };
    let on = ui.m.letters;
    let inside = html! {
        <>
            <header>
                <h2>{ t.shortcuts }</h2><span class="grow" />
                <span class="faint small">{ t.keys_on }</span>
                <button class={classes!("sw", on.then_some("on"))} role="switch" aria-checked={on.to_string()} aria-label={t.keys_on}
                    data-test="letters" onclick={ui.click(Msg::Letters)} />
                { ui.tool("x", t.close, "dialog-close", Msg::Dialog(None), false) }
            </header>
            <dl>
                { for keys.into_iter().map(|(name, keys)| line(name, keys.to_vec())) }
                { for Verb::ALL.into_iter().map(|verb| line(verb.name(t), vec![verb.key()])) }
            </dl>
        </>
    };
    modal(ui, t.shortcuts, "keys", "shortcuts-sheet", || Msg::Dialog(None), inside)
}
