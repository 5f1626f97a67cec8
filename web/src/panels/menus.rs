//! Menus of the bar: runs, branches, share, more.

use super::icons::icon;
use super::{Ui, compare, file_button, top};
use crate::model::labs::{LABS, LabTab, is_tablet};
use crate::model::{Dialog, Edit, Menu, Msg};
use crate::platform;
use crate::protocol::{BranchInfo, Request, RunInfo};
use crate::text::{bytes, count, fill, scenario};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::Html;

/// A list of buttons under the one that opened it.
fn menu_box(ui: Ui, label: &'static str, inside: Html) -> Html {
    let keys = ui.heard(|event| {
        let msg = match event.unchecked_ref::<KeyboardEvent>().key().as_str() {
            "ArrowDown" => {
                platform::walk(MENU, 1);
                None
            }
            "ArrowUp" => {
                platform::walk(MENU, -1);
                None
            }
            "Escape" | "Tab" => Some(Msg::Menu(None)),
            _ => return None,
        };
        event.prevent_default();
        msg
    });
    html! {
        <>
            <div class="away" onclick={ui.click(Msg::Menu(None))} />
            <div class="menu" role="group" aria-label={label} onkeydown={keys} data-test="menu">{ inside }</div>
        </>
    }
}

/// The open menu.
pub(super) const MENU: &str = ".menu";

/// The button that opened a menu; the focus goes back to it.
pub(super) fn opener(menu: Menu, phone: bool) -> &'static str {
    match menu {
        Menu::Run if !phone => "[data-test=run-menu]",
        Menu::Branch if !phone => "[data-test=branch-menu]",
        Menu::Share => "[data-test=share-menu]",
        Menu::Compare => "[data-test=compare-menu]",
        _ => "[data-test=more-menu]",
    }
}

#[inline(never)]
pub(super) fn view(ui: Ui, menu: Menu) -> Html {
    let (label, children) = match menu {
        Menu::Run => (ui.t.runs, runs(ui)),
        Menu::Branch => (ui.t.branches, branches(ui)),
        Menu::Compare => (ui.t.compare, compare::menu(ui)),
        Menu::Share => (ui.t.share, share(ui)),
        Menu::More => (ui.t.more, more(ui)),
    };
    menu_box(ui, label, children)
}

fn line(ui: Ui, name: &str, label: String, note: String, test: &'static str, msg: Msg) -> Html {
    html! {
        <button class="l" data-test={test} onclick={ui.click(msg)}>
            { icon(name) }<span class="cut">{ label }</span>
            if !note.is_empty() { <span class="g">{ note }</span> }
        </button>
    }
}

fn editor(ui: Ui, edit: Edit, text: &str, label: &'static str) -> Html {
    let keys = ui.heard(|event| match event.unchecked_ref::<KeyboardEvent>().key().as_str() {
        "Enter" => Some(Msg::Rename),
        "Escape" => {
            event.stop_propagation();
            Some(Msg::Edit(None))
        }
        _ => None,
    });
    html! {
        <span class="rename">
            <input class="field" aria-label={label} data-test="rename-field" value={text.to_owned()} autofocus=true
                oninput={ui.typed(move |text| Some(Msg::Edit(Some((edit, text)))))} onkeydown={keys} />
            { ui.tool("check", ui.t.rename, "rename-done", Msg::Rename, false) }
        </span>
    }
}

fn editing(ui: Ui, edit: Edit) -> Option<String> {
    ui.m.edit.as_ref().filter(|(at, _)| *at == edit).map(|(_, text)| text.clone())
}

#[inline(never)]
fn runs(ui: Ui) -> Html {
    let t = ui.t;
    let (kept, trashed): (Vec<&RunInfo>, Vec<&RunInfo>) = ui.m.runs.iter().partition(|run| !run.trashed);
    html! {
        <>
            <h2>{ t.runs }</h2>
            if kept.is_empty() { <p class="note">{ t.no_runs }</p> }
            { for kept.iter().map(|run| run_line(ui, run)) }
            if !trashed.is_empty() {
                <h2>{ t.in_trash }</h2>
                { for trashed.iter().map(|run| html! {
                    <span class="two" key={run.id.0.to_string()}>
                        <span class="l off">{ icon("trash") }<span class="cut">{ name_of(ui, run) }</span></span>
                        { ui.tool("undo", t.restore, "run-restore", Msg::Ask(Request::Restore(run.id)), false) }
                    </span>
                }) }
            }
            <h2>{ t.new_run }</h2>
            { for ui.m.scenarios.iter().map(|info| line(
                ui, "plus", scenario_name(ui, &info.key), String::new(), "new-run",
                Msg::Ask(Request::New { scenario: info.key.clone() }),
            )) }
            if is_tablet(ui.m.lab) {
                { line(ui, "import", t.import_json.to_owned(), String::new(), "menu-import", Msg::Dialog(Some(Dialog::Import))) }
            }
            { file_button(ui, t.open_file, ".tabletop", "open-file", "l") }
        </>
    }
}

