//! Sliders: label, track with a tick at the default, value with its unit; a dot marks a changed one.

use super::markup::On;
use super::{Ui, script};
use crate::model::{Edited, Knob, Msg, SETTINGS, Shown, WORKLOAD};
use crate::platform;
use crate::text::{self, fill};
use tabletop_core::compaction::Policy;
use tabletop_core::lab::tablet::{DelayedDeletion, Knobs, Workload};
use tabletop_core::tablet::Keying;
use yew::Html;

pub(super) fn workload(ui: Ui) -> Html {
    let t = ui.t;
    let Some(frame) = ui.m.frame.as_deref() else { return Html::default() };
    let on = frame.workload.on;
    html! {
        <section class="sec">
            <header>
                <h2>{ t.workload }</h2><span class="grow" />
                <button class={classes!("sw", on.then_some("on"))} role="switch" aria-checked={on.to_string()}
                    aria-label={t.workload_on} title={t.workload_on} data-test="workload-on" disabled={!ui.m.can_act()}
                    onclick={ui.click(Msg::WorkloadOn(!on))} />
            </header>
            { for WORKLOAD.iter().map(|knob| slider(ui, knob, &frame.knobs, &frame.workload)) }
        </section>
    }
}

pub(super) fn settings(ui: Ui) -> Html {
    let t = ui.t;
    let Some(frame) = ui.m.frame.as_deref() else { return Html::default() };
    let (knobs, workload) = (&frame.knobs, &frame.workload);
    let standard = Knobs::default();
    let changed = SETTINGS.iter().filter(|knob| (knob.get)(knobs, workload) != knob.default()).count()
        + usize::from(knobs.delayed_deletion != standard.delayed_deletion)
        + usize::from(knobs.keying != standard.keying)
        + usize::from(knobs.policy != standard.policy)
        + usize::from(knobs.compact_invisible != standard.compact_invisible);
    html! {
        <section class="sec">
            <header>
                <h2>{ t.settings }</h2><span class="grow" />
                if changed > 0 {
                    <button class="reset" data-test="knobs-reset" disabled={!ui.m.can_act()} onclick={ui.click(Msg::ResetKnobs)}>
                        { fill(t.changed_reset, &[&changed.to_string()]) }
                    </button>
                }
            </header>
            { deletion(ui, knobs) }
            { keying(ui, knobs) }
            { policy(ui, knobs) }
            { invisible(ui, knobs) }
            { for SETTINGS.iter().filter(|knob| knob.id.serves(knobs.policy)).map(|knob| slider(ui, knob, knobs, workload)) }
        </section>
    }
}

fn deletion(ui: Ui, knobs: &Knobs) -> Html {
    let t = ui.t;
    let options = [
        ("off", t.deletion_off, DelayedDeletion::Off),
        ("time", t.deletion_time, DelayedDeletion::AfterTime),
        ("size", t.deletion_size, DelayedDeletion::BySize),
    ];
    let now = knobs.clone();
    let turn = ui.typed(move |typed| {
        let delayed_deletion = options.iter().find(|option| option.0 == typed)?.2;
        Some(Msg::Knobs(Knobs { delayed_deletion, ..now.clone() }))
    });
    let list = options.map(|(value, name, at)| (value, name, at == knobs.delayed_deletion));
    choice(
        ui,
        t.k_deletion,
        "tablet_rowset_stale_sweep_by_size",
        "knob-deletion",
        &list,
        turn,
        knobs.delayed_deletion != DelayedDeletion::AfterTime,
    )
}

fn keying(ui: Ui, knobs: &Knobs) -> Html {
    let t = ui.t;
    let now = knobs.clone();
    let turn = ui.typed(move |typed| {
        let keying = if typed == "version" { Keying::ByVersion } else { Keying::ById };
        Some(Msg::Knobs(Knobs { keying, ..now.clone() }))
    });
    let by_version = knobs.keying == Keying::ByVersion;
    let list = [("id", t.keying_id, !by_version), ("version", t.keying_version, by_version)];
    choice(ui, t.k_keying, "apache/doris#5526", "knob-keying", &list, turn, by_version)
}

