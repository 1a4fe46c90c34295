//! A look-up beyond the scope, as desk and console show it.

use maud::{Markup, html};

use crate::desk::port::LookupState;
use crate::moment::Moment;
use crate::words::{count, time};

/// How far it is.
pub(crate) fn state(state: &LookupState, now: Moment) -> Markup {
    html! {
        @match state {
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
    }
}