/// A scenario's name, in its lab's words.
fn scenario_name(ui: Ui, key: &str) -> String {
    if is_tablet(ui.m.lab) { scenario(ui.t, key) } else { ui.m.board.words.of("scenario-", key) }
}

/// A run's name; a nameless one that is not open goes by its number.
pub(super) fn name_of(ui: Ui, run: &RunInfo) -> String {
    if ui.m.state.as_ref().is_some_and(|state| state.run == run.id) {
        ui.m.run_name()
    } else if run.name.is_empty() {
        fill(ui.t.run_n, &[&run.id.0.to_string()])
    } else {
        run.name.clone()
    }
}

fn run_line(ui: Ui, run: &RunInfo) -> Html {
    let t = ui.t;
    if let Some(text) = editing(ui, Edit::Run(run.id)) {
        return editor(ui, Edit::Run(run.id), &text, t.run_name);
    }
    let here = ui.m.state.as_ref().is_some_and(|state| state.run == run.id);
    let name = name_of(ui, run);
    let mut note = String::new();
    if run.lab != ui.m.lab && run.lab != 0 {
        note.push_str(LabTab::of(run.lab).name(ui.m.lang));
        note.push_str(" · ");
    }
    note.push_str(&[&fill(t.steps_n, &[&count(run.steps)]), " · ", &bytes(run.bytes)].concat());
    note.push_str(" · ");
    note.push_str(&saved_at(run.saved_at_ms));
    html! {
        <span class={classes!("two", here.then_some("on"))} key={run.id.0.to_string()}>
            <button class="l tall" data-test="run-open" data-run={run.id.0.to_string()}
                aria-current={here.then_some("true")} onclick={ui.click(Msg::Ask(Request::Open(run.id)))}>
                { icon(if run.imported { "import" } else { "disk" }) }
                <span class="cut"><b>{ name.clone() }</b><small>{ note }</small></span>
            </button>
            { ui.tool("pencil", t.rename, "run-rename", Msg::Edit(Some((Edit::Run(run.id), name.clone()))), false) }
            { ui.tool("trash", t.trash, "run-trash", Msg::Trash(run.id, name), here) }
        </span>
    }
}

/// `2026-03-04 06:52`, in the user's zone.
fn saved_at(unix_ms: u64) -> String {
    let date = js_sys::Date::new(&(unix_ms as f64).into());
    let two =
        |number: u32| if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() };
    let day =
        [&date.get_full_year().to_string(), "-", &two(date.get_month() + 1), "-", &two(date.get_date())]
            .concat();
    [&day, " ", &two(date.get_hours()), ":", &two(date.get_minutes())].concat()
}

#[inline(never)]
fn branches(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    html! {
        <>
            <h2>{ t.branches }</h2>
            { for state.branches.iter().map(|branch| branch_line(ui, branch, branch.id == state.branch, depth(&state.branches, branch))) }
            <hr />
            { line(ui, "branch", t.branch_here.to_owned(), "B".to_owned(), "menu-fork", Msg::Ask(Request::Fork { name: String::new() })) }
        </>
    }
}

fn depth(all: &[BranchInfo], branch: &BranchInfo) -> usize {
    let mut depth = 0;
    let mut at = branch;
    while let Some(parent) = at.parent.and_then(|(id, _)| all.iter().find(|branch| branch.id == id)) {
        depth += 1;
        at = parent;
        if depth > 12 {
            break;
        }
    }
    depth
}

