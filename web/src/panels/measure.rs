//! Measure in this browser: what appends, reads and look-ups take on its own IndexedDB.

use super::Ui;
use super::dialog::modal;
use crate::measure::plot::{HEIGHT, Plot, WIDTH, path, plot};
use crate::measure::{Kept, Operation, Row, Said, table};
use crate::model::{Dialog, Measure, Msg};
use crate::text::{Text, bytes, count, fill, grouped};
use yew::Html;

/// Opens the dialog.
#[inline(never)]
pub(crate) fn button(ui: Ui) -> Html {
    html! {
        <section class="sec">
            <button class="reset" data-test="measure-open" onclick={ui.click(Msg::Dialog(Some(Dialog::Measure)))}>
                { ui.t.me_title }
            </button>
        </section>
    }
}

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let (t, at) = (ui.t, &ui.m.measurement);
    let ask = |what: Measure| ui.click(Msg::Measure(what));
    let inside = html! {
        <>
            <header>
                <h2>{ t.me_title }</h2><span class="grow" />
                { ui.tool("x", t.close, "dialog-close", Msg::Dialog(None), false) }
            </header>
            <p class="sub">{ t.me_lead }</p>
            <div class="me-state" aria-live="polite" data-test="measure-state">{ state(ui) }</div>
            if !at.rows.is_empty() {
                <div class="me-plots">{ for Operation::ALL.into_iter().map(|operation| small(ui, operation)) }</div>
                <p class="me-key">
                    <span><i class="whole" />{ t.me_whole }</span><span><i class="split" />{ t.me_split }</span>
                    <span class="faint">{ t.me_axes }</span>
                </p>
                { figures(ui) }
            }
            <footer>
                <label><input type="checkbox" data-test="measure-long" checked={at.long} disabled={at.running} onchange={ask(Measure::Long(!at.long))} /><span>{ t.me_long }</span></label>
                <span class="grow" />
                if !at.rows.is_empty() {
                    <button class="btn quiet small" data-test="measure-copy" onclick={ui.click(Msg::Copy(table(&at.rows)))}>{ t.me_copy }</button>
                }
                if at.running {
                    <button class="btn quiet small" data-test="measure-stop" disabled={at.stopping} onclick={ask(Measure::Stop)}>{ t.cancel }</button>
                } else {
                    <button class="btn pri small" data-test="measure-start" onclick={ask(Measure::Start)}>{ t.me_start }</button>
                }
            </footer>
        </>
    };
    modal(ui, t.me_title, "imp me", "measure", || Msg::Dialog(None), inside)
}

/// What goes on, or how it ended.
#[inline(never)]
fn state(ui: Ui) -> Html {
    let (t, at) = (ui.t, &ui.m.measurement);
    if at.running {
        let (done, infos, filling) = at.progress;
        let what = match (at.stopping, filling) {
            (true, _) => t.me_stopping.to_owned(),
            (false, true) => fill(t.me_filling, &[&count(infos.into())]),
            (false, false) => fill(t.me_timing, &[&count(infos.into())]),
        };
        return html! {
            <><progress max="1000" value={done.to_string()} aria-label={t.me_title} /><span class="faint">{ what }</span></>
        };
    }
    let (tone, text) = match &at.ended {
        None => return Html::default(),
        Some(Said::Failed(why)) => ("bad", fill(t.me_failed, &[why])),
        Some(Said::Stopped) => ("faint", t.me_stopped.to_owned()),
        Some(_) => ("good", t.me_done.to_owned()),
    };
    html! { <span class={tone}>{ text }</span> }
}

const fn name(t: &Text, operation: Operation) -> &'static str {
    match operation {
        Operation::Append => t.me_append,
        Operation::Read => t.me_read,
        Operation::LookUp => t.me_look_up,
    }
}

