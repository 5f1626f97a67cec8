//! A dialog: the browser's own, so the focus stays inside, Esc closes it, and the focus returns.

use super::Ui;
use crate::model::Msg;
use crate::platform;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::Html;

/// A dialog with a class and a `data-test` of its own; `held` opens it.
pub(crate) fn modal(
    ui: Ui,
    label: &'static str,
    class: &'static str,
    test: &'static str,
    close: fn() -> Msg,
    inside: Html,
) -> Html {
    let oncancel = ui.heard(move |event| {
        event.prevent_default();
        Some(close())
    });
    let onkeydown = ui.heard(move |event| {
        let escape = event.unchecked_ref::<KeyboardEvent>().key() == "Escape";
        escape.then(|| {
            event.prevent_default();
            close()
        })
    });
    let onclick = ui.heard(move |event| platform::on_dialog(event).then(close));
    html! {
        <dialog class={classes!("dialog", class)} aria-label={label} data-test={test} {oncancel} {onkeydown} {onclick}>
            <div class="inner">{ inside }</div>
        </dialog>
    }
}
