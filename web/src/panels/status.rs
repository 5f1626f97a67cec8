//! The last line: seed, step, speed of the engine, digest, checkers, where it is saved.

use super::{Ui, menus};
use crate::protocol::SaveState;
use crate::text::{bytes, count};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else {
        return html! { <footer class="status" aria-label={t.status} /> };
    };
    let digest: String = state.digest.to_string().chars().take(9).collect();
    let (checks, tone) = match (&state.violation, state.checkers) {
        (Some(_), n) => ([&n.to_string(), " ✗"].concat(), "bad"),
        (None, 0) => (t.off.to_owned(), "warn"),
        (None, n) => ([&n.to_string(), " ✓"].concat(), "good"),
    };
    html! {
        <footer class="status" aria-label={t.status} data-test="status">
            <span>{ t.seed }{ " " }<b class="mono">{ ["0x", &menus::hex(state.seed)].concat() }</b></span>
            <span>{ t.step }{ " " }<b class="mono">{ count(state.step) }</b></span>
            if let Some(rate) = ui.m.rate { <span><b class="mono">{ count(rate) }</b>{ " " }{ t.steps_per_s }</span> }
            <span>{ t.digest }{ " " }<b class="mono" data-test="digest" title={state.digest.to_string()}>{ digest }</b></span>
            <span>{ t.checkers }{ " " }<b class={tone}>{ checks }</b></span>
            <span class="grow" />
            { place(ui) }
        </footer>
    }
}

fn place(ui: Ui) -> Html {
    let t = ui.t;
    match &ui.m.save {
        Some(SaveState::Saved { bytes: size }) => html! {
            <><span>{ t.saved_here }{ " · " }<b class="mono">{ bytes(*size) }</b></span><span class="hint">{ t.may_evict }</span></>
        },
        Some(SaveState::Saving { .. }) => html! { <span>{ t.saved_here }</span> },
        Some(SaveState::Failed { .. }) => html! { <span class="bad">{ t.kept_partly }</span> },
        Some(SaveState::ReadOnly) => html! { <span class="warn">{ t.other_tab }</span> },
        Some(SaveState::InMemory { .. }) => html! { <span class="warn">{ t.kept_nowhere }</span> },
        None => Html::default(),
    }
}
