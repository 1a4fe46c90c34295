//! What the catalogue says of a service, for the mediator who looks at it before it is begun.

use maud::{Markup, html};
use vereda_sync::catalogue::{Channel, Offline, Service};

use crate::words;

/// Who may ask, what to bring, what it costs here and elsewhere, what can be finished here; of a
/// service as it is on a day ([`Service::on`]).
pub(crate) fn facts(service: &Service) -> Markup {
    let by_condition = |paper: &&vereda_sync::catalogue::Paper| {
        paper.when.is_some() || service.who.other_with.contains(&paper.id)
    };
    html! {
        dl.facts {
            div { dt { "Quem pode pedir" } dd { (who(service)) } }
            div { dt { "O que trazer" } dd {
                @if service.documents.is_empty() { "Nada" } @else {
                    ul {
                        @for paper in &service.documents {
                            li { (paper.title.pt()) @if by_condition(&paper) { " " span.mark { "conforme as respostas" } } }
                        }
                    }
                }
            } }
            div { dt { "Quanto custa" } dd { (price(service)) } }
            div { dt { "O que fica feito" } dd { (done(service)) } }
        }
    }
}

fn who(service: &Service) -> String {
    let age = service
        .who
        .from_age
        .map_or_else(String::new, |age| format!(", a partir dos {age} anos"));
    let brings = |id: &String| service.documents.iter().find(|p| p.id == *id);
    let with: Vec<&str> = service
        .who
        .other_with
        .iter()
        .map(|id| brings(id).map_or(id.as_str(), |p| p.title.pt()))
        .collect();
    match with.is_empty() {
        true => format!("Só o próprio{age}."),
        false => format!(
            "O próprio{age}. Ou outra pessoa por ele: {}.",
            with.join("; ")
        ),
    }
}

fn price(service: &Service) -> Markup {
    let here = service.fees.iter().filter(|f| f.channel == Channel::Desk);
    let here: Vec<u32> = here.map(|f| f.cents).collect();
    let least = here.iter().min().copied().unwrap_or(0);
    let most = here.iter().max().copied().unwrap_or(0);
    let elsewhere = [
        (Channel::Online, "Pela Internet"),
        (Channel::Elsewhere, "No balcão da entidade"),
    ];
    html! {
        ul {
            li { "Aqui: "
                @if least == most { (words::fee(least)) }
                @else { "de " (words::fee(least)) " a " (words::fee(most)) ", conforme as respostas" }
            }
            @for (channel, name) in elsewhere {
                @if let Some(cents) = service.price_cents(channel) { li { (name) ": " (words::fee(cents)) } }
            }
            @for exemption in &service.exemptions { li { "Isento: " (exemption.reason.pt()) } }
        }
    }
}

fn done(service: &Service) -> String {
    match service.offline {
        Offline::Recorded => "Tudo, mesmo sem rede.".to_owned(),
        Offline::Queued => {
            "Regista-se aqui, mesmo sem rede; segue depois para a entidade.".to_owned()
        }
        Offline::Prepared => format!("Sem rede só se prepara. {}", service.remains.pt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{catalogue, check};

    #[test]
    fn what_the_catalogue_knows_is_said() {
        let of = |id: &str| {
            let catalogue = catalogue();
            let service = catalogue.service(id).expect("a sample service");
            check::text(&facts(service).into_string()).replace('\u{a0}', " ")
        };
        let certificate = of("criminal-record");
        for said in [
            "O próprio, a partir dos 16 anos. Ou outra pessoa por ele: Autorização assinada.",
            "Aqui: 5,00 €",
            "Pela Internet: 4,00 €",
            "No balcão da entidade: 7,50 €",
            "Isento: Para voluntariado é grátis.",
            "Regista-se aqui",
        ] {
            assert!(certificate.contains(said), "{said}: {certificate}");
        }
        let address = of("address-change");
        assert!(address.contains("Só o próprio."), "{address}");
        assert!(
            address.contains("Sem rede só se prepara. Quando houver rede, o mediador"),
            "{address}"
        );
    }
}