/// `250 µs`, `2.5 ms`, `25 ms`, `5 s`.
fn time(us: u64) -> String {
    let (scale, unit) = match us {
        0..1_000 => return [&us.to_string(), " µs"].concat(),
        1_000..1_000_000 => (1_000, " ms"),
        _ => (1_000_000, " s"),
    };
    let (whole, tenth) = (us / scale, us % scale * 10 / scale);
    if tenth == 0 || whole >= 10 {
        return [&whole.to_string(), unit].concat();
    }
    [&whole.to_string(), ".", &tenth.to_string(), unit].concat()
}

/// `1k`, `1M`.
fn short(infos: u32) -> String {
    match infos {
        1_000_000.. => [&(infos / 1_000_000).to_string(), "M"].concat(),
        1_000.. => [&(infos / 1_000).to_string(), "k"].concat(),
        _ => infos.to_string(),
    }
}

/// One operation's lines.
#[inline(never)]
fn small(ui: Ui, operation: Operation) -> Html {
    let Plot { lines, across, up } = plot(&ui.m.measurement.rows, operation);
    let label = name(ui.t, operation);
    let box_of =
        ["-44 -10 ", &(WIDTH as u32 + 60).to_string(), " ", &(HEIGHT as u32 + 34).to_string()].concat();
    let number = |number: f64| grouped(number.round() as i64);
    html! {
        <figure>
            <figcaption>{ label }</figcaption>
            <svg viewBox={box_of} role="img" aria-label={label} data-test="measure-plot">
                { for up.into_iter().map(|(y, us)| html! {
                    <g>
                        <path class="rule" d={["M0 ", &number(y), "H", &number(WIDTH)].concat()} />
                        <text x="-6" y={number(y + 3.0)} text-anchor="end">{ time(us) }</text>
                    </g>
                }) }
                { for across.into_iter().map(|(x, infos)| html! {
                    <text x={number(x)} y={number(HEIGHT + 16.0)} text-anchor="middle">{ short(infos) }</text>
                }) }
                { for lines.into_iter().zip(["whole", "split"]).map(|(points, class)| html! {
                    <g class={class}>
                        <path class="line" d={path(&points)} />
                        { for points.iter().map(|(x, y)| html! { <circle cx={number(*x)} cy={number(*y)} r="3" /> }) }
                    </g>
                }) }
            </svg>
        </figure>
    }
}

/// The same as a table.
#[inline(never)]
fn figures(ui: Ui) -> Html {
    let (t, rows) = (ui.t, &ui.m.measurement.rows);
    let mut sizes: Vec<u32> = rows.iter().map(|row| row.infos).collect();
    sizes.dedup();
    let of = |infos: u32, operation: Operation, kept: Kept| {
        rows.iter().find(|row| (row.infos, row.operation, row.kept) == (infos, operation, kept))
    };
    let cell = |row: Option<&Row>| match row {
        None => html! { <><td>{ "…" }</td><td /></> },
        Some(row) => html! {
            <><td title={fill(t.me_runs, &[&count(row.count.into()), &time(row.least_us)])}>{ time(row.median_us) }</td>
            <td class="faint">{ bytes(row.read + row.written) }</td></>
        },
    };
    let lines = sizes.into_iter().flat_map(|infos| Operation::ALL.map(|operation| (infos, operation)));
    html! {
        <div class="me-table"><table data-test="measure-table">
            <thead><tr>
                <th scope="col">{ t.me_infos }</th><th scope="col">{ t.me_what }</th>
                <th scope="col">{ t.me_whole }</th><th scope="col">{ t.me_moved }</th>
                <th scope="col">{ t.me_split }</th><th scope="col">{ t.me_moved }</th>
            </tr></thead>
            <tbody>
                { for lines.filter(|&(infos, operation)| of(infos, operation, Kept::Whole).is_some()).map(|(infos, operation)| html! {
                    <tr>
                        <td>{ count(infos.into()) }</td><th scope="row">{ name(t, operation) }</th>
                        { cell(of(infos, operation, Kept::Whole)) }
                        { cell(of(infos, operation, Kept::Split)) }
                    </tr>
                }) }
            </tbody>
        </table></div>
    }
}
