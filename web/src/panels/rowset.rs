//! Everything about one rowset. What the source did not say is said to be unknown.

use super::icons::icon;
use super::{Ui, step_at};
use crate::model::{Msg, Verb};
use crate::protocol::{RowsetCard, RunState};
use crate::text::{bytes, count, fill, range, sentence};
use tabletop_core::base::SimTime;
use tabletop_core::lab::tablet::TabletEvent;
use tabletop_core::rowset::{Overlap, Unknown};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    match &ui.m.card {
        None => html! {
            <section class="card"><header><h2>{ t.no_rowset }</h2></header><p class="sub">{ t.no_rowset_note }</p></section>
        },
        Some(None) => html! { <section class="card"><p class="sub">{ t.rowset_gone }</p></section> },
        Some(Some(card)) => card_of(ui, state, card),
    }
}

fn card_of(ui: Ui, state: &RunState, card: &RowsetCard) -> Html {
    let t = ui.t;
    let meta = &card.meta;
    let chip = if card.live {
        Ui::chip("good", t.live.to_owned())
    } else {
        Ui::chip(
            "warn",
            card.stale_path.map_or_else(
                || t.stale.to_owned(),
                |(path, _)| fill(t.stale_path, &[&["#", &path.to_string()].concat()]),
            ),
        )
    };
    let known = |facts: Unknown, text: String| {
        if meta.unknown.has(facts) {
            html! { <em>{ t.unknown_why }</em> }
        } else {
            html! { { text } }
        }
    };
    let overlap = match meta.overlap {
        Overlap::Overlapping => t.yes,
        Overlap::NonOverlapping => t.no,
        Overlap::Unknown => t.unknown,
    };
    let kind = if meta.delete_predicate { t.kind_delete } else { t.kind_data };
    html! {
        <>
            <section class="card" data-test="rowset-card">
                <header><h2 class="mono">{ range(meta.range) }</h2><span class="grow" />{ chip }</header>
                <dl class="kv">
                    <dt>{ t.d_id }</dt><dd class="mono">{ meta.id.to_string() }</dd>
                    if let Some(id) = &card.external_id { <dt>{ t.d_external }</dt><dd class="mono long">{ id.clone() }</dd> }
                    <dt>{ t.d_size }</dt><dd>{ known(Unknown::BYTES, bytes(meta.bytes)) }</dd>
                    <dt>{ t.d_rows }</dt><dd>{ known(Unknown::ROWS, count(meta.rows)) }</dd>
                    <dt>{ t.d_segments }</dt><dd>{ known(Unknown::SEGMENTS, meta.segments.to_string()) }</dd>
                    <dt>{ t.d_overlap }</dt><dd>{ known(Unknown::OVERLAP, overlap.to_owned()) }</dd>
                    <dt>{ t.d_kind }</dt><dd>{ known(Unknown::KIND, kind.to_owned()) }</dd>
                    <dt>{ t.d_created }</dt><dd>{ known(Unknown::CREATED, sentence::moment(state, meta.created_at)) }</dd>
                    <dt>{ t.d_score }</dt><dd>{ meta.score().to_string() }</dd>
                    <dt>{ t.d_level }</dt><dd>{ meta.level.to_string() }</dd>
                    if let Some((_, goes)) = card.stale_path {
                        <dt>{ t.d_expires }</dt>
                        <dd>{ goes.map_or_else(|| t.d_never.to_owned(), |at| sentence::moment(state, at)) }</dd>
                    }
                </dl>
                if card.live && ui.m.can_act() {
                    if let Some(range_now) = ui.m.compact_range() {
                        <div class="act start">
                            <button class="btn small" data-test="compact-this" onclick={ui.click(Msg::Do(Verb::Compact))}>
                                { icon("swap") }{ fill(t.compact_this, &[&range(range_now)]) }
                            </button>
                        </div>
                    }
                }
            </section>
            { origin(ui, state, t.created_by, card.created_by.as_ref(), t.came_with) }
            { origin(ui, state, t.replaced_by, card.replaced_by.as_ref(), t.not_replaced) }
        </>
    }
}

fn origin(
    ui: Ui,
    state: &RunState,
    title: &'static str,
    event: Option<&(u64, SimTime, TabletEvent)>,
    otherwise: &'static str,
) -> Html {
    html! {
        <section class="card">
            <header><h2>{ title }</h2></header>
            { match event {
                Some((step, time, event)) => html! {
                    <>
                        <p class="sub">{ sentence::event(ui.t, state, event) }</p>
                        <div class="links">{ ui.step_link(*step, step_at(ui, *step, *time)) }</div>
                    </>
                },
                None => html! { <p class="sub">{ otherwise }</p> },
            } }
        </section>
    }
}