fn policy(ui: Ui, knobs: &Knobs) -> Html {
    let t = ui.t;
    let now = knobs.clone();
    let turn = ui.heard(move |event| {
        let typed = platform::value(event);
        let Some(policy) = Policy::ALL.into_iter().find(|policy| policy.key() == typed) else {
            // Until a script is applied the policy is what it was.
            platform::choose(event, now.policy.key());
            return Some(Msg::Script(Edited::Chosen));
        };
        Some(Msg::Knobs(Knobs { policy, ..now.clone() }))
    });
    let list: Vec<_> = Policy::ALL
        .into_iter()
        .chain([Policy::Own])
        .map(|policy| (policy.key(), text::policy::name(t, policy), policy == knobs.policy))
        .collect();
    let changed = knobs.policy != Policy::default();
    html! {
        <>
            { choice(ui, t.k_policy, "compaction_policy", "knob-policy", &list, turn, changed) }
            if knobs.policy == Policy::Own { { script::said(ui) } }
        </>
    }
}

fn invisible(ui: Ui, knobs: &Knobs) -> Html {
    let t = ui.t;
    let now = knobs.clone();
    let turn =
        ui.typed(move |typed| Some(Msg::Knobs(Knobs { compact_invisible: typed == "yes", ..now.clone() })));
    let on = knobs.compact_invisible;
    let list = [("no", t.invisible_off, !on), ("yes", t.invisible_on, on)];
    html! {
        <>
            { choice(ui, t.k_invisible, "apache/doris#28082", "knob-invisible", &list, turn, on) }
            if on { <p class="knote" data-test="invisible-note">{ text::preview::invisible(ui.m.lang) }</p> }
        </>
    }
}

fn choice(
    ui: Ui,
    label: &'static str,
    config: &'static str,
    test: &'static str,
    list: &[(&'static str, &'static str, bool)],
    turn: On,
    changed: bool,
) -> Html {
    html! {
        <div class={classes!("knob", "pick", changed.then_some("set"))} title={config}>
            <label for={test}>{ label }</label>
            <select id={test} data-test={test} disabled={!ui.m.can_act()} onchange={turn}>
                { for list.iter().map(|(value, name, on)| html! { <option value={*value} selected={*on}>{ *name }</option> }) }
            </select>
        </div>
    }
}

fn slider(ui: Ui, knob: &'static Knob, knobs: &Knobs, workload: &Workload) -> Html {
    let now = (knob.get)(knobs, workload);
    let value = ui.m.draft.filter(|draft| draft.0 == knob.id).map_or(now, |draft| draft.1);
    let (last, at, standard) = (knob.stops.len() - 1, knob.stop(value), knob.stop(knob.default()));
    let label = (knob.label)(ui.t);
    let stop = |typed: String| typed.parse::<usize>().ok().and_then(|at| knob.stops.get(at).copied());
    let style = ["--v:", &percent(at, last), ";--d:", &percent(standard, last)].concat();
    let (text, unit) = shown(ui, knob, value);
    let set = now != knob.default();
    html! {
        <div class={classes!("knob", set.then_some("set"))} title={knob.config}>
            <label for={knob.test}>{ label }</label>
            <span class="range" {style}>
                <s />
                <input type="range" id={knob.test} data-test={knob.test} min="0" max={last.to_string()} step="1"
                    value={at.to_string()} aria-valuetext={[&text, " ", unit].concat()} disabled={!ui.m.can_act()}
                    oninput={ui.typed(move |typed| Some(Msg::Drag(knob.id, stop(typed)?)))}
                    onchange={ui.typed(move |typed| Some(Msg::Turn(knob.id, stop(typed)?)))} />
            </span>
            <span class="val">
                <input inputmode="decimal" aria-label={[label, ", ", knob.config].concat()} value={text} disabled={!ui.m.can_act()}
                    onchange={ui.typed(move |typed| Some(Msg::Turn(knob.id, knob.parse(&typed)?)))} />
                <small>{ unit }</small>
            </span>
        </div>
    }
}

/// The value's text and unit.
fn shown(ui: Ui, knob: &Knob, value: u64) -> (String, &'static str) {
    let t = ui.t;
    match knob.shown {
        Shown::Millis | Shown::Loads if value == 0 => (t.never.to_owned(), ""),
        Shown::Millis | Shown::Secs => (knob.field(value), t.unit_s),
        Shown::Megabytes | Shown::Mib => (knob.field(value), t.unit_mb),
        Shown::Loads => (knob.field(value), t.unit_loads),
        Shown::Plain => (knob.field(value), ""),
    }
}

pub(crate) fn percent(at: usize, last: usize) -> String {
    let tenths = at * 1_000 / last.max(1);
    [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), "%"].concat()
}
