//! After recording: number, QR code, how final it is, what comes next, how to do it alone.

use maud::html;
use vereda_sync::catalogue::Offline;
use vereda_sync::record::lease::Reserved;

use crate::citizen::guide;
use crate::citizen::page::{
    Region, appointment, both, cost, how_final, identity_owed, papers_owed, said, with_portuguese,
};
use crate::citizen::port::Recorded;
use crate::desk::papers::owed;
use crate::layout::{qr, text_qr};
use crate::texts::Texts;

pub(crate) fn regions(t: Texts, recorded: &Recorded, trains: bool) -> Vec<Region> {
    let service = &recorded.service;
    vec![Region::new(
        "registado",
        html! {
            h1 { (both(t, "recorded-title")) }
            div.number-and-qr {
                div {
                    p.label { (with_portuguese(t, &service.title)) }
                    p.label { (both(t, "recorded-number")) }
                    p.number { bdi dir="ltr" { (recorded.number) } }
                    p.final { @if trains { (t.say("life-training")) } @else { (how_final(t, recorded.life, service)) } }
                }
                div {
                    (qr(&recorded.qr, &t.say_of("recorded-qr", "number", recorded.number.as_str())))
                    p { (t.say("recorded-scan")) }
                }
                div {
                    (text_qr(&guide::text(t, recorded), &t.say("guide-qr")))
                    p { (t.say("guide-scan")) }
                }
            }
            dl.foot {
                @if recorded.hour != Reserved::No {
                    div { dt { (both(t, "appointment")) } dd { (appointment(t, &recorded.hour)) } }
                }
                @if owed(&recorded.papers).next().is_some() {
                    div { dt { (both(t, "papers-owed")) } dd { (papers_owed(t, &recorded.papers)) } }
                }
            @if let Some(until) = identity_owed(t, recorded.identity.as_ref()) {
                div { dt { (both(t, "identity-owed")) } dd { (until) } }
            }
                @if service.offline == Offline::Prepared {
                    div { dt { (both(t, "remains")) } dd { (said(t, &service.remains)) } }
                }
                @if !trains { div { dt { (both(t, "next")) } dd { (said(t, &service.next)) } } }
                div { dt { (both(t, "alone")) } dd { @for step in &service.alone { (said(t, step)) " " } } }
                div { dt { (both(t, "cost")) } dd { (cost(t, recorded.fee_cents, recorded.exempt.as_ref())) } }
            }
        },
    )]
}
