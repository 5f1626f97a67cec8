//! Seeded runs, checkers after every event, seeks against plain play.

use tabletop_core::base::SimTime;
use tabletop_core::draw::tablet::draw;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::view::tablet::TabletWindow;

#[test]
fn look() {
    for key in scenarios::KEYS {
        let s = scenarios::scenario(key).expect("known");
        let mut t: Timeline<TabletLab> = Timeline::new(s.config, s.seed);
        t.set_checkers(true);
        for c in s.commands {
            println!("{c:?} {:?}", t.act(c.clone()));
        }
        t.advance(s.play, 1_000_000);
        println!("{key} step {} at {} {:?}", t.step(), t.now(), t.violation());
        println!("{}", draw(&t.lab().view(&TabletWindow::ALL)));
        for e in t.events_before(12) { println!("{e:?}"); }
    }
}
