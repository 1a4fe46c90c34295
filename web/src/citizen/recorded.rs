//! After recording: number, QR code, how final it is, what comes next.

use maud::html;
use vereda_sync::record::Life;

use crate::citizen::page::{Region, both, fee, with_portuguese};
use crate::citizen::port::Recorded;
use crate::citizen::texts::Texts;
use crate::layout::qr;

pub(crate) fn regions(t: Texts, recorded: &Recorded) -> Vec<Region> {
    let service = &recorded.service;
    vec![Region::new(
        "registado",
        html! {
            h1 { (both(t, "recorded-title")) }
            div.number-and-qr {
                div {
                    p.label { (with_portuguese(t, &service.title)) }
                    p.label { (both(t, "recorded-number")) }
                    p.number { (recorded.number) }
                    p.final { (t.say(life_key(recorded.life))) }
                }
                div {
                    (qr(&recorded.qr, &t.say_of("recorded-qr", "number", recorded.number.as_str())))
                    p { (t.say("recorded-scan")) }
                }
            }
            dl.foot {
                div { dt { (both(t, "next")) } dd { (service.next.get(t.lang())) } }
                div { dt { (both(t, "cost")) } dd { (fee(t, recorded.fee_cents)) } }
            }
        },
    )]
}

fn life_key(life: Life) -> &'static str {
    match life {
        Life::Draft => "final-draft",
        Life::Recorded => "life-recorded",
        Life::Received => "life-received",
        Life::Forwarded => "life-forwarded",
        Life::Accepted => "life-accepted",
        Life::Returned => "life-returned",
        Life::Refused => "life-refused",
        Life::Completed => "life-completed",
        Life::Withdrawn => "life-withdrawn",
    }
}
