//! Which message arrives when, which arrives late, and which never?
//!
//! ```text
//! client ──m1──▶          fe                         send: latency drawn, bytes take their time on the link
//!                         fe ──m2──╳                 best effort: lost for good
//!                         fe ──m3─ ─ ─(again)─▶ be   reliable: sent again until it gets through
//!                         fe ◀──── refused ──── be   the receiver is down
//! ```
//!
//! A discrete-event simulation of nodes that exchange messages: it knows nodes, links and timers, and not
//! what a message says. Whoever owns the nodes takes the next [`Happening`] with [`Sim::pop`], changes
//! state and sends.
//!
//! Invariants: what is due first happens first, and of what is due together what was sent first (order
//! `(at, seq)`); every draw comes from the one seeded generator; a node that goes down loses its timers,
//! and nothing that was meant for its former self reaches the new one as a timer.

mod histogram;
mod network;
mod queue;

#[cfg(test)]
mod tests;

pub use histogram::Histogram;
pub use network::{Latency, Link, Network, Step, Travel};
pub use queue::Queue;

use crate::base::{Rng, SimTime};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A node, by its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// What is done about a message that does not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Care {
    /// Nothing: it is lost.
    BestEffort,
    /// It is sent again after so long, as often as it takes, and waits while the link is cut.
    Again(SimTime),
}

/// What became of a message at its sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its number, from 1.
    pub id: u64,
    /// When it arrives, or is lost; nothing while the link is cut.
    pub at: Option<SimTime>,
    /// It never arrives.
    pub lost: bool,
    /// How often it was sent again.
    pub again: u32,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening<M> {
    /// A message arrives.
    Arrives {
        /// Its number.
        id: u64,
        /// Who sent it.
        from: NodeId,
        /// Who gets it.
        to: NodeId,
        /// What it says.
        message: M,
    },
    /// A message comes back: its receiver was down.
    Refused {
        /// Its number.
        id: u64,
        /// Who sent it, and learns of it now.
        from: NodeId,
        /// Who was to get it.
        to: NodeId,
        /// What it said.
        message: M,
    },
    /// A timer rings.
    Rings {
        /// Whose.
        node: NodeId,
        /// What for.
        message: M,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Due<M> {
    /// It comes back where its receiver is down, if it is `reliable`; else it is lost.
    Arrival {
        id: u64,
        from: NodeId,
        to: NodeId,
        reliable: bool,
        message: M,
    },
    Refusal {
        id: u64,
        from: NodeId,
        to: NodeId,
        message: M,
    },
    Timer {
        node: NodeId,
        message: M,
    },
}

/// A message that waits for a cut link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held<M> {
    id: u64,
    from: NodeId,
    to: NodeId,
    bytes: u64,
    care: Care,
    message: M,
}

/// Nodes, links, and everything under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sim<M> {
    now: SimTime,
    rng: Rng,
    queue: Queue<Due<M>>,
    up: Vec<bool>,
    network: Network,
    held: Vec<Held<M>>,
    messages: u64,
}

impl<M> Sim<M> {
    /// Nodes that are all up, on a network.
    pub fn new(nodes: u32, network: Network, seed: u64) -> Self {
        Self {
            now: SimTime::ZERO,
            rng: Rng::new(seed),
            queue: Queue::default(),
            up: alloc::vec![true; nodes as usize],
            network,
            held: Vec::new(),
            messages: 0,
        }
    }

    /// Virtual time.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The generator that everything random is drawn from.
    pub const fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The network, to change it: messages under way are not affected.
    pub const fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Messages and timers under way.
    pub const fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Messages that wait for a cut link.
    pub const fn held(&self) -> usize {
        self.held.len()
    }

    /// Adds a node that is up.
    pub fn add_node(&mut self) -> NodeId {
        self.up.push(true);
        NodeId(self.up.len() as u32 - 1)
    }

