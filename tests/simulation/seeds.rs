//! Runs with a name. Each of those with a list of operations is what was left of a seed that
//! failed, once everything was taken out that it did not need.

use crate::plan::{Fate, Operation, Plan, Port, Until};
use crate::run::run;
use crate::site::{HUB, SCOPES, Site};

use Operation::{
    Archive, BackUp, Clone, Correct, Cut, Go, HandIn, Meet, Near, Pack, Plug, Purge, Restore,
    Serve, Skew,
};

/// More messages than any exchange has.
const WHOLE: u64 = 100_000;
/// The hub among all machines.
fn hub() -> u64 {
    HUB as u64
}

/// That machine as a spot.
fn spot(machine: u64) -> u64 {
    machine - 1
}

fn serve(machine: u64, citizen: u64, until: Until) -> Operation {
    let at = spot(machine);
    Serve { at, citizen, until }
}

fn meet(machine: u64) -> Operation {
    let (at, messages) = (spot(machine), WHOLE);
    Meet { at, messages }
}

/// The first field of the first request that the machine knows.
fn correct(machine: u64, value: u64) -> Operation {
    Correct {
        at: spot(machine),
        request: 0,
        field: 0,
        value,
    }
}

/// Runs these operations in a world of so many spots that hold all scopes.
fn holds(spots: usize, operations: &[Operation]) {
    let plan = Plan {
        seed: 0,
        spots: vec![SCOPES.map(str::to_owned).to_vec(); spots],
        operations: (0..).zip(operations.iter().copied()).collect(),
    };
    let site = Site::make().unwrap();
    let mut happened = 0;
    let went = run(&site, &plan, |_, did| happened += usize::from(did));
    if let Err(why) = went {
        panic!("{why:#}");
    }
    assert_eq!(happened, operations.len(), "each of them does something");
}

#[test]
fn a_seed_runs_the_same_way_twice() {
    let site = Site::make().unwrap();
    for seed in 0..12 {
        let plan = Plan::of(seed);
        let runs = [0, 1].map(|_| run(&site, &plan, |_, _| ()).unwrap());
        assert_eq!(runs[0], runs[1], "seed {seed}");
    }
}

#[test]
fn lost_acknowledgements_and_ten_times_the_same_make_one_copy() {
    let mut operations = vec![serve(1, 1, Until::Left)];
    for again in 0..10 {
        let (at, messages) = (spot(1), 2 + again % 4);
        operations.push(Meet { at, messages });
        operations.push(Cut {
            line: 0,
            late: again % 2 == 0,
        });
    }
    holds(1, &operations);
}

#[test]
fn clocks_ten_years_wrong_in_both_directions_do_no_harm() {
    const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;
    let skew = |machine, by_ms| Skew {
        at: spot(machine),
        by_ms,
    };
    holds(
        2,
        &[
            skew(1, TEN_YEARS_MS),
            skew(2, -TEN_YEARS_MS),
            serve(1, 1, Until::Recorded),
            meet(1),
            meet(2),
            correct(1, 1),
            correct(2, 2),
            skew(1, 0),
            serve(2, 2, Until::Recorded),
            meet(2),
            correct(1, 3),
            meet(1),
            Operation::Decide {
                conflict: 0,
                keep: 1,
            },
            skew(2, 0),
            meet(2),
            serve(1, 3, Until::Left),
            serve(2, 4, Until::Left),
        ],
    );
}

#[test]
fn two_machines_with_one_disk_both_keep_their_work() {
    holds(
        1,
        &[
            serve(1, 1, Until::Recorded),
            meet(1),
            Clone { at: spot(1) },
            correct(1, 1),
            correct(2, 2),
            serve(2, 2, Until::Recorded),
            meet(1),
            meet(2),
            serve(1, 3, Until::Left),
            serve(2, 4, Until::Left),
        ],
    );
}

#[test]
fn a_spot_restored_from_an_old_copy_loses_nothing_that_the_hub_has() {
    holds(
        2,
        &[
            serve(1, 1, Until::Recorded),
            BackUp { at: 1 },
            correct(1, 1),
            meet(1),
            serve(1, 2, Until::Recorded),
            Restore { copy: 0 },
            serve(1, 3, Until::Recorded),
            correct(1, 2),
            meet(1),
        ],
    );
}

#[test]
fn a_hub_restored_from_an_old_copy_gets_everything_again() {
    holds(
        2,
        &[
            serve(1, 1, Until::Recorded),
            meet(1),
            BackUp { at: hub() },
            correct(1, 1),
            serve(2, 2, Until::Recorded),
            meet(2),
            meet(1),
            meet(2),
            Restore { copy: 0 },
            correct(2, 2),
            serve(1, 3, Until::Left),
        ],
    );
}

#[test]
fn a_copied_disk_gives_no_number_a_second_time() {
    holds(
        1,
        &[
            Clone { at: spot(1) },
            serve(1, 5, Until::Recorded),
            serve(2, 7, Until::Recorded),
        ],
    );
}

#[test]
fn a_restored_disk_gives_no_number_a_second_time() {
    holds(
        1,
        &[
            BackUp { at: 1 },
            serve(1, 5, Until::Recorded),
            meet(1),
            Restore { copy: 0 },
            serve(1, 7, Until::Recorded),
        ],
    );
}

#[test]
fn what_a_restored_hub_took_from_a_copied_disk_instead_is_told_apart() {
    for longer in [Until::Begun, Until::Recorded] {
        holds(
            1,
            &[
                Clone { at: spot(1) },
                BackUp { at: hub() },
                serve(2, 1, Until::Begun),
                meet(2),
                Restore { copy: 0 },
                serve(1, 4, longer),
                meet(1),
            ],
        );
    }
}

