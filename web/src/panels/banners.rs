//! What must be known: another tab writes, saving fails, nothing is stored, an invariant broke.

use super::Ui;
use super::icons::icon;
use crate::model::{Menu, Msg};
use crate::protocol::{Notice, Request, RunState, SaveState, Target};
use crate::text::{count, fill, grouped, sentence};
use tabletop_core::lab::Violation;
use tabletop_core::view::tablet::ReadState;
use yew::{AttrValue, Html};

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! {
        <div class="banners">
            if let Some(text) = &ui.m.dead {
                { banner("bad", "warn", "dead", fill(ui.t.ban_dead, &[text]), html! { { button(ui, ui.t.reload, "reload", Msg::Reload) } }) }
            }
            { broken(ui) }
            { save(ui) }
            { notice(ui) }
        </div>
    }
}

fn banner(tone: &'static str, name: &str, test: &'static str, text: String, actions: Html) -> Html {
    html! {
        <div class={classes!("banner", tone)} role={if tone == "bad" { "alert" } else { "status" }} data-test={["banner-", test].concat()}>
            { icon(name) }<span class="grow">{ text }</span>{ actions }
        </div>
    }
}

fn button(ui: Ui, label: impl Into<AttrValue>, test: &'static str, msg: Msg) -> Html {
    let label: AttrValue = label.into();
    html! { <button class="btn small" data-test={test} onclick={ui.click(msg)}>{ label }</button> }
}

fn export(ui: Ui) -> Html {
    match ui.m.state.as_deref() {
        Some(state) => button(ui, ui.t.export, "banner-export", Msg::Ask(Request::Export(state.run))),
        None => Html::default(),
    }
}

fn broken(ui: Ui) -> Html {
    let Some(RunState { violation: Some((step, Violation { invariant, text })), seed, digest, .. }) =
        ui.m.state.as_deref()
    else {
        return Html::default();
    };
    let said = fill(ui.t.ban_broken, &[invariant, &count(*step), text]);
    let report = [&said, "\nseed ", &seed.to_string(), " digest ", &digest.to_string(), "\n"].concat();
    let actions = html! {
        <>
            { button(ui, ui.t.copy_report, "copy-report", Msg::Copy(report)) }
            { button(ui, fill(ui.t.go_step, &[&count(*step)]), "go-broken", Msg::Seek(Target::Step(*step))) }
        </>
    };
    banner("bad", "warn", "broken", said, actions)
}

fn save(ui: Ui) -> Html {
    let t = ui.t;
    match &ui.m.save {
        Some(SaveState::ReadOnly) => banner(
            "warn",
            "lock",
            "read-only",
            t.ban_read_only.to_owned(),
            button(ui, t.take_over, "take-over", Msg::Ask(Request::TakeOver)),
        ),
        Some(SaveState::Failed { commands, why, quota }) => {
            let text =
                fill(if *quota { t.ban_quota } else { t.ban_failed }, &[&count(u64::from(*commands)), why]);
            let actions = html! {
                <>
                    if *quota { { button(ui, t.free_space, "free-space", Msg::Menu(Some(Menu::Run))) } }
                    { button(ui, t.retry, "save-retry", Msg::Ask(Request::Save)) }
                    { export(ui) }
                </>
            };
            banner("bad", "warn", "save", text, actions)
        }
        Some(SaveState::InMemory { why }) => {
            banner("warn", "info", "memory", fill(t.ban_memory, &[why]), export(ui))
        }
        _ => Html::default(),
    }
}

fn notice(ui: Ui) -> Html {
    let t = ui.t;
    let Some(notice) = &ui.m.notice else { return Html::default() };
    let (test, text, step) = match notice {
        Notice::TailCut { kept, why } => ("tail", fill(t.ban_tail, &[&count(*kept), why]), None),
        Notice::OtherCore { step, recorded, replayed } => {
            let text = fill(t.ban_core, &[&count(*step), &recorded.to_string(), &replayed.to_string()]);
            ("core", text, Some(*step))
        }
        Notice::StoreLost => ("lost", t.ban_lost.to_owned(), None),
        Notice::NotOpened { why } => ("unread", fill(t.ban_unread, &[why]), None),
        Notice::NewerFormat { format } => ("newer", fill(t.ban_newer, &[&format.to_string()]), None),
    };
    let actions = html! {
        <>
            if let Some(step) = step {
                { button(ui, fill(t.go_step, &[&count(step)]), "go-differs", Msg::Seek(Target::Step(step))) }
            }
            { ui.tool("x", t.dismiss, "notice-close", Msg::NoticeSeen, false) }
        </>
    };
    banner("warn", "info", test, text, actions)
}

/// The first screen explains its failed read, with the numbers of the frame.
pub(super) fn intro(ui: Ui) -> Html {
    let t = ui.t;
    // The story is that of the incident; other runs with a failed read tell it in the inspector.
    if ui.m.intro_seen || ui.m.state.as_deref().is_none_or(|state| state.scenario != "incident") {
        return Html::default();
    }
    let (Some(frame), Some(read)) = (ui.m.frame.as_deref(), ui.m.failed()) else { return Html::default() };
    let ReadState::Failed { code, swept, .. } = &read.state else { return Html::default() };
    let code = grouped(i64::from(*code));
    let asked = fill(t.intro_asked, &[&read.version.to_string(), &code]);
    let why = sentence::reasons(t, &frame.state, read, frame.view.max_version);
    html! {
        <section class="intro" data-test="intro" aria-label={t.intro_title}>
            <div class="grow">
                <h2>{ t.intro_title }</h2>
                <p><b>{ asked }</b>{ for why.into_iter().take(2).map(|line| [" ", &line].concat()) }</p>
            </div>
            if let Some((_, _, step)) = swept {
                { button(ui, fill(t.go_step, &[&count(*step)]), "intro-go", Msg::Seek(Target::Step(*step))) }
            }
            if !ui.m.playback.playing() {
                { play_on(ui, frame.workload.on) }
            }
            { ui.tool("x", t.dismiss, "intro-close", Msg::IntroSeen, false) }
        </section>
    }
}

/// Plays; an imported tablet is loaded into only when the button says so.
fn play_on(ui: Ui, on: bool) -> Html {
    let label = if on { ui.t.intro_play } else { ui.t.intro_load };
    let go = ui.say(if on { vec![Msg::Toggle] } else { vec![Msg::WorkloadOn(true), Msg::Toggle] });
    html! { <button class="btn pri small" data-test="intro-play" onclick={go}>{ icon("play") }{ label }</button> }
}
