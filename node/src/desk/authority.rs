//! Whether somebody may ask in another's place: looked at when a request is begun, and again when it is confirmed.

use std::collections::BTreeMap;

use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Matter, Service};
use vereda_sync::record::representation::authority::{Lacks, covers};
use vereda_sync::record::representation::representative;
use vereda_web::desk::port::DeskError;
use vereda_web::words::day;

use crate::tours::today;

/// Whether the authority of whoever acts for the citizen, if somebody does, is good for the service today.
///
/// # Errors
/// [`DeskError::NotNow`] with what it lacks and what would do.
pub(super) fn authority_holds(
    service: &Service,
    answers: &BTreeMap<String, Answer>,
) -> Result<(), DeskError> {
    if representative(answers).is_none_or(str::is_empty) {
        return Ok(());
    }
    let matter = service.who.matter;
    covers(answers, matter, today()?).map_err(|lacks| DeskError::NotNow(said(service, &lacks)))
}

/// What an authority lacks, and what would do.
fn said(service: &Service, lacks: &Lacks) -> String {
    let title = service.title.pt();
    match lacks {
        Lacks::Ended(last) => format!(
            "A autorização de quem representa já não é válida: acabou em {}. O pedido não se regista com ela. Serve uma que esteja em vigor, ou o consentimento da própria pessoa.",
            day(&last.to_string())
        ),
        Lacks::NotYet(first) => format!(
            "A autorização de quem representa só começa em {}. Até lá serve outra que esteja em vigor, ou o consentimento da própria pessoa.",
            day(&first.to_string())
        ),
        Lacks::OfAge(_) => "A pessoa já é maior, ou não se sabe a data de nascimento: pais e tutor só representam menores. Serve uma procuração, a sentença que nomeia um acompanhante, ou a própria pessoa.".into(),
        Lacks::OnlyAssents => "Pelo documento, quem acompanha só autoriza: quem pede é a própria pessoa, com ele presente. Diga no atendimento que veio a própria pessoa.".into(),
        Lacks::NotCovered(kind) => match service.who.matter {
            Some(matter) => format!(
                "O documento não chega a «{title}». Serve {} que fale de {}, ou de todos os atos; ou o consentimento da própria pessoa.",
                kind.document,
                about(matter)
            ),
            None => format!(
                "O documento não chega a «{title}». Serve {} para todos os atos, ou o consentimento da própria pessoa.",
                kind.document
            ),
        },
        Lacks::Unreadable => "Falta dizer com que autoridade representa, e até quando: complete «Quem representa».".into(),
    }
}

fn about(matter: Matter) -> &'static str {
    match matter {
        Matter::Identity => "documentos de identificação",
        Matter::Health => "saúde",
        Matter::Benefits => "subsídios, pensões e reembolsos",
        Matter::Property => "bens, impostos e heranças",
        Matter::Certificates => "certidões e certificados",
    }
}
