//! Samples of what roles and regions change.

use maud::Markup;

use super::{ago, console};
use crate::console::frame::{Frame, Part};
use crate::console::port::{BeyondRow, Entitled, QueueFilter, Role};
use crate::console::{conflicts, rights};

/// The console as somebody sees it who does that, in one region.
fn as_seen_by(role: Role, region: &str) -> Frame {
    Frame {
        entitled: Entitled {
            roles: vec![role],
            regions: (!region.is_empty()).then(|| vec![region.to_owned()]),
        },
        ..console::frame()
    }
}

/// Name, frame, part, title and content of each.
pub(crate) fn pages() -> Vec<(&'static str, Frame, Part, &'static str, Markup)> {
    let agent = as_seen_by(Role::Agent, "Algarve");
    let operator = as_seen_by(Role::Operator, "Algarve");
    let auditor = as_seen_by(Role::Auditor, "");
    let holders = ["Inês Farinha".to_owned(), "Vasco Rebelo".to_owned()];
    let of_cases = [Role::Operator, Role::Auditor];
    let looks_after = [Role::Administrator, Role::Auditor];
    let not_theirs = "Não é do seu papel";
    let to_agent = rights::refused(&agent, &of_cases, false, &holders[..1]);
    let to_operator = rights::refused(&operator, &looks_after, true, &holders);
    let queue = conflicts::content(
        &auditor,
        &QueueFilter::default(),
        &console::queue(console::rows()),
        true,
    );
    let rows = [
        ("Olga Barros", "/pedido/5c1f…", 3),
        ("Olga Barros", "/lar/77ab…", 1),
    ]
    .map(|(who, address, times)| BeyondRow {
        who: who.into(),
        at: ago(1_800),
        address: address.into(),
        times,
    });
    let beyond = rights::beyond(&auditor, &rows);
    let nobody = rights::beyond(&auditor, &[]);
    vec![
        (
            "papel-recusado",
            agent,
            Part::Conflicts,
            not_theirs,
            to_agent,
        ),
        (
            "papel-recusado-regiao",
            operator,
            Part::Quarantine,
            not_theirs,
            to_operator,
        ),
        (
            "conflitos-auditor",
            as_seen_by(Role::Auditor, ""),
            Part::Conflicts,
            "Conflitos",
            queue,
        ),
        ("alheios", auditor, Part::Beyond, "Fora da região", beyond),
        (
            "alheios-nada",
            as_seen_by(Role::Auditor, ""),
            Part::Beyond,
            "Fora da região",
            nobody,
        ),
    ]
}
