//! Somebody who lost everything, for the samples.

use vereda_sync::catalogue::{Lost, Words};

use super::fake::FakeDesk;
use super::words;
use crate::desk::port::{
    DeskError, LostOffer, LostRequest, LostThings, LostView, LostWho, Session,
};

fn offers() -> Vec<LostOffer> {
    [
        (
            Lost::Card,
            "segunda-via-cc",
            "Cartão de Cidadão novo, por perda ou estrago",
        ),
        (
            Lost::Licence,
            "segunda-via-carta",
            "Segunda via da carta de condução",
        ),
        (
            Lost::HealthCard,
            "cartao-utente",
            "Número de utente do SNS: novo comprovativo",
        ),
        (
            Lost::House,
            "apoio-habitacao",
            "Apoio à habitação após catástrofe",
        ),
    ]
    .map(|(what, service, title)| LostOffer {
        what,
        service: service.into(),
        title: words(title, title),
        asked: None,
    })
    .to_vec()
}

/// Before anything was chosen.
pub(crate) fn begin(who: LostWho) -> LostView {
    LostView {
        attendance: "a1".into(),
        citizen: (who == LostWho::Known).then(|| "Maria do Carmo Ferrão".into()),
        who,
        open: offers(),
        begun: vec![],
        household: vec![],
    }
}

/// In the middle of it; `ready`: nothing more is asked.
pub(crate) fn talking(ready: bool) -> LostView {
    let step = |id: &str, title: &str| (id.to_owned(), words(title, title));
    let mut open = offers();
    let last = open.split_off(2);
    let mut begun: Vec<LostRequest> = open
        .into_iter()
        .map(|offer| LostRequest {
            id: offer.service,
            title: offer.title,
            lacks: match ready {
                true => vec![],
                false => vec![
                    step("loss", "O que aconteceu"),
                    step("delivery", "Onde o levanta"),
                ],
            },
            number: None,
        })
        .collect();
    if let Some(first) = begun.first_mut().filter(|_| ready) {
        first.number = Some("M07-3312-KX-4".into());
    }
    LostView {
        open: last,
        begun,
        ..begin(LostWho::Known)
    }
}

impl LostThings for FakeDesk {
    fn lost(&self, _: &Session, _: &str) -> Result<LostView, DeskError> {
        Ok(talking(false))
    }
    fn begin_lost(
        &self,
        _: &Session,
        _: &str,
        _: &[String],
    ) -> Result<Vec<(Words, String)>, DeskError> {
        Ok(vec![])
    }
}
