//! One seed: run, and made smaller when it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, anyhow};
use vereda::store::{derived, journal};
use vereda_tests::invented::Seeded;

use crate::checks;
use crate::plan::{Operation, Plan};
use crate::site::{HUB, Site};
use crate::tally::Tally;
use crate::world::World;

/// How a seed went that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Went {
    pub(crate) tally: Tally,
    /// Over the heads of all journals at the end: the same for the same run.
    pub(crate) digest: u64,
}

/// Runs a plan from its beginning to quiet, and checks. Operations are told as they are
/// performed, with whether anything happened.
///
/// # Errors
/// What does not hold.
pub(crate) fn run(
    site: &Site,
    plan: &Plan,
    mut tell: impl FnMut(Operation, bool),
) -> anyhow::Result<Went> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(site, plan)?;
        for (salt, operation) in &plan.operations {
            world.chance = Seeded::new(*salt);
            let happened = world.perform(*operation);
            tell(*operation, *happened.as_ref().unwrap_or(&true));
            if happened.with_context(|| operation.to_string())? {
                world.tally.operations += 1;
                if operation.moves() {
                    checks::always(&mut world).with_context(|| format!("after {operation}"))?;
                }
            }
        }
        checks::become_quiet(&mut world).context("becoming quiet")?;
        let conflicts = derived::conflicts(&world.machines[HUB].node.store.read(), u32::MAX)?;
        world.tally.conflicts = conflicts.len() as u64 + world.tally.decisions;
        world.tally.adopted = checks::adopted(&world)?;
        world.tally.seeds = 1;
        checks::quiet(&mut world).context("once quiet")?;
        let digest = digest(&world)?;
        Ok(Went {
            tally: world.tally,
            digest,
        })
    }));
    ran.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or(panic.downcast_ref::<&str>().copied());
        Err(anyhow!("panicked: {}", words.unwrap_or("without a word")))
    })
}

fn digest(world: &World<'_>) -> anyhow::Result<u64> {
    let mut digest = Seeded::new(0);
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            digest = Seeded::new(digest.draw() ^ u64::from(*byte));
        }
    };
    for machine in &world.machines {
        for journal in journal::all(&machine.node.store.read())? {
            let head = journal.head();
            take(&head.journal.0);
            take(&head.size.to_be_bytes());
            take(&head.root);
        }
    }
    Ok(digest.draw())
}

/// The plan with as much left out as can be while it still fails; and how it does.
pub(crate) fn shrink(site: &Site, plan: &Plan) -> Option<(Plan, anyhow::Error)> {
    let mut smallest = plan.clone();
    let mut why = run(site, plan, |_, _| ()).err()?;
    let mut piece = smallest.operations.len().div_ceil(2);
    while piece > 0 {
        let mut from = 0;
        while from < smallest.operations.len() {
            let mut less = smallest.clone();
            let to = (from + piece).min(less.operations.len());
            less.operations.drain(from..to);
            match run(site, &less, |_, _| ()) {
                Err(error) if alike(&error, &why) => (smallest, why) = (less, error),
                _ => from = to,
            }
        }
        piece /= 2;
    }
    Some((smallest, why))
}

/// Whether both say the same kind of thing.
fn alike(a: &anyhow::Error, b: &anyhow::Error) -> bool {
    let begin = |error: &anyhow::Error| {
        error
            .root_cause()
            .to_string()
            .chars()
            .take(12)
            .collect::<String>()
    };
    begin(a) == begin(b)
}