fn branch_line(ui: Ui, branch: &BranchInfo, here: bool, depth: usize) -> Html {
    let t = ui.t;
    if let Some(text) = editing(ui, Edit::Branch(branch.id)) {
        return editor(ui, Edit::Branch(branch.id), &text, t.branch_name);
    }
    let mut note = fill(t.steps_n, &[&count(branch.head_step)]);
    if let Some((_, step)) = branch.parent {
        note.push_str(" · ");
        note.push_str(&fill(t.forked_at, &[&count(step)]));
    }
    let indent = ["padding-left:", &(depth * 18 + 8).to_string(), "px"].concat();
    html! {
        <span class={classes!("two", here.then_some("on"))} key={branch.id.0.to_string()}>
            <button class="l tall" data-test="branch-switch" data-branch={branch.id.0.to_string()} style={indent}
                aria-current={here.then_some("true")} onclick={ui.click(Msg::Ask(Request::Switch(branch.id)))}>
                { icon("branch") }<span class="cut"><b>{ branch.name.clone() }</b><small>{ note }</small></span>
            </button>
            { ui.tool("pencil", t.rename, "branch-rename", Msg::Edit(Some((Edit::Branch(branch.id), branch.name.clone()))), false) }
        </span>
    }
}

#[inline(never)]
fn share(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    let digest = [
        "seed 0x",
        &hex(state.seed),
        " step ",
        &state.step.to_string(),
        " digest ",
        &state.digest.to_string(),
    ]
    .concat();
    let rows = fill("{0}", &[&count(ui.m.series.steps.len() as u64)]);
    html! {
        <>
            { line(ui, "disk", t.share_run.to_owned(), String::new(), "export-run", Msg::Ask(Request::Export(state.run))) }
            { line(ui, "copy", t.share_text.to_owned(), t.copy.to_owned(), "export-text", Msg::CopyText) }
            { line(ui, "eye", t.share_svg.to_owned(), String::new(), "export-svg", Msg::Svg) }
            { line(ui, "gauge", t.share_csv.to_owned(), rows, "export-csv", Msg::Csv) }
            { line(ui, "info", t.share_digest.to_owned(), t.copy.to_owned(), "export-digest", Msg::Copy(digest)) }
            <p class="note">{ t.nothing_uploaded }</p>
        </>
    }
}

/// A seed as `5eed0042`.
pub(super) fn hex(number: u64) -> String {
    let digits: String =
        (0..16).rev().filter_map(|at| char::from_digit((number >> (4 * at) & 15) as u32, 16)).collect();
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0".to_owned() } else { short.to_owned() }
}

fn toggle(ui: Ui, label: &'static str, on: bool, test: &'static str, msg: Msg) -> Html {
    html! {
        <button class="l" role="switch" aria-checked={on.to_string()} data-test={test} onclick={ui.click(msg)}>
            <span class="cut">{ label }</span><span class={classes!("sw", on.then_some("on"), "g")} />
        </button>
    }
}

#[inline(never)]
fn more(ui: Ui) -> Html {
    let t = ui.t;
    let checking = ui.m.state.as_ref().is_some_and(|state| state.checkers > 0);
    html! {
        <>
            if ui.m.layout.phone {
                <span class="two">
                    { top::undo(ui) }
                    <span class="grow" />
                    { top::theme(ui) }
                    <button class="ib txt" data-test="lang" aria-label={t.language} onclick={ui.click(Msg::Language)}>{ t.language_short }</button>
                </span>
                { line(ui, "find", t.find.to_owned(), String::new(), "find", Msg::Dialog(Some(Dialog::Palette))) }
                { line(ui, "disk", t.runs.to_owned(), String::new(), "menu-runs", Msg::Menu(Some(Menu::Run))) }
                { line(ui, "branch", t.branches.to_owned(), String::new(), "menu-branches", Msg::Menu(Some(Menu::Branch))) }
                { line(ui, "import", t.import_json.to_owned(), String::new(), "import-open", Msg::Dialog(Some(Dialog::Import))) }
                { for LABS.iter().filter(|tab| tab.lab != ui.m.lab).map(|tab| line(
                    ui, "swap", tab.name(ui.m.lang).to_owned(), String::new(), tab.key, Msg::Lab(tab.lab),
                )) }
                { line(ui, "swap", t.compare.to_owned(), String::new(), "menu-compare", Msg::Menu(Some(Menu::Compare))) }
                { line(ui, "flag", t.mark.to_owned(), String::new(), "mark", Msg::Mark) }
                { line(ui, "help", t.shortcuts.to_owned(), String::new(), "shortcuts", Msg::Dialog(Some(Dialog::Shortcuts))) }
            }
            { toggle(ui, t.projector, ui.m.projector, "projector", Msg::Projector) }
            { toggle(ui, t.keys_on, ui.m.letters, "letters", Msg::Letters) }
            { toggle(ui, t.checkers, checking, "checkers", Msg::Ask(Request::Checkers(!checking))) }
        </>
    }
}
