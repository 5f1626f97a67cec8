//! The bar: mark, lab, run, branch, what is saved, undo, find, share, language, theme, keys.

use super::icons::{icon, logo};
use super::{Ui, menus};
use crate::model::labs::{LABS, LabTab};
use crate::model::{Dialog, Menu, Msg};
use crate::protocol::{Request, SaveState};
use crate::text::{bytes, fill, sentence};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    html! {
        <header class="top">
            <div class="brand">{ logo() }<span>{ t.brand }</span></div>
            <nav class="tabs" aria-label={t.labs}>
                { for LABS.iter().map(|tab| lab(ui, tab)) }
            </nav>
            <div class="grow" />
            { crumb(ui, Menu::Run, "disk", "run-menu", &ui.m.run_name(), t.runs) }
            { crumb(ui, Menu::Branch, "branch", "branch-menu", branch_name(ui), t.branches) }
            { saved(ui) }
            <div class="vr" />
            { undo(ui) }
            <button class="find" data-test="find" aria-label={[t.find, " ⌘K"].concat()} onclick={ui.click(Msg::Dialog(Some(Dialog::Palette)))}>
                { icon("find") }<span>{ t.find }</span><kbd aria-hidden="true">{ "⌘K" }</kbd>
            </button>
            { anchor(ui, Menu::Share, "share", "share-menu", t.share) }
            <button class="ib txt" data-test="lang" aria-label={t.language} title={t.language} onclick={ui.click(Msg::Language)}>
                { t.language_short }
            </button>
            { theme(ui) }
            { ui.tool("help", t.shortcuts, "shortcuts", Msg::Dialog(Some(Dialog::Shortcuts)), false) }
            { anchor(ui, Menu::More, "more", "more-menu", t.more) }
        </header>
    }
}

fn lab(ui: Ui, tab: &'static LabTab) -> Html {
    let here = tab.lab == ui.m.lab;
    html! {
        <button data-test={["tab-", tab.key].concat()} aria-current={here.then_some("page")} onclick={ui.click(Msg::Lab(tab.lab))}>
            { tab.name(ui.m.lang) }
        </button>
    }
}

fn branch_name(ui: Ui<'_>) -> &str {
    let Some(state) = ui.m.state.as_deref() else { return "…" };
    state
        .branches
        .iter()
        .find(|branch| branch.id == state.branch)
        .map_or("main", |branch| branch.name.as_str())
}

pub(super) fn undo(ui: Ui) -> Html {
    let can = |get: fn(&crate::protocol::RunState) -> bool| ui.m.state.as_deref().is_some_and(get);
    html! {
        <>
            { ui.tool("undo", ui.t.undo, "undo", Msg::Ask(Request::Undo), !can(|s| s.can_undo)) }
            { ui.tool("redo", ui.t.redo, "redo", Msg::Ask(Request::Redo), !can(|s| s.can_redo)) }
        </>
    }
}

pub(super) fn theme(ui: Ui) -> Html {
    let (name, label) = if ui.m.dark { ("sun", ui.t.theme_light) } else { ("moon", ui.t.theme_dark) };
    ui.tool(name, label, "theme", Msg::Theme, false)
}

/// What is saved: never more than is so.
pub(super) fn saved(ui: Ui) -> Html {
    let t = ui.t;
    if ui.m.dead.is_some() {
        return html! { <span class="saved bad" data-test="save-state">{ t.off }</span> };
    }
    let Some(save) = &ui.m.save else {
        return html! { <span class="saved warn" data-test="save-state">{ t.engine_waits }</span> };
    };
    let (word, tone) = sentence::save(t, save);
    let tip = match save {
        SaveState::Saved { bytes: size } => fill(t.saved_tip, &[&bytes(*size)]),
        SaveState::Saving { commands } => fill(t.saving_tip, &[&commands.to_string()]),
        SaveState::Failed { why, .. } | SaveState::InMemory { why } => why.clone(),
        SaveState::ReadOnly => t.other_tab.to_owned(),
    };
    html! {
        <button class={classes!("saved", tone)} title={[&tip, " · ", t.save_now].concat()} data-test="save-state"
            onclick={ui.click(Msg::Ask(Request::Save))}>
            <span>{ word }</span>
        </button>
    }
}

fn crumb(ui: Ui, menu: Menu, name: &str, test: &'static str, label: &str, what: &'static str) -> Html {
    let open = ui.m.menu == Some(menu);
    html! {
        <div class="anchor">
            <button class="crumb" data-test={test} aria-haspopup="true" aria-expanded={open.to_string()}
                aria-label={[what, ": ", label].concat()} onclick={ui.click(Msg::Menu((!open).then_some(menu)))}>
                { icon(name) }<span class="cut">{ label.to_owned() }</span><span class="chev">{ icon("chev") }</span>
            </button>
            if open { { menus::view(ui, menu) } }
        </div>
    }
}

pub(super) fn anchor(ui: Ui, menu: Menu, name: &str, test: &'static str, label: &'static str) -> Html {
    let open = ui.m.menu == Some(menu);
    html! {
        <div class="anchor">
            <button class="ib" data-test={test} aria-label={label} title={label} aria-haspopup="true"
                aria-expanded={open.to_string()} onclick={ui.click(Msg::Menu((!open).then_some(menu)))}>
                { icon(name) }
            </button>
            if open { { menus::view(ui, menu) } }
        </div>
    }
}
