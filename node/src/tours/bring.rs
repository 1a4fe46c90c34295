//! What a crew is to have on board for a stop: what somebody typed, and what follows from the services that are offered
//! there and from who is booked.

use std::collections::BTreeMap;

use vereda_sync::catalogue::{Channel, Kind, Service};
use vereda_sync::record::booking::{self, Booking};
use vereda_sync::record::tour::{MAX_ITEM_CHARS, MAX_ITEMS, Stop};
use vereda_web::desk::port::ToBring;

use crate::clock;
use crate::node::Node;

/// Forms and receipts beyond those for who is booked: walk-ins come as well.
const SPARE_FORMS: usize = 2;
const SPARE_RECEIPTS: usize = 10;

/// The list for a stop, in the order in which it is packed.
pub(super) fn list<'b>(
    node: &Node,
    stop: &Stop,
    bookings: impl Iterator<Item = &'b Booking>,
) -> Vec<ToBring> {
    let plan = stop.plan();
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for service in &plan.offers {
        wanted.insert(service, 0);
    }
    let mut awaited = 0;
    for booked in bookings.filter(|b| b.state == booking::State::Waits) {
        awaited += 1;
        if !booked.booked.service.is_empty() {
            *wanted.entry(&booked.booked.service).or_default() += 1;
        }
    }
    let today = clock::today();
    let known = wanted.iter().filter_map(|(id, booked)| {
        let service = node.latest(id)?.on(&today)?;
        Some((service, *booked))
    });
    let known: Vec<(Service, usize)> = known.collect();
    let typed = plan.bring.lines().map(str::trim).filter(|l| !l.is_empty());
    let mut all: Vec<(String, String)> = typed.map(|l| (l.to_owned(), String::new())).collect();
    for (service, booked) in &known {
        let title = service.title.pt();
        let n = booked + SPARE_FORMS;
        let why = match booked {
            0 => "de reserva, para o papel".into(),
            1 => format!("1 marcação e {SPARE_FORMS} de reserva, para o papel"),
            booked => format!("{booked} marcações e {SPARE_FORMS} de reserva, para o papel"),
        };
        all.push((format!("Impressos em branco: {title} ({n})"), why));
    }
    let pays = |s: &Service| s.price_cents(Channel::Desk).is_some_and(|cents| cents > 0);
    if known.iter().any(|(service, _)| pays(service)) {
        all.push((
            "Fundo de caixa e trocos".into(),
            "há serviços que se pagam".into(),
        ));
    }
    let photographed = known.iter().find(|(service, _)| {
        let mut fields = service.steps.iter().flat_map(|step| &step.fields);
        fields.any(|field| field.kind == Kind::Photos)
    });
    if let Some((service, _)) = photographed {
        let why = format!("{} pede fotografias", service.title.pt());
        all.push(("Telemóvel ou câmara com carga".into(), why));
    }
    if !known.is_empty() || awaited > 0 {
        let n = awaited + SPARE_RECEIPTS;
        let why = "se a impressora falhar".into();
        all.push((format!("Comprovativos de reserva em papel ({n})"), why));
    }
    let mut seen: Vec<String> = Vec::new();
    all.into_iter()
        .map(|(item, why)| (item.chars().take(MAX_ITEM_CHARS).collect::<String>(), why))
        // Twice the same thing is ticked once.
        .filter(|(item, _)| {
            let is_new = !seen.contains(item);
            seen.push(item.clone());
            is_new
        })
        .take(MAX_ITEMS)
        .map(|(item, why)| ToBring {
            is_on_board: stop.on_board.contains(&item),
            item,
            why,
        })
        .collect()
}
