//! A dialog: the browser's own, so the focus stays inside, Esc closes it, and the focus returns.

use crate::platform;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// Accessible name.
    pub(super) label: &'static str,
    /// Class of its own.
    pub(super) class: &'static str,
    /// `data-test`.
    pub(super) test: &'static str,
    /// Asked to close.
    pub(super) on_close: Callback<()>,
    /// What is inside.
    pub(super) children: Html,
}

#[component]
pub(super) fn Modal(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            platform::show_modal(&node);
            move || platform::close_modal(&node)
        });
    }
    let close = props.on_close.clone();
    let oncancel = Callback::from({
        let close = close.clone();
        move |event: Event| {
            event.prevent_default();
            close.emit(());
        }
    });
    let onkeydown = Callback::from({
        let close = close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(());
            }
        }
    });
    let onclick = Callback::from(move |event: MouseEvent| {
        if platform::on_itself(&event) {
            close.emit(());
        }
    });
    html! {
        <dialog class={classes!("dialog", props.class)} ref={node} aria-label={props.label} data-test={props.test} {oncancel} {onkeydown} {onclick}>
            <div class="inner">{ props.children.clone() }</div>
        </dialog>
    }
}
