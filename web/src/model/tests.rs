//! The page without a browser.

use super::{Choice, Dialog, Effect, Model, Msg, SETTINGS, Tab, WORKLOAD, keys, palette, update};
use crate::engine::SessionOn;
use crate::protocol::{Answer, Reply, Request, Target};
use crate::store::MemoryStore;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use tabletop_core::lab::tablet::Kind;

/// A session over memory never waits.
fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the session waits"),
    }
}

fn asked(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(asked) => Some(format!("{:?}", asked.0.request)),
            _ => None,
        })
        .collect()
}

#[test]
fn only_the_last_place_wanted_is_kept_while_a_seek_is_under_way() {
    let mut model = Model::default();
    assert_eq!(asked(&update(&mut model, Msg::Seek(Target::Step(3)))), ["Seek(Step(3))"]);
    assert!(asked(&update(&mut model, Msg::Seek(Target::Step(4)))).is_empty());
    assert!(asked(&update(&mut model, Msg::Seek(Target::Step(5)))).is_empty());
    let reply = crate::protocol::Reply::Failed { text: String::new() };
    let answer = crate::protocol::Answer { number: 1, reply };
    let effects = update(&mut model, Msg::Answer(Box::new(answer), 0.0));
    assert_eq!(asked(&effects), ["Seek(Step(5))"]);
}

#[test]
fn a_dialog_takes_the_letters_but_not_the_palette_key() {
    let mut model = Model::default();
    update(&mut model, Msg::Dialog(Some(Dialog::Import)));
    let key = |key: &str, command| keys::Key { key: key.to_owned(), command, ..keys::Key::default() };
    assert!(keys::press(&model, &key("t", false)).is_none());
    assert!(keys::press(&model, &key("k", true)).is_some());
    update(&mut model, Msg::Dialog(None));
    assert!(matches!(keys::press(&model, &key("t", false)), Some(Msg::View(_))));
    update(&mut model, Msg::Letters);
    assert!(keys::press(&model, &key("t", false)).is_none());
    assert!(keys::press(&model, &key(" ", false)).is_some());
}

#[test]
fn the_palette_finds_both_languages() {
    let mut model = Model::default();
    update(&mut model, Msg::Find("表格".into()));
    assert_eq!(palette::search(&model).len(), 1);
    update(&mut model, Msg::Find("tab".into()));
    assert!(palette::search(&model).iter().any(|entry| entry.names[0] == "Table"));
}

#[test]
fn a_stopped_engine_is_asked_nothing() {
    let mut model = Model::default();
    let reply = crate::protocol::Reply::Failed { text: "panicked".into() };
    update(&mut model, Msg::Answer(Box::new(crate::protocol::Answer { number: 0, reply }), 0.0));
    assert!(model.dead.is_some());
    assert!(asked(&update(&mut model, Msg::Ask(Request::Runs))).is_empty());
}

fn answered(number: u32, reply: Reply) -> Msg {
    Msg::Answer(Box::new(Answer { number, reply }), 1_000.0)
}

fn shows(model: &mut Model, step: u64) -> Vec<String> {
    let mut session = SessionOn::over(MemoryStore::new("page"), Box::new(|_| ()), || 1_000);
    block_on(session.answer(Request::New { scenario: "steady".into() }));
    let reply = block_on(session.answer(Request::Seek(Target::Step(step))));
    asked(&update(model, answered(0, reply)))
}

fn picks(step: u64) -> Reply {
    let mut session = SessionOn::over(MemoryStore::new("picks"), Box::new(|_| ()), || 1_000);
    block_on(session.answer(Request::New { scenario: "steady".into() }));
    block_on(session.answer(Request::Seek(Target::Step(step))));
    block_on(session.answer(Request::Picks))
}

#[test]
fn what_would_be_merged_is_asked_only_where_it_is_looked_at_and_shown_only_for_its_step() {
    let mut model = Model::default();
    assert!(!shows(&mut model, 60).iter().any(|request| request == "Picks"));
    let key = keys::Key { key: "p".into(), ..keys::Key::default() };
    let Some(look) = keys::press(&model, &key) else { panic!("P looks") };
    let effects = update(&mut model, look);
    let number = effects.iter().find_map(|effect| match effect {
        Effect::Ask(asked) if matches!(asked.0.request, Request::Picks) => Some(asked.0.number),
        _ => None,
    });
    let number = number.expect("it is asked at once");
    assert_eq!(model.tab, Tab::Pick);
    // The cursor moves while the question is under way: one question at a time.
    assert!(!shows(&mut model, 90).iter().any(|request| request == "Picks"));
    let effects = update(&mut model, answered(number, picks(60)));
    assert!(model.preview(false).is_none(), "that was another step");
    assert_eq!(asked(&effects), ["Picks"], "so it is asked again");
    update(&mut model, answered(number + 1, picks(90)));
    update(&mut model, answered(number + 2, picks(90)));
    assert!(model.preview(false).is_some());
    update(&mut model, Msg::Peek(Some(Kind::Full)));
    let full = model.preview(false).and_then(|shown| shown.pick.as_ref()).map(|pick| pick.inputs.len());
    assert!(full.is_some_and(|inputs| inputs > 1), "{full:?}");
    let Some(away) = keys::press(&model, &key) else { panic!("P again ends it") };
    update(&mut model, away);
    assert_eq!(model.tab, Tab::Pinned);
    assert!(model.preview(false).is_none());
}

#[test]
fn a_policy_is_compared_with_one_message() {
    let mut model = Model::default();
    shows(&mut model, 60);
    update(&mut model, Msg::AgainWith("knob-policy".into(), "time_series".into()));
    let sent = asked(&update(&mut model, Msg::Again));
    assert!(sent.len() == 1 && sent[0].contains("time series") && sent[0].contains("TimeSeries"), "{sent:?}");
    update(&mut model, Msg::AgainWith("knob-policy".into(), "size_based".into()));
    assert!(asked(&update(&mut model, Msg::Again)).is_empty(), "it is that policy already");
    for choice in Choice::ALL {
        let mut knobs = tabletop_core::lab::tablet::Knobs::default();
        for (option, name) in choice.options(model.text()) {
            assert_eq!(choice.set(model.text(), &mut knobs, option), Some(name));
            assert_eq!(choice.now(&knobs), option);
        }
        assert_eq!(Choice::of(choice.test()), Some(choice));
    }
}

#[test]
fn a_field_reads_back_what_it_shows() {
    for knob in WORKLOAD.iter().chain(&SETTINGS) {
        for stop in knob.stops {
            assert_eq!(knob.parse(&knob.field(*stop)), Some(*stop), "{}", knob.config);
        }
        assert_eq!(
            knob.stops[knob.stop(knob.default())],
            knob.default(),
            "{} has a default stop",
            knob.config
        );
        assert_eq!(knob.parse("many"), None);
    }
}
