//! A look-up beyond the scope, as desk and console show it.

use maud::{Markup, html};

use crate::desk::port::{LookupRow, LookupState};
use crate::moment::Moment;
use crate::words::{count, time};

/// How far it is, with the hub and with spots nearby.
pub(crate) fn state(row: &LookupRow, now: Moment) -> Markup {
    html! {
        @match &row.state {
            LookupState::Waits { at_hub: false } => span.life { "por enviar: segue quando houver ligação à central" },
            LookupState::Waits { at_hub: true } => span.life { "à espera da central" },
            LookupState::Refused(why) => strong.warn { "recusada: " (why) },
            LookupState::Answered { found: 0, .. } => span.life { "a central não tem nenhum pedido com este número" },
            LookupState::Answered { found, until, over, .. } => {
                span.life { (count(*found as u64, "pedido", "pedidos")) }
                @if *over { ", a consulta acabou " (time::at(*until, now)) }
                @else { ", para ler até " (time::at(*until, now)) }
            }
        }
        @for lent in &row.near {
            br;
            span.life { (lent.spot) " emprestou " (count(lent.found as u64, "pedido", "pedidos")) }
            @if lent.over { ", o que acabou " (time::at(lent.until, now)) }
            @else { ", para ler até " (time::at(lent.until, now)) }
        }
    }
}