#[test]
fn a_request_is_read_although_one_like_it_waits_for_what_a_restored_hub_lost() {
    holds(
        2,
        &[
            serve(2, 7, Until::Recorded),
            meet(2),
            BackUp { at: hub() },
            correct(2, 4),
            meet(2),
            meet(1),
            Restore { copy: 0 },
            correct(1, 3),
            serve(1, 7, Until::Recorded),
            meet(1),
        ],
    );
}

#[test]
fn a_bystander_follows_a_restored_hub_that_took_something_else_from_a_copied_disk() {
    holds(
        2,
        &[
            Clone { at: spot(1) },
            BackUp { at: hub() },
            serve(3, 1, Until::Left),
            meet(3),
            meet(2),
            Restore { copy: 0 },
            serve(1, 3, Until::Recorded),
        ],
    );
}

fn near(machine: u64, with: u64) -> Operation {
    let (at, messages) = (spot(machine), WHOLE);
    Near { at, with, messages }
}

#[test]
fn what_a_restored_spot_hears_of_its_own_work_is_the_hubs_once_its_feed_brings_it() {
    holds(
        2,
        &[
            serve(2, 6, Until::Identified),
            BackUp { at: 2 },
            serve(2, 1, Until::Asked),
            meet(2),
            near(2, 0),
            Restore { copy: 0 },
            near(2, 0),
        ],
    );
}

#[test]
fn what_a_bystander_heard_is_the_hubs_though_its_author_moved_it_to_a_new_journal() {
    holds(
        2,
        &[
            BackUp { at: 2 },
            serve(2, 1, Until::Asked),
            meet(2),
            meet(1),
            Restore { copy: 0 },
            serve(2, 5, Until::Recorded),
            near(2, 0),
        ],
    );
}

/// Onto the first stick, an entry a part.
fn pack(machine: u64) -> Operation {
    Pack {
        at: spot(machine),
        stick: 0,
        all: false,
        bytes: 1,
    }
}

fn plug(at: Port) -> Operation {
    let (stick, fate) = (0, Fate::Whole);
    Plug { stick, at, fate }
}

#[test]
fn a_receipt_from_before_the_hub_was_restored_says_nothing_of_after() {
    for messages in 1..12 {
        let at = spot(1);
        let operations = [
            serve(1, 1, Until::Recorded),
            BackUp { at: hub() },
            pack(1),
            plug(Port::Hub),
            Restore { copy: 0 },
            Meet { at, messages },
            Cut {
                line: 0,
                late: false,
            },
            plug(Port::Packer),
        ];
        holds(1, &operations);
    }
}

#[test]
fn a_stick_is_refused_where_it_is_damaged_and_taken_in_twice_beside_the_line() {
    let damaged = |fate| Plug {
        stick: 0,
        at: Port::Hub,
        fate,
    };
    holds(
        1,
        &[
            serve(1, 1, Until::Recorded),
            pack(1),
            damaged(Fate::Torn(500)),
            damaged(Fate::Flipped(12_345)),
            damaged(Fate::Withheld),
            serve(1, 2, Until::Recorded),
            meet(1),
            plug(Port::Hub),
            plug(Port::Hub),
            plug(Port::Packer),
        ],
    );
}

#[test]
fn what_went_by_stick_alone_outlives_the_disk_that_it_was_on() {
    holds(
        2,
        &[
            BackUp { at: 1 },
            serve(1, 1, Until::Recorded),
            pack(1),
            Restore { copy: 0 },
            serve(1, 2, Until::Begun),
            plug(Port::Hub),
        ],
    );
}

#[test]
fn a_carrier_is_cut_while_it_hands_in_and_brings_the_receipt_back() {
    let hand_in = |parts, reach| HandIn {
        at: spot(2),
        parts,
        reach,
    };
    holds(
        2,
        &[
            serve(1, 1, Until::Recorded),
            pack(1),
            plug(Port::Spot(spot(2))),
            hand_in(2, 500),
            BackUp { at: hub() },
            hand_in(100, 1_000),
            Restore { copy: 0 },
            hand_in(100, 1_000),
            hand_in(100, 1_000),
            pack(2),
            plug(Port::Spot(spot(1))),
        ],
    );
}

#[test]
fn what_was_purged_stays_purged_when_the_hub_is_put_back_to_its_archive() {
    let purge = Purge {
        at: spot(1),
        asks: true,
        age_ms: -1,
    };
    holds(
        2,
        &[
            serve(1, 1, Until::Left),
            meet(1),
            Archive,
            purge,
            meet(2),
            correct(2, 1),
            meet(2),
            meet(1),
            Restore { copy: 0 },
            meet(1),
        ],
    );
}

#[test]
fn a_stick_that_brings_more_than_an_exchange_speaks_of_does_not_stall_it() {
    let begun = Meet {
        at: spot(1),
        messages: 2,
    };
    holds(
        2,
        &[
            begun,
            serve(1, 0, Until::Recorded),
            pack(1),
            plug(Port::Hub),
            Go { messages: 10 },
        ],
    );
}

#[test]
fn what_another_heard_of_a_journal_that_we_left_does_not_come_back_into_it() {
    let near = Near {
        at: spot(1),
        with: 0,
        messages: WHOLE,
    };
    // The line breaks before the feed.
    let left = Meet {
        at: spot(1),
        messages: 11,
    };
    holds(
        2,
        &[
            Clone { at: spot(1) },
            serve(1, 6, Until::Recorded),
            near,
            serve(3, 1, Until::Recorded),
            meet(3),
            left,
            near,
        ],
    );
}
