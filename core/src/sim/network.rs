//! Links: how long a message takes, and whether it arrives.

use super::NodeId;
use crate::base::{Rng, SimTime, SortedMap};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One step of a distribution: up to this many of a million draws take up to so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Draws below this, of 1,000,000.
    pub upto_ppm: u32,
    /// Take at most so long, µs; at least as long as the step before.
    pub us: u64,
}

/// How long a message takes, in whole µs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Latency {
    /// Always the same.
    Fixed(u64),
    /// Anything from one to the other, evenly.
    Uniform {
        /// Least.
        low: u64,
        /// Most.
        high: u64,
    },
    /// By a table whose steps rise; between two steps evenly, from 0 below the first.
    Table(Vec<Step>),
}

impl Latency {
    /// A long tail around a typical value: nine of ten within twice of it, one of a hundred above five
    /// times, one of a thousand above twenty times, none above fifty times.
    pub fn long_tail(typical_us: u64) -> Self {
        let step = |upto_ppm, halves: u64| Step { upto_ppm, us: typical_us.saturating_mul(halves) / 2 };
        let steps = [
            step(0, 1),
            step(500_000, 2),
            step(900_000, 4),
            step(990_000, 10),
            step(999_000, 40),
            step(1_000_000, 100),
        ];
        Self::Table(steps.to_vec())
    }

    /// Draws one.
    pub fn draw(&self, rng: &mut Rng) -> SimTime {
        SimTime(match self {
            Self::Fixed(us) => *us,
            Self::Uniform { low, high } => rng.between(*low, *high),
            Self::Table(steps) => {
                let (draw, mut before) = (rng.below(1_000_000), Step { upto_ppm: 0, us: 0 });
                for step in steps {
                    if draw < u64::from(step.upto_ppm) {
                        let width = u64::from(step.upto_ppm - before.upto_ppm).max(1);
                        let into = draw.saturating_sub(before.upto_ppm.into());
                        let rise = step.us.saturating_sub(before.us);
                        // A wide division is slow, and needed only for months.
                        let more = match rise.checked_mul(into) {
                            Some(product) => product / width,
                            None => (u128::from(rise) * u128::from(into) / u128::from(width)) as u64,
                        };
                        return SimTime(before.us + more);
                    }
                    before = *step;
                }
                before.us
            }
        })
    }
}

/// What a link between two nodes does to messages, each way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How long a message takes.
    pub latency: Latency,
    /// Of 1,000 messages so many are lost.
    pub loss: u32,
    /// Of 1,000 messages so many take `late_us` longer, and may be overtaken.
    pub late: u32,
    /// How much longer, µs.
    pub late_us: u64,
    /// Bytes a second that fit through; 0 for no limit. Messages wait for one another.
    pub bytes_per_second: u64,
    /// A message that is not late arrives after those that were sent before it.
    pub in_order: bool,
}

impl Link {
    /// A link that loses nothing and has no limit.
    pub const fn new(latency: Latency) -> Self {
        Self { latency, loss: 0, late: 0, late_us: 0, bytes_per_second: 0, in_order: false }
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Travel {
    /// It arrives.
    Arrives(SimTime),
    /// It would have arrived, and does not.
    Lost(SimTime),
    /// The link is cut.
    Cut,
}

/// One direction of a link: until when it is busy, and when its last message arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    busy_until: SimTime,
    last_arrival: SimTime,
}

/// All links: one that serves every pair, and those that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    link: Link,
    others: SortedMap<(NodeId, NodeId), Link>,
    lines: SortedMap<(NodeId, NodeId), Line>,
    cuts: Vec<(NodeId, NodeId)>,
}

impl Network {
    /// The same link between every two nodes.
    pub fn new(link: Link) -> Self {
        Self { link, others: SortedMap::default(), lines: SortedMap::default(), cuts: Vec::new() }
    }

    /// The link that serves every pair without one of its own, to change it.
    pub const fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    /// Gives one direction between two nodes a link of its own.
    pub fn set(&mut self, from: NodeId, to: NodeId, link: Link) {
        self.others.insert((from, to), link);
    }

    /// The link of one direction.
    pub fn link(&self, from: NodeId, to: NodeId) -> &Link {
        self.others.get(&(from, to)).unwrap_or(&self.link)
    }

    /// Cuts both directions between two nodes, or heals them.
    pub(super) fn cut(&mut self, left: NodeId, right: NodeId, on: bool) {
        let pair = (left.min(right), left.max(right));
        self.cuts.retain(|cut| *cut != pair);
        if on {
            self.cuts.push(pair);
        }
    }

    /// Whether nothing gets through between two nodes.
    pub fn is_cut(&self, left: NodeId, right: NodeId) -> bool {
        self.cuts.contains(&(left.min(right), left.max(right)))
    }

    /// Sends so many bytes at a moment, draws what becomes of them.
    pub fn travel(&mut self, from: NodeId, to: NodeId, bytes: u64, at: SimTime, rng: &mut Rng) -> Travel {
        if !self.cuts.is_empty() && self.is_cut(from, to) {
            return Travel::Cut;
        }
        let own = if self.others.is_empty() { None } else { self.others.get(&(from, to)) };
        let link = own.unwrap_or(&self.link);
        let lost = link.loss > 0 && rng.below(1_000) < link.loss.into();
        let late = link.late > 0 && rng.below(1_000) < link.late.into();
        let latency = link.latency.draw(rng);
        let limited = link.bytes_per_second > 0;
        if !limited && !link.in_order {
            let arrives = at + latency + SimTime(if late { link.late_us } else { 0 });
            return if lost { Travel::Lost(arrives) } else { Travel::Arrives(arrives) };
        }
        let way = self.lines.get_or_insert_with((from, to), Line::default);
        let mut leaves = at;
        if limited {
            let takes = u128::from(bytes) * 1_000_000 / u128::from(link.bytes_per_second);
            leaves = at.max(way.busy_until) + SimTime(takes as u64);
            way.busy_until = leaves;
        }
        let mut arrives = leaves + latency;
        if late {
            arrives = arrives + SimTime(link.late_us);
        } else if link.in_order {
            arrives = arrives.max(way.last_arrival);
            way.last_arrival = arrives;
        }
        if lost { Travel::Lost(arrives) } else { Travel::Arrives(arrives) }
    }
}
