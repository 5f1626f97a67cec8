//! Which key does what. By `KeyboardEvent.key`, never by its place on the board.

use super::{Dialog, Menu, Model, Msg, Verb, View};
use crate::protocol::{Request, Target};
use crate::stage::StageOrder;

/// A pressed key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// Ctrl, or ⌘.
    pub command: bool,
    /// Shift.
    pub shift: bool,
    /// Alt, or ⌥.
    pub alt: bool,
}

/// A second of virtual time, µs: what Alt with an arrow moves by, ten with Shift.
const SECOND: i64 = 1_000_000;

/// Whether the page wants a key at all, so that the browser leaves it alone.
pub fn wanted(key: &Key) -> bool {
    let name = key.key.as_str();
    if key.command {
        return matches!(name, "k" | "K" | "z" | "Z" | "y" | "Y");
    }
    matches!(name, " " | "ArrowLeft" | "ArrowRight" | "Home" | "End" | "/" | "?")
}

/// What a key does now.
pub fn press(model: &Model, key: &Key) -> Option<Msg> {
    let name = key.key.as_str();
    if key.command {
        return match name {
            "k" | "K" => Some(Msg::Dialog(Some(Dialog::Palette))),
            "z" | "Z" if key.shift => Some(Msg::Ask(Request::Redo)),
            "z" | "Z" => Some(Msg::Ask(Request::Undo)),
            "y" | "Y" => Some(Msg::Ask(Request::Redo)),
            _ => None,
        };
    }
    if model.dialog.is_some() {
        return None;
    }
    match name {
        "Escape" => return Some(escape(model)),
        "Home" => return Some(Msg::Seek(Target::Start)),
        "End" => return Some(Msg::Seek(Target::End)),
        "ArrowLeft" => return Some(arrow(key, -1)),
        "ArrowRight" => return Some(arrow(key, 1)),
        _ => {}
    }
    if key.alt {
        return None;
    }
    match name {
        " " => return Some(Msg::Toggle),
        "?" => return Some(Msg::Dialog(Some(Dialog::Shortcuts))),
        _ if !model.letters => return None,
        "/" => return Some(Msg::Dialog(Some(Dialog::Palette))),
        "," => return Some(Msg::Seek(Target::Lane { kind: model.lane, direction: -1 })),
        "." => return Some(Msg::Seek(Target::Lane { kind: model.lane, direction: 1 })),
        "<" => return Some(Msg::Speed(model.playback.speed().position().saturating_sub(1))),
        ">" => return Some(Msg::Speed(model.playback.speed().position().saturating_add(1))),
        "[" => return Some(Msg::OtherBranch(-1)),
        "]" => return Some(Msg::OtherBranch(1)),
        "0" => return Some(Msg::Order(StageOrder::Fit)),
        "1" => return Some(Msg::Speed(-3)),
        "2" => return Some(Msg::Speed(0)),
        "3" => return Some(Msg::Speed(3)),
        "4" => return Some(Msg::Speed(6)),
        "5" => return Some(Msg::Speed(9)),
        _ => {}
    }
    letter(model, name)
}

fn letter(model: &Model, name: &str) -> Option<Msg> {
    if !super::labs::is_tablet(model.lab)
        && let Some(verb) = board_verb(model, name)
    {
        return Some(verb);
    }
    let centred = matches!(model.order, Some((_, StageOrder::Centre)));
    Some(match name.to_ascii_lowercase().as_str() {
        "k" => Msg::Toggle,
        "w" => Msg::Order(StageOrder::ZoomIn),
        "s" => Msg::Order(StageOrder::ZoomOut),
        "a" => Msg::Order(StageOrder::Left),
        "d" => Msg::Order(StageOrder::Right),
        "f" => Msg::Order(if centred { StageOrder::Fit } else { StageOrder::Centre }),
        "b" => Msg::Ask(Request::Fork { name: String::new() }),
        "m" => Msg::Mark,
        "p" if super::labs::is_tablet(model.lab) => {
            Msg::Peek((model.tab != super::Tab::Pick).then_some(model.peek))
        }
        "c" => Msg::Menu(Some(Menu::Compare)),
        "t" => Msg::View(if model.view == View::Table { View::Map } else { View::Table }),
        other if super::labs::is_tablet(model.lab) => Msg::Do(Verb::of_key(other)?),
        _ => return None,
    })
}

fn board_verb(model: &Model, name: &str) -> Option<Msg> {
    let letter = name.chars().next().filter(|_| name.len() == 1)?.to_ascii_uppercase();
    let at = model.board.letters().iter().position(|own| *own == letter)?;
    Some(Msg::Board(crate::board::page::Do::Verb(at)))
}

fn arrow(key: &Key, direction: i32) -> Msg {
    let far = if key.shift { 10 } else { 1 };
    if key.alt {
        return Msg::Seek(Target::ByTime(SECOND * far * i64::from(direction)));
    }
    if key.shift { Msg::Seek(Target::By(far * i64::from(direction))) } else { Msg::Step(direction) }
}

/// Closes the nearest thing, else clears the selection.
fn escape(model: &Model) -> Msg {
    if model.menu.is_some() {
        Msg::Menu(None)
    } else if model.sheet.is_some() {
        Msg::Sheet(None)
    } else if model.drawer {
        Msg::Drawer(false)
    } else if let Some(toast) = model.toasts.last() {
        Msg::Toasted(toast.id)
    } else if !super::labs::is_tablet(model.lab) {
        Msg::Board(crate::board::page::Do::Select(tabletop_core::view::board::ItemId::NONE))
    } else {
        Msg::Select { what: None, extend: false }
    }
}
