//! What ends a connection to the hub, and which of it a person must know.

use rustls::{AlertDescription, CertificateError};
use vereda_sync::exchange::ExchangeError;
use vereda_sync::exchange::message::Refusal;

use super::wire::WireError;
use crate::exchange;

/// What went wrong with the link.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The hub cannot be reached, or the line broke: it will be tried again.
    #[error("{0}")]
    Down(String),
    /// Somebody has to do something; what, in Portuguese.
    #[error("{0}")]
    Refused(String),
    /// This node's certificate has ended, as the hub says.
    #[error("the certificate of this node has ended")]
    Ended,
    /// The hub will not go on.
    #[error("the hub refuses: {0}")]
    Hub(Refusal),
    /// This node's own store.
    #[error("{0:#}")]
    Own(anyhow::Error),
}

impl From<WireError> for Fault {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Message(error) => error.into(),
            other => Self::Down(other.to_string()),
        }
    }
}

impl From<ExchangeError> for Fault {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Refused(refusal) => Self::Hub(refusal),
            other => Self::Down(other.to_string()),
        }
    }
}

impl From<exchange::Fault> for Fault {
    fn from(fault: exchange::Fault) -> Self {
        match fault {
            exchange::Fault::Exchange(error) => error.into(),
            exchange::Fault::InQuarantine(entries) => Self::Refused(of_quarantine(entries)),
            exchange::Fault::Own(error) => Self::Own(error),
        }
    }
}

impl Fault {
    /// What to tell at the desk; `None` when there is nothing but to wait.
    pub(super) fn words(&self) -> Option<String> {
        match self {
            Self::Down(_) => None,
            Self::Refused(words) => Some(words.clone()),
            Self::Ended => Some(ENDED.to_owned()),
            Self::Hub(refusal) => of_refusal(*refusal).map(str::to_owned),
            Self::Own(error) => Some(format!(
                "Este posto não consegue guardar o que troca com a central: {error:#}. Chame a assistência; nada do que foi confirmado se perdeu."
            )),
        }
    }
}

/// This node is no longer enrolled: what became of its work.
fn of_quarantine(entries: u64) -> String {
    let work = match entries {
        0 => "Nada do que escreveu estava por entregar.".to_owned(),
        1 => "A central guardou em quarentena 1 alteração deste posto; alguém da central decide se a recebe.".to_owned(),
        n => format!("A central guardou em quarentena {n} alterações deste posto; alguém da central decide se as recebe."),
    };
    format!(
        "Este posto já não está inscrito na central. {work} O que está neste posto fica como está; peça à central que o inscreva."
    )
}

fn of_refusal(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        // Passes by itself: an earlier exchange is still ending, a disk is being freed.
        Refusal::NotNow => None,
        Refusal::TooOld => Some(
            "O programa deste posto é antigo demais para a central. Atualize este posto; o trabalho continua e fica guardado aqui.",
        ),
        Refusal::TooNew => Some(
            "O programa deste posto é mais novo do que o da central. Avise a central, que tem de ser atualizada; o trabalho continua e fica guardado aqui.",
        ),
        Refusal::Unknown => Some(
            "A central recusa por um motivo que este programa não conhece. Atualize este posto; o trabalho continua e fica guardado aqui.",
        ),
        Refusal::Parked => Some(
            "Muitos registos deste posto esperam por alterações de outros postos, que ainda não chegaram à central: o resto espera aqui. Peça à central que ligue os outros postos.",
        ),
        Refusal::Revoked => Some(
            "Este posto já não está inscrito na central. O que está neste posto fica como está; peça à central que o inscreva.",
        ),
        Refusal::NotEnrolled => Some(
            "Este posto não está inscrito na central, ou a inscrição foi retirada. Peça à central que o inscreva; o trabalho continua e fica guardado aqui.",
        ),
        Refusal::NotYours => Some(
            "A central diz que o diário deste posto pertence a outro. Dois postos usam o mesmo disco? Chame a assistência.",
        ),
        Refusal::Diverged => Some(
            "O histórico deste posto difere do que a central guarda: disco copiado ou reposto. Chame a assistência; nada foi apagado.",
        ),
        Refusal::Quarantined => Some(
            "A central recusou uma alteração deste posto e guardou-a em quarentena; as seguintes esperam. Peça à central que a examine.",
        ),
    }
}

/// Where nothing says that it can be renewed.
const ENDED: &str = "O certificado deste posto está fora do prazo. Peça à central um novo; o trabalho continua e fica guardado aqui.";

/// What TLS says, in words that say what to do; `None` when it is only a broken line.
pub(super) fn of_tls(error: &rustls::Error) -> Option<Fault> {
    let words = match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "O certificado da central é de outra autoridade: não lhe é entregue nada. Confirme o endereço da central ou volte a inscrever este posto."
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "O certificado da central está fora do prazo, ou o relógio deste posto está errado. Acerte o relógio; se estiver certo, avise a central."
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "O certificado da central é de outro nome. Confirme o endereço e o nome da central na configuração."
            }
            _ => "O certificado da central não é válido. Avise a central.",
        },
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateExpired => return Some(Fault::Ended),
            AlertDescription::UnknownCA
            | AlertDescription::DecryptError
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied => {
                "A central não aceita o certificado deste posto: é de outra autoridade ou está fora do prazo. Volte a inscrever este posto."
            }
            _ => return None,
        },
        rustls::Error::PeerIncompatible(_) => {
            "A central fala outra versão da cifra (TLS). Confirme o endereço ou atualize a central."
        }
        _ => return None,
    };
    Some(Fault::Refused(words.to_owned()))
}
