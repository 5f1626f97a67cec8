//! `html!` in few bytes: the notation of yew's macro, built by one interpreter.
//!
//! ```text
//! <b class="n">{ text }</b>   ->   child("\x01b\x02class=n", text)  run("\x03")
//!  \x01tag  \x02attribute=value  \x03close  \x04list
//! ```
//!
//! Yew's macro writes out the making of every node, list and closure; here what is constant
//! between two values is one string, so a value costs one call. An `if` is a list of its own, so
//! that its neighbours keep their places.

use crate::model::Msg;
use crate::platform;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::{Key, Listener, ListenerKind, VList, VTag, VText};

/// An element under construction, or a list without one.
struct Level {
    tag: Option<VTag>,
    inside: Vec<Html>,
}

/// Nodes under construction.
pub(crate) struct Draft(Vec<Level>);

impl Draft {
    pub(crate) fn new() -> Self {
        Self(vec![Level { tag: None, inside: Vec::new() }])
    }

    /// What was built.
    #[inline(never)]
    pub(crate) fn done(mut self) -> Html {
        let mut all = self.0.pop().map_or_else(Vec::new, |level| level.inside);
        if all.len() == 1 { all.pop().unwrap_or_default() } else { VList::with_children(all, None).into() }
    }

    /// Carries out constant steps; the name of an attribute that waits for its value.
    #[inline(never)]
    pub(crate) fn run(&mut self, steps: &'static str) -> &'static str {
        let mut waits = "";
        let mut rest = steps;
        while let Some(step) = rest.as_bytes().first() {
            let tail = rest.get(1..).unwrap_or_default();
            let end = tail.bytes().position(|byte| byte < 5).unwrap_or(tail.len());
            let (word, next) = tail.split_at_checked(end).unwrap_or_default();
            match step {
                1 => self.0.push(Level { tag: Some(VTag::new(word)), inside: Vec::new() }),
                2 => match word.split_once('=') {
                    Some((name, value)) => self.set(name, AttrValue::Static(value)),
                    None => waits = word,
                },
                4 => self.0.push(Level { tag: None, inside: Vec::new() }),
                _ => self.close(),
            }
            rest = next;
        }
        waits
    }

    fn close(&mut self) {
        let Some(Level { tag, inside }) = self.0.pop() else { return };
        let node = match tag {
            Some(mut tag) => {
                if !inside.is_empty() {
                    tag.add_children(inside);
                }
                tag.into()
            }
            None => VList::with_children(inside, None).into(),
        };
        self.add(node);
    }

    #[inline(never)]
    fn add(&mut self, node: Html) {
        if let Some(level) = self.0.last_mut() {
            level.inside.push(node);
        }
    }

    fn tag(&mut self) -> Option<&mut VTag> {
        self.0.last_mut()?.tag.as_mut()
    }

    #[inline(never)]
    fn set(&mut self, name: &'static str, value: AttrValue) {
        let Some(tag) = self.tag() else { return };
        match name {
            "key" => tag.key = Some(Key::from(&*value)),
            "value" if matches!(tag.tag(), "input" | "textarea") => tag.set_value(Some(value)),
            _ => tag.add_attribute(name, value),
        }
    }

    /// An attribute, after constant steps that end with its name.
    #[inline(never)]
    pub(crate) fn put(&mut self, steps: &'static str, value: impl Value) {
        let name = self.run(steps);
        value.put(self, name);
    }

    /// A node or words.
    #[inline(never)]
    pub(crate) fn child(&mut self, steps: &'static str, node: impl Child) {
        self.run(steps);
        node.add(self);
    }

    /// A list of them.
    pub(crate) fn each<I: IntoIterator<Item: Child>>(&mut self, steps: &'static str, nodes: I) {
        self.run(steps);
        self.run("\x04");
        for node in nodes {
            node.add(self);
        }
        self.run("\x03");
    }
}

/// What an attribute can be.
pub(crate) trait Value {
    fn put(self, draft: &mut Draft, name: &'static str);
}

impl Value for &'static str {
    fn put(self, draft: &mut Draft, name: &'static str) {
        draft.set(name, AttrValue::Static(self));
    }
}

impl Value for String {
    fn put(self, draft: &mut Draft, name: &'static str) {
        draft.set(name, AttrValue::Rc(self.into()));
    }
}

impl Value for AttrValue {
    fn put(self, draft: &mut Draft, name: &'static str) {
        draft.set(name, self);
    }
}

impl Value for bool {
    fn put(self, draft: &mut Draft, name: &'static str) {
        if self {
            draft.set(name, AttrValue::Static(name));
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn put(self, draft: &mut Draft, name: &'static str) {
        if let Some(value) = self {
            value.put(draft, name);
        }
    }
}

/// What can stand in an element.
pub(crate) trait Child {
    fn add(self, draft: &mut Draft);
}

impl Child for AttrValue {
    fn add(self, draft: &mut Draft) {
        draft.add(VText::new(self).into());
    }
}

impl Child for &'static str {
    fn add(self, draft: &mut Draft) {
        AttrValue::Static(self).add(draft);
    }
}

impl Child for String {
    fn add(self, draft: &mut Draft) {
        AttrValue::Rc(self.into()).add(draft);
    }
}

impl Child for Html {
    fn add(self, draft: &mut Draft) {
        draft.add(self);
    }
}

impl<T: Child> Child for Option<T> {
    fn add(self, draft: &mut Draft) {
        match self {
            Some(node) => node.add(draft),
            None => draft.add(Html::default()),
        }
    }
}

/// Class names, those that are there.
#[inline(never)]
pub(crate) fn class(names: &[Option<&'static str>]) -> Option<String> {
    let mut all = String::new();
    for name in names.iter().flatten() {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(name);
    }
    (!all.is_empty()).then_some(all)
}

/// What an event leads to.
pub(crate) enum Does {
    /// These messages, once: every message draws the page anew, and its listeners with it.
    Say(RefCell<Vec<Msg>>),
    /// What is made of the field's text.
    Typed(Box<dyn Fn(String) -> Option<Msg>>),
    /// What is made of the event.
    Heard(Box<Hears>),
}

/// A message made of an event.
type Hears = dyn Fn(&Event) -> Option<Msg>;

/// A listener before it knows its event.
pub(crate) struct On {
    pub(crate) send: Callback<Msg>,
    pub(crate) does: Does,
}

struct Ear {
    kind: ListenerKind,
    on: On,
}

impl Listener for Ear {
    fn kind(&self) -> ListenerKind {
        self.kind.clone()
    }

    fn handle(&self, event: Event) {
        let msg = match &self.on.does {
            Does::Say(all) => {
                for msg in all.take() {
                    self.on.send.emit(msg);
                }
                None
            }
            Does::Typed(make) => make(platform::value(&event)),
            Does::Heard(make) => make(&event),
        };
        if let Some(msg) = msg {
            self.on.send.emit(msg);
        }
    }

    fn passive(&self) -> bool {
        false
    }
}

impl Value for On {
    fn put(self, draft: &mut Draft, name: &'static str) {
        let kind = match name {
            "onclick" => ListenerKind::onclick,
            "oninput" => ListenerKind::oninput,
            "onchange" => ListenerKind::onchange,
            "onkeydown" => ListenerKind::onkeydown,
            "onpaste" => ListenerKind::onpaste,
            "onscroll" => ListenerKind::onscroll,
            _ => ListenerKind::oncancel,
        };
        if let Some(tag) = draft.tag() {
            tag.add_listener(Rc::new(Ear { kind, on: self }));
        }
    }
}

/// The notation of yew's macro of that name, without components.
macro_rules! html {
    (@n $b:ident []) => {};
    (@n $b:ident [$($s:expr,)+]) => { $b.run(concat!($($s,)+)); };
    (@n $b:ident [$($s:expr,)*] < / $($t:ident)? > $($rest:tt)*) => {
        html!(@n $b [$($s,)* "\x03",] $($rest)*);
    };
    (@n $b:ident [$($s:expr,)*] < > $($rest:tt)*) => { html!(@n $b [$($s,)* "\x04",] $($rest)*); };
    (@n $b:ident [$($s:expr,)*] < $t:ident $($rest:tt)*) => {
        html!(@a $b [$($s,)* "\x01", stringify!($t),] $($rest)*);
    };
    (@n $b:ident [$($s:expr,)*] { for $($e:tt)* } $($rest:tt)*) => {
        $b.each(concat!($($s,)*), $($e)*);
        html!(@n $b [] $($rest)*);
    };
    (@n $b:ident [$($s:expr,)*] { $($e:tt)* } $($rest:tt)*) => {
        $b.child(concat!($($s,)*), { $($e)* });
        html!(@n $b [] $($rest)*);
    };
    (@n $b:ident [$($s:expr,)*] if $($rest:tt)*) => { html!(@i $b [$($s,)*] [] $($rest)*); };
    (@i $b:ident [$($s:expr,)*] [$($c:tt)*] { $($y:tt)* } else { $($n:tt)* } $($rest:tt)*) => {
        $b.run(concat!($($s,)* "\x04"));
        if $($c)* { html!(@n $b [] $($y)*); } else { html!(@n $b [] $($n)*); }
        html!(@n $b ["\x03",] $($rest)*);
    };
    (@i $b:ident [$($s:expr,)*] [$($c:tt)*] { $($y:tt)* } $($rest:tt)*) => {
        $b.run(concat!($($s,)* "\x04"));
        if $($c)* { html!(@n $b [] $($y)*); }
        html!(@n $b ["\x03",] $($rest)*);
    };
    (@i $b:ident [$($s:expr,)*] [$($c:tt)*] $t:tt $($rest:tt)*) => {
        html!(@i $b [$($s,)*] [$($c)* $t] $($rest)*);
    };
    (@a $b:ident [$($s:expr,)*] / > $($rest:tt)*) => { html!(@n $b [$($s,)* "\x03",] $($rest)*); };
    (@a $b:ident [$($s:expr,)*] > $($rest:tt)*) => { html!(@n $b [$($s,)*] $($rest)*); };
    (@a $b:ident [$($s:expr,)*] { $n:ident } $($rest:tt)*) => {
        $b.put(concat!($($s,)* "\x02", stringify!($n)), $n);
        html!(@a $b [] $($rest)*);
    };
    (@a $b:ident [$($s:expr,)*] $n:ident $(- $m:ident)* = { $($v:tt)* } $($rest:tt)*) => {
        $b.put(concat!($($s,)* "\x02", stringify!($n) $(, "-", stringify!($m))*), { $($v)* });
        html!(@a $b [] $($rest)*);
    };
    (@a $b:ident [$($s:expr,)*] $n:ident $(- $m:ident)* = $v:literal $($rest:tt)*) => {
        html!(@a $b [$($s,)* "\x02", stringify!($n), $("-", stringify!($m),)* "=", $v,] $($rest)*);
    };
    ($($t:tt)*) => {{
        let mut draft = $crate::panels::markup::Draft::new();
        html!(@n draft [] $($t)*);
        draft.done()
    }};
}

/// Class names: words and options of words.
macro_rules! classes {
    ($($name:expr),* $(,)?) => { $crate::panels::markup::class(&[$($name.into()),*]) };
}