    /// Whether a node is up; one that there is not is down.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.up.get(node.0 as usize).copied().unwrap_or(false)
    }

    /// Takes a node down: its timers go, and what was held back of it, whose ids it gives. O(what is under way).
    pub fn take_down(&mut self, node: NodeId) -> Vec<u64> {
        if let Some(up) = self.up.get_mut(node.0 as usize) {
            *up = false;
        }
        self.queue.retain(|due| !matches!(due, Due::Timer { node: of, .. } if *of == node));
        let (gone, held): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.held).into_iter().partition(|held| held.from == node);
        self.held = held;
        gone.iter().map(|held| held.id).collect()
    }

    /// Brings a node up again.
    pub fn bring_up(&mut self, node: NodeId) {
        if let Some(up) = self.up.get_mut(node.0 as usize) {
            *up = true;
        }
    }

    /// Cuts a link in both directions, or heals it: then what was held back is sent, and given.
    pub fn cut(&mut self, left: NodeId, right: NodeId, on: bool) -> Vec<Sent> {
        self.network.cut(left, right, on);
        let mut sent = Vec::new();
        if on {
            return sent;
        }
        for held in core::mem::take(&mut self.held) {
            if self.network.is_cut(held.from, held.to) {
                self.held.push(held);
            } else {
                let Held { id, from, to, bytes, care, message } = held;
                sent.push(self.dispatch(id, (from, to), bytes, care, message));
            }
        }
        sent
    }

    /// Sends a message of so many bytes.
    pub fn send(&mut self, from: NodeId, to: NodeId, bytes: u64, care: Care, message: M) -> Sent {
        self.messages += 1;
        self.dispatch(self.messages, (from, to), bytes, care, message)
    }

    fn dispatch(
        &mut self,
        id: u64,
        (from, to): (NodeId, NodeId),
        bytes: u64,
        care: Care,
        message: M,
    ) -> Sent {
        let (mut leaves, mut again) = (self.now, 0);
        loop {
            match (self.network.travel(from, to, bytes, leaves, &mut self.rng), care) {
                (Travel::Arrives(at), _) => {
                    let reliable = matches!(care, Care::Again(_));
                    self.queue.push(at, Due::Arrival { id, from, to, reliable, message });
                    return Sent { id, at: Some(at), lost: false, again };
                }
                (Travel::Lost(_), Care::Again(pause)) => {
                    leaves = leaves + pause;
                    again += 1;
                }
                (Travel::Cut, Care::Again(_)) => {
                    self.held.push(Held { id, from, to, bytes, care, message });
                    return Sent { id, at: None, lost: false, again };
                }
                (Travel::Lost(at), Care::BestEffort) => return Sent { id, at: Some(at), lost: true, again },
                (Travel::Cut, Care::BestEffort) => {
                    return Sent { id, at: Some(self.now), lost: true, again };
                }
            }
        }
    }

    /// Rings at a node after a delay, unless the node goes down before.
    pub fn after(&mut self, node: NodeId, delay: SimTime, message: M) {
        self.queue.push(self.now + delay, Due::Timer { node, message });
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<SimTime> {
        self.queue.next_at().map(|at| at.max(self.now))
    }

    /// Moves the clock without anything happening; only up to [`Sim::next_at`].
    pub fn idle(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    /// Takes what happens next and moves the clock to it. Nothing where nothing is under way, or where a
    /// best-effort message found its receiver down.
    pub fn pop(&mut self) -> Option<Happening<M>> {
        self.pop_by(SimTime::MAX).flatten()
    }

    /// The same where it is due by then; nothing at all where it is not.
    pub fn pop_by(&mut self, until: SimTime) -> Option<Option<Happening<M>>> {
        let (at, due) = self.queue.pop_by(until)?;
        Some(self.happens(at, due))
    }

    fn happens(&mut self, at: SimTime, due: Due<M>) -> Option<Happening<M>> {
        self.now = self.now.max(at);
        match due {
            Due::Timer { node, message } => Some(Happening::Rings { node, message }),
            Due::Refusal { id, from, to, message } => {
                self.is_up(from).then_some(Happening::Refused { id, from, to, message })
            }
            Due::Arrival { id, from, to, message, .. } if self.is_up(to) => {
                Some(Happening::Arrives { id, from, to, message })
            }
            Due::Arrival { id, from, to, reliable: true, message } => {
                let back = match self.network.travel(to, from, 0, self.now, &mut self.rng) {
                    Travel::Arrives(at) | Travel::Lost(at) => at,
                    Travel::Cut => self.now,
                };
                self.queue.push(back, Due::Refusal { id, from, to, message });
                None
            }
            Due::Arrival { .. } => None,
        }
    }
}
