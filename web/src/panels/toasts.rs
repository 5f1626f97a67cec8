//! Messages that leave by themselves: refused, failed, branched, in the trash, copied.

use super::Ui;
use super::icons::icon;
use crate::model::{Msg, Toast, ToastKind};
use crate::protocol::Request;
use crate::text::{count, fill, grouped, sentence};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! {
        <div class="toasts" role="status" aria-live="polite">
            { for ui.m.toasts.iter().map(|toast| one(ui, toast)) }
        </div>
    }
}

fn one(ui: Ui, toast: &Toast) -> Html {
    let t = ui.t;
    let (name, tone, test, text, action) = match &toast.kind {
        ToastKind::Rejected(rejection) => {
            let said = sentence::rejection(t, rejection);
            let text = if rejection.code == 0 {
                said
            } else {
                [&grouped(i64::from(rejection.code)), " · ", &said].concat()
            };
            ("info", "warn", "toast-rejected", text, None)
        }
        ToastKind::Failed(text) => ("warn", "bad", "toast-failed", text.clone(), None),
        ToastKind::Forked { step, from } => (
            "branch",
            "dim",
            "toast-forked",
            fill(t.toast_fork, &[&count(*step), from]),
            Some((t.undo, "toast-undo", Msg::Ask(Request::Undo))),
        ),
        ToastKind::Trashed(run, name) => (
            "trash",
            "dim",
            "toast-trashed",
            fill(t.trashed, &[name]),
            Some((t.restore, "toast-restore", Msg::Ask(Request::Restore(*run)))),
        ),
        ToastKind::Copied(true) => ("check", "good", "toast-copied", t.copied.to_owned(), None),
        ToastKind::Copied(false) => ("warn", "bad", "toast-copied", t.copy_failed.to_owned(), None),
    };
    let id = toast.id;
    html! {
        <div class="toast" key={id.to_string()} data-test={test}>
            <span class={tone}>{ icon(name) }</span><span>{ text }</span>
            if let Some((label, test, msg)) = action {
                <button class="btn small" data-test={test} onclick={ui.say(vec![Msg::Toasted(id), msg])}>{ label }</button>
            }
            { ui.tool("x", t.close, "toast-close", Msg::Toasted(id), false) }
        </div>
    }
}
