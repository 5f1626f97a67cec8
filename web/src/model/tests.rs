//! The page without a browser.

use super::{Dialog, Effect, Model, Msg, SETTINGS, WORKLOAD, keys, palette, update};
use crate::protocol::{Request, Target};

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
