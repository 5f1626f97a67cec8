//! The measurement of this browser, as the page shows it.

use super::Model;
use super::msg::Effect;
use crate::measure::{Row, SIZES, SIZES_LONG, Said};

/// What is shown of it.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// Measure a million as well.
    pub long: bool,
    /// It goes on.
    pub running: bool,
    /// It was asked to stop.
    pub stopping: bool,
    /// Done of a thousand, infos, and whether they are being put in.
    pub progress: (u32, u32, bool),
    /// Figures so far.
    pub rows: Vec<Row>,
    /// How it ended.
    pub ended: Option<Said>,
}

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Measure {
    /// Measure a million as well.
    Long(bool),
    /// Begins anew.
    Start,
    /// Stops.
    Stop,
    /// The worker says.
    Said(Said),
}

/// Carries it out.
pub(super) fn measure(model: &mut Model, what: Measure, out: &mut Vec<Effect>) {
    let at = &mut model.measurement;
    match what {
        Measure::Long(long) => at.long = long,
        Measure::Start if at.running => {}
        Measure::Start => {
            let long = at.long;
            *at = Measurement { long, running: true, ..Measurement::default() };
            out.push(Effect::Measure(if long { SIZES_LONG } else { SIZES }));
        }
        Measure::Stop if at.running && !at.stopping => {
            at.stopping = true;
            out.push(Effect::StopMeasure);
        }
        Measure::Stop => {}
        Measure::Said(said) => match said {
            Said::Ready => {}
            Said::Progress { done, infos, filling } => at.progress = (done, infos, filling),
            Said::Row(row) => at.rows.push(row),
            Said::Done | Said::Stopped | Said::Failed(_) => {
                (at.running, at.stopping) = (false, false);
                at.ended = Some(said);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_once_stops_once_and_keeps_its_figures() {
        let mut model = Model::default();
        let effects = |model: &mut Model, what| {
            let mut out = Vec::new();
            measure(model, what, &mut out);
            out
        };
        effects(&mut model, Measure::Long(true));
        assert_eq!(effects(&mut model, Measure::Start), [Effect::Measure(SIZES_LONG)]);
        assert_eq!(effects(&mut model, Measure::Start), []);
        let row = "row 1000 0 0 5 4 3 2 1".parse().expect("a row");
        effects(&mut model, Measure::Said(row));
        effects(&mut model, Measure::Said(Said::Progress { done: 500, infos: 1_000, filling: false }));
        assert_eq!(effects(&mut model, Measure::Stop), [Effect::StopMeasure]);
        assert_eq!(effects(&mut model, Measure::Stop), []);
        effects(&mut model, Measure::Said(Said::Stopped));
        let Measurement { long, running, rows, ended, .. } = &model.measurement;
        assert_eq!((*long, *running, rows.len(), ended), (true, false, 1, &Some(Said::Stopped)));
        effects(&mut model, Measure::Start);
        assert!(model.measurement.rows.is_empty());
    }
}
