//! What a photograph says of itself, as a line under it.

use maud::{Markup, html};
use vereda_sync::record::sighting::Sighting;

use crate::desk::port::Shot;
use crate::words::{count, day};

/// When and where it was taken, or that it does not say.
pub(crate) fn line(shot: Option<&Shot>, seen: Option<Sighting>) -> Markup {
    html! {
        @if let Some(shot) = shot {
            span.detail.shot {
                @match &shot.taken {
                    Some((date, hour)) => {
                        "Tirada a " (day(date)) ", " (hour)
                        @match shot.age_days { None | Some(0) => {}, Some(days) => { " (" (count(u64::from(days), "dia antes", "dias antes")) ")" } }
                    }
                    None if shot.has_odd_date => { "A data que a máquina escreveu não pode ser" }
                    None => { "Não diz quando foi tirada" }
                }
                @if let Some(at) = shot.position {
                    br; (at.text())
                    @if let Some(metres) = shot.accuracy_m { " (± " (metres) " m)" }
                    " · diz a fotografia"
                    @if shot.is_elsewhere { br; strong.warn { "fora de Portugal, ou no mar" } }
                }
                @if let Some(seen) = seen {
                    br; (seen.position.text()) " (± " (seen.accuracy_m) " m) · diz o navegador, "
                    @if seen.age_s < 60 { "ao juntar" } @else { (count(u64::from(seen.age_s / 60), "minuto antes", "minutos antes")) }
                    @if shot.seen_elsewhere { br; strong.warn { "fora de Portugal, ou no mar" } }
                    @if let Some(km) = shot.apart_km { br; strong.warn { "a fotografia e o navegador dizem sítios a " (km) " km um do outro" } }
                }
                @if shot.position.is_none() && seen.is_none() { br; "Sem posição" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use vereda_sync::record::tour::Position;

    use super::*;

    #[test]
    fn what_is_not_known_is_said_plainly() {
        let said = |shot: Shot| line(Some(&shot), None).into_string();
        assert!(said(Shot::default()).contains("Não diz quando"));
        let odd = Shot {
            has_odd_date: true,
            is_elsewhere: true,
            position: Some(Position {
                lat: 385_000,
                lon: -110_000,
            }),
            ..Shot::default()
        };
        let odd = said(odd);
        assert!(
            odd.contains("não pode ser") && odd.contains("no mar"),
            "{odd}"
        );
        assert_eq!(line(None, None).into_string(), "");
        assert!(said(Shot::default()).contains("Sem posição"));
        let apart = Shot {
            apart_km: Some(40),
            ..Shot::default()
        };
        let seen = Sighting::parse("37,3192; -8,5556|12|130");
        let both = line(Some(&apart), seen).into_string();
        assert!(both.contains("diz o navegador, 2 minutos antes") && both.contains("40 km"));
    }
}
