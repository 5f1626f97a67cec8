//! Two branches in numbers: each metric of A and B, the difference, and what is set differently.

use super::Ui;
use crate::model::{Choice, METRICS, SETTINGS, WORKLOAD};
use crate::protocol::Frame;
use crate::text::preview::{to_a, write_of};
use crate::text::{preview, sentence};
use yew::Html;

/// Metrics that are compared, in order; less is better in all of them.
const COMPARED: [&str; 11] = [
    "write_amplification",
    "space_amplification",
    "live_rowsets",
    "stale_rowsets",
    "compaction_score",
    "path_len",
    "stale_bytes",
    "live_bytes",
    "already_merged",
    "too_many_versions",
    "meta_saves",
];

#[inline(never)]
fn name(ui: Ui, column: &str) -> &'static str {
    let (t, lang) = (ui.t, ui.m.lang);
    match column {
        "write_amplification" => t.m_write,
        "space_amplification" => t.m_space,
        "live_rowsets" => t.m_live,
        "stale_rowsets" => t.m_stale,
        "compaction_score" => preview::score_row(lang),
        "path_len" => t.m_path,
        "stale_bytes" => t.m_stale_bytes,
        "live_bytes" => preview::merged_row(lang),
        "already_merged" => t.m_230,
        "too_many_versions" => t.m_235,
        _ => preview::saves_row(lang),
    }
}

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! { <>{ table(ui) }{ differences(ui) }</> }
}

/// The table of both.
#[inline(never)]
pub(super) fn table(ui: Ui) -> Html {
    let lang = ui.m.lang;
    let Some(state) = ui.m.state.as_deref().filter(|_| ui.m.other.is_some()) else { return Html::default() };
    let ab =
        |b: bool| html! { <b class={classes!("ab", b.then_some("b"))}>{ if b { "B" } else { "A" } }</b> };
    html! {
        <section class="card" data-test="versus-table">
            <header><h2>{ preview::versus(lang) }</h2><span class="grow" /><span class="faint small">{ sentence::moment(state, state.now) }</span></header>
            <table class="versus">
                <thead><tr>
                    <th scope="col"><span class="vh">{ preview::metric(lang) }</span></th>
                    <th scope="col">{ ab(false) }</th><th scope="col">{ ab(true) }</th><th scope="col">{ ui.t.compare_less }</th>
                </tr></thead>
                <tbody>{ for COMPARED.into_iter().filter_map(|column| row(ui, column)) }</tbody>
            </table>
            <p class="faint small">{ preview::less_is_better(lang) }</p>
        </section>
    }
}

#[inline(never)]
fn row(ui: Ui, column: &'static str) -> Option<Html> {
    let at = METRICS.iter().position(|name| *name == column)?;
    let [a, b] = [0, 1].map(|side: usize| ui.m.versus[side].get(at).copied().unwrap_or_default());
    let write = write_of(column);
    let most = a.max(b).max(1);
    let share = |value: i64| {
        let tenths = i128::from(value.max(0)) * 1_000 / i128::from(most);
        ["width:", &(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), "%"].concat()
    };
    let tone = (a != b).then_some(if b < a { "good" } else { "bad" });
    let value = |number: i64| write(number.max(0).unsigned_abs());
    Some(html! {
        <tr data-test={["versus-row-", column].concat()}>
            <th scope="row">{ name(ui, column) }<span class="bar" aria-hidden="true"><i style={share(a)} /><i class="b" style={share(b)} /></span></th>
            <td>{ value(a) }</td><td>{ value(b) }</td><td class={classes!("to", tone)}>{ to_a(a, b, write) }</td>
        </tr>
    })
}

/// Settings that are not the same now.
#[inline(never)]
fn differences(ui: Ui) -> Html {
    let lang = ui.m.lang;
    let (Some(a), Some(b)) = (ui.m.frame.as_deref(), ui.m.other.as_deref()) else { return Html::default() };
    let all = differing(ui, a, b);
    html! {
        <section class="card" data-test="versus-differs">
            <header><h2>{ preview::differs(lang) }</h2></header>
            if all.is_empty() { <p class="sub">{ preview::differs_not(lang) }</p> }
            <dl class="kv">
                { for all.into_iter().map(|(label, [a, b])| html! { <><dt>{ label }</dt><dd>{ a }{ " → " }<b>{ b }</b></dd></> }) }
            </dl>
        </section>
    }
}

#[inline(never)]
fn differing(ui: Ui, a: &Frame, b: &Frame) -> Vec<(&'static str, [String; 2])> {
    let t = ui.t;
    let chosen = |choice: Choice, frame: &Frame| {
        let now = choice.now(&frame.knobs);
        let found = choice.options(t).into_iter().find(|option| option.0 == now);
        found.map_or_else(String::new, |option| option.1.to_owned())
    };
    let mut all = Vec::new();
    for choice in Choice::ALL {
        let both = [chosen(choice, a), chosen(choice, b)];
        if both[0] != both[1] {
            all.push((choice.label(t), both));
        }
    }
    for knob in WORKLOAD.iter().chain(&SETTINGS) {
        let both = [a, b].map(|frame| (knob.get)(&frame.knobs, &frame.workload));
        if both[0] != both[1] {
            all.push(((knob.label)(t), both.map(|value| knob.field(value))));
        }
    }
    all
}
