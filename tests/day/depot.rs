//! The evening at the depot, and days later: what was brought, handed in, archived, let go of; and the count.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::desk::{self, Citizen, Desk};
use crate::ledger::{Ledger, Recorded};
use crate::site::{Site, Van, mediator};
use crate::{count, plain, say, until};

/// 20 Mbit/s.
const DEPOT_BYTES_A_SECOND: u64 = 20_000_000 / 8;
/// After so many days a van takes into its own journal what another one cannot bring any longer.
const ADOPTED_AFTER_DAYS: u32 = 4;
/// Later, in so many mornings at most, the vans let go of everything.
const MORNINGS: usize = 3;

/// At the depot: nobody clicks anything until all is delivered and proven.
pub(crate) fn evening(site: &Site, home: &[Van], expected: usize) -> anyhow::Result<()> {
    for van in home {
        let ledger = Ledger::default();
        let mut crew = Desk::sit_down(van, &ledger, mediator(0))?;
        let before = van.to_hub.passed();
        van.to_hub.restore_at(DEPOT_BYTES_A_SECOND);
        // From when it notices: it tries every few seconds.
        until("the van notices", || Ok(van.to_hub.passed().0 > before.0))?;
        let begun = Instant::now();
        let mut page = String::new();
        until("all is delivered", || {
            page = crew.page("/")?;
            Ok(page.contains("Tudo entregue e provado"))
        })
        .with_context(|| {
            desk::between(&page, "id=\"na-central\"", "</section>")
                .map(|s| plain(&s))
                .unwrap_or_default()
        })?;
        let took = begun.elapsed().as_secs_f64();
        let after = van.to_hub.passed();
        let (up, down) = (after.0 - before.0, after.1 - before.1);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let floor = up.max(down) as f64 / DEPOT_BYTES_A_SECOND as f64;
        say(
            "19:00",
            &format!(
                "{}: at the depot, {up} bytes up and {down} down at 20 Mbit/s in {took:.2} s: {:.2} × bytes ÷ rate (at most 1.2)",
                van.name,
                took / floor
            ),
        );
    }
    until("the hub has what was carried", || {
        Ok(count::requests(&site.hub)? >= expected)
    })
}

/// Days later: the dead laptop's last work is handed in, the hub archives, the vans let go; then everything is counted.
pub(crate) fn after(
    site: &Site,
    home: &[Van],
    acknowledged: &[Recorded],
    people: &[Vec<Citizen>],
) -> anyhow::Result<Vec<String>> {
    let planted = planted(people);
    site.stop();
    let before = count::raw_at(&home[0].machine, &planted)?;
    ensure!(
        !before.is_empty(),
        "the raw scan finds nothing before the purge either: it is blind"
    );

    site.hub.start(ADOPTED_AFTER_DAYS)?;
    for van in home {
        van.to_hub.restore();
        van.machine.start(ADOPTED_AFTER_DAYS)?;
    }
    until("the dead laptop's last work is at the hub", || {
        Ok(count::requests(&site.hub)? >= acknowledged.len())
    })?;
    // Who met the one that died has it too, and hands it in too.
    for van in home {
        until("a van has nothing left to hand in", || {
            count::is_settled(&van.machine)
        })?;
    }
    site.stop();
    let archive = Archive::beside()?;
    site.hub.run(
        ADOPTED_AFTER_DAYS,
        &["archive", "--to", archive.0.to_str().context("a path")?],
    )?;
    let mut day = ADOPTED_AFTER_DAYS;
    for _ in 0..MORNINGS {
        // What comes on one day is let go of on a later one.
        day += 2;
        site.hub.start(day)?;
        for van in home {
            van.machine.start(day)?;
        }
        let mut all_gone = true;
        for van in home {
            all_gone &= lets_go(van)?;
        }
        site.stop();
        if all_gone {
            break;
        }
    }
    // The plug was pulled as soon as the desks showed nothing more: what was cut off is finished at the next start.
    for van in home {
        van.machine.start(day)?;
    }
    site.stop();
    say(
        "later",
        "the dead laptop's last work was handed in, the hub archived, the vans let go",
    );

    let mut wrong = vec![];
    for machine in home.iter().map(|van| &van.machine).chain([&site.hub]) {
        let said = machine.run(day, &["verify"]);
        match said {
            Ok(said) => println!(
                "  verify {}: {}",
                machine.id,
                said.lines().last().unwrap_or_default()
            ),
            Err(why) => wrong.push(format!("verify {}: {why}", machine.id)),
        }
    }
    let found = count::at_hub(&site.hub, acknowledged)?;
    let photographs: usize = acknowledged.iter().map(|one| one.photographs.len()).sum();
    println!(
        "  at the hub: {} of {} requests, {} of {photographs} photographs, {},{:02} € of fees, none twice",
        found.requests,
        acknowledged.len(),
        found.photographs,
        found.cents / 100,
        found.cents % 100
    );
    wrong.extend(found.wrong);
    for van in home {
        wrong.extend(count::left_at(&van.machine)?);
        let raw = count::raw_at(&van.machine, &planted)?;
        println!(
            "  {}: raw scan for {} planted names and numbers: {} found ({} before the purge, at {})",
            van.name,
            planted.len(),
            raw.len(),
            before.len(),
            home[0].machine.id
        );
        wrong.extend(
            raw.into_iter()
                .map(|what| format!("{}: {what}", van.machine.id)),
        );
    }
    Ok(wrong)
}

/// Whether a van lets go of all requests this morning.
fn lets_go(van: &Van) -> anyhow::Result<bool> {
    let ledger = Ledger::default();
    let mut crew = Desk::sit_down(van, &ledger, mediator(0))?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if crew.page("/pedidos")?.contains("Ainda não há pedidos") {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}

/// What nobody may find in the bytes of a van that let go of them: names and numbers of all who came.
fn planted(people: &[Vec<Citizen>]) -> BTreeSet<String> {
    let of = |citizen: &Citizen| {
        let answers = &citizen.person.answers;
        let numbers = ["nif", "niss", "iban", "phone"].map(|field| answers[field].clone());
        [citizen.person.name.clone()]
            .into_iter()
            .chain(numbers)
            .collect::<Vec<_>>()
    };
    people.iter().flatten().flat_map(of).collect()
}

/// A copy on another disk, as the hub asks for; removed at the end.
struct Archive(PathBuf);

impl Archive {
    fn beside() -> anyhow::Result<Self> {
        let name = format!("vereda-day-{}.db", std::process::id());
        // In memory, so surely not on the store's disk.
        Ok(Self(PathBuf::from("/dev/shm").join(name)))
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // A copy that stays is no reason to fail.
        let _ = std::fs::remove_file(&self.0);
    }
}
