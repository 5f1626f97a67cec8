//! Order, loss, bandwidth, downtime, cuts, quantiles.

use super::*;
use alloc::collections::BTreeMap;

fn sim(link: Link, seed: u64) -> Sim<u32> {
    Sim::new(3, Network::new(link), seed)
}

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const AGAIN: Care = Care::Again(SimTime(200));

fn arrivals(sim: &mut Sim<u32>) -> Vec<(u64, u32)> {
    let mut all = Vec::new();
    while sim.next_at().is_some() {
        match sim.pop() {
            Some(Happening::Arrives { message, .. } | Happening::Rings { message, .. }) => {
                all.push((sim.now().micros(), message));
            }
            Some(Happening::Refused { message, .. }) => all.push((sim.now().micros(), message + 1_000)),
            None => {}
        }
    }
    all
}

#[test]
fn the_queue_is_a_map_by_time_and_order() {
    let (mut rng, mut queue, mut map) = (Rng::new(1), Queue::default(), BTreeMap::new());
    for seq in 0..3_000_u64 {
        if rng.below(3) > 0 {
            let at = SimTime(rng.below(50));
            queue.push(at, seq);
            map.insert((at, seq), seq);
        } else if rng.below(20) == 0 {
            queue.retain(|value| value % 3 != 0);
            map.retain(|_, value| *value % 3 != 0);
        } else {
            assert_eq!(queue.pop(), map.pop_first().map(|((at, _), value)| (at, value)));
        }
        assert_eq!(queue.len(), map.len());
    }
}

#[test]
fn what_is_sent_first_happens_first_at_one_moment() {
    let mut sim = sim(Link::new(Latency::Fixed(10)), 1);
    for message in 0..5 {
        sim.send(A, B, 0, AGAIN, message);
    }
    sim.after(B, SimTime(10), 9);
    let expected: Vec<_> = [0, 1, 2, 3, 4, 9].map(|message| (10, message)).to_vec();
    assert_eq!(arrivals(&mut sim), expected);
}

#[test]
fn the_same_seed_plays_the_same() {
    let run = |seed| {
        let link = Link { loss: 100, late: 100, late_us: 5_000, ..Link::new(Latency::long_tail(500)) };
        let mut sim = sim(link, seed);
        for message in 0..200 {
            sim.send(A, B, 0, if message % 2 == 0 { AGAIN } else { Care::BestEffort }, message);
        }
        arrivals(&mut sim)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    let even = run(7).iter().filter(|(_, message)| message % 2 == 0).count();
    assert_eq!(even, 100, "what is sent again arrives");
    assert!(run(7).len() < 200 && !run(7).is_sorted_by_key(|(_, message)| *message));
}

#[test]
fn bandwidth_makes_messages_wait_for_one_another() {
    let mut sim = sim(Link { bytes_per_second: 1_000_000, ..Link::new(Latency::Fixed(5)) }, 1);
    sim.send(A, B, 100, AGAIN, 0);
    sim.send(A, B, 50, AGAIN, 1);
    sim.send(B, A, 10, AGAIN, 2);
    assert_eq!(arrivals(&mut sim), [(15, 2), (105, 0), (155, 1)]);
}

#[test]
fn a_link_in_order_is_overtaken_only_by_what_is_late() {
    let link = Link { in_order: true, ..Link::new(Latency::Uniform { low: 0, high: 1_000 }) };
    let mut ordered = sim(link.clone(), 3);
    let mut loose = sim(Link { late: 300, late_us: 3_000, ..link }, 3);
    for message in 0..100 {
        ordered.send(A, B, 0, AGAIN, message);
        loose.send(A, B, 0, AGAIN, message);
    }
    assert!(arrivals(&mut ordered).is_sorted_by_key(|(_, message)| *message));
    assert!(!arrivals(&mut loose).is_sorted_by_key(|(_, message)| *message));
}

#[test]
fn a_node_that_is_down_refuses_and_forgets_its_timers() {
    let mut sim = sim(Link::new(Latency::Fixed(10)), 1);
    sim.after(B, SimTime(100), 1);
    sim.take_down(B);
    sim.send(A, B, 0, AGAIN, 2);
    sim.send(A, B, 0, Care::BestEffort, 3);
    assert_eq!(arrivals(&mut sim), [(20, 1_002)]);
    sim.bring_up(B);
    sim.send(A, B, 0, AGAIN, 4);
    assert_eq!(arrivals(&mut sim), [(30, 4)]);
}

#[test]
fn a_cut_link_holds_back_what_must_arrive() {
    let mut sim = sim(Link::new(Latency::Fixed(10)), 1);
    sim.cut(A, B, true);
    sim.send(A, B, 0, AGAIN, 1);
    assert!(sim.send(A, B, 0, Care::BestEffort, 2).lost);
    assert_eq!((arrivals(&mut sim).len(), sim.held()), (0, 1));
    sim.idle(SimTime(500));
    let on_its_way: Vec<_> = sim.cut(A, B, false).iter().map(|sent| (sent.id, sent.at)).collect();
    assert_eq!(on_its_way, [(1, Some(SimTime(510)))]);
    assert_eq!(arrivals(&mut sim), [(510, 1)]);
    sim.cut(A, B, true);
    sim.send(A, B, 0, AGAIN, 3);
    assert_eq!((sim.take_down(B), sim.take_down(A)), ([].into(), [3].into()), "it goes with its sender");
}

#[test]
fn a_long_tail_has_the_quantiles_it_says() {
    let (latency, mut rng, mut all) = (Latency::long_tail(1_000), Rng::new(1), Histogram::default());
    for _ in 0..100_000 {
        all.add(latency.draw(&mut rng).micros());
    }
    for (per_mille, low, high) in
        [(500, 980, 1_040), (900, 1_950, 2_080), (990, 4_900, 5_300), (999, 19_000, 21_000)]
    {
        let found = all.quantile(per_mille);
        assert!((low..=high).contains(&found), "{per_mille}: {found}");
    }
    assert!(all.max() <= 50_000);
}

#[test]
fn quantiles_are_those_of_the_sorted_values_within_one_part_in_32() {
    let (mut rng, mut all, mut values) = (Rng::new(2), Histogram::default(), Vec::new());
    for _ in 0..5_000 {
        let bits = rng.below(40);
        let value = rng.below(1 << bits);
        all.add(value);
        values.push(value);
    }
    values.sort_unstable();
    for per_mille in [1, 10, 500, 900, 990, 999, 1_000] {
        let exact = values[(values.len() * per_mille).div_ceil(1_000).max(1) - 1];
        let found = all.quantile(per_mille as u64);
        assert!(found >= exact && found <= exact + exact / 32 + 1, "{per_mille}: {exact}, {found}");
    }
    assert_eq!((all.count(), all.max()), (5_000, *values.last().expect("some")));
    assert_eq!(Histogram::default().quantile(500), 0);
}
