//! Care homes for the samples.

use std::collections::BTreeMap;

use vereda_sync::catalogue::Service;
use vereda_sync::record::Life;
use vereda_sync::record::capacity::{Capacity, Consent};
use vereda_sync::record::facility::{About, Contact, Sort};
use vereda_sync::record::kin::{Kin, May};
use vereda_sync::record::resident::Reason;
use vereda_sync::record::tour::Standing;

use super::fake::FakeDesk;
use super::tours::{by, plan};
use super::{housing, row, words};
use crate::desk::bedside::Several;
use crate::desk::port::{
    BatchView, BedsideView, DeskError, FacilityView, Homes, HomesView, InBatch, ListRow, ListView,
    ResidentView, Session, StopAhead, TypedFacility, TypedKin, TypedResident, TypedVisit,
};

pub(crate) fn facility() -> FacilityView {
    let about = About {
        name: "Lar de Nossa Senhora da Conceição".into(),
        sort: Sort::Home,
        place: "Alferce".into(),
        municipality: "Monchique".into(),
        address: "Rua da Fonte, 12".into(),
        rooms: (1..=14).map(|n| n.to_string()).collect(),
        contacts: vec![
            Contact {
                role: "Direção".into(),
                name: "Ilda Encarnação".into(),
                phone: "282 000 000".into(),
            },
            Contact {
                role: "Enfermagem".into(),
                name: String::new(),
                phone: "282 000 001".into(),
            },
        ],
        note: "Tocar à campainha do lado. O almoço é às 12:30.".into(),
    };
    let other = About {
        name: "Lar da Conceição".into(),
        ..about.clone()
    };
    FacilityView {
        id: "f1".into(),
        about,
        others: vec![(other, by("Ana Martins, Espaço Móvel 07"))],
        by: by("Teresa Nunes, Central do Algarve"),
    }
}

fn resident(id: &str, room: &str, name: &str) -> ResidentView {
    ResidentView {
        earlier: vec![],
        id: id.into(),
        name: name.into(),
        birth: "1941-03-02".into(),
        nif: "123456789".into(),
        room: room.into(),
        hour: "10:15".into(),
        services: vec![(
            "cesd".into(),
            words("Cartão Europeu de Seguro de Doença", "Health card"),
        )],
        capacity: (id == "r1").then_some(Capacity::Special),
        note: match id {
            "r1" => "Ouve mal do lado direito.".into(),
            _ => String::new(),
        },
        by: by("Teresa Nunes, Central do Algarve"),
        attendance: None,
        came: false,
        left_out: None,
        taken_off: None,
        requests: vec![],
        elsewhere: match id {
            "r4" => vec![
                "Também está na lista de Residência do Mar, 24/11/2026: confirme onde vive.".into(),
            ],
            _ => vec![],
        },
    }
}

fn residents() -> Vec<ResidentView> {
    let seen = |id, room, name, life| {
        let it = resident(id, room, name);
        ResidentView {
            came: true,
            attendance: Some("a1".into()),
            requests: vec![("cesd".into(), row("4411", life, name, false))],
            ..it
        }
    };
    let out = |id, room, name, why, note: &str| ResidentView {
        left_out: Some((why, note.to_owned(), by("Ana Martins, Espaço Móvel 07"))),
        ..resident(id, room, name)
    };
    vec![
        seen("r2", "1", "Maria do Rosário Conceição", Life::Recorded),
        seen("r3", "2", "José Amaro Duarte", Life::Draft),
        resident("r1", "4A", "Rosa Brito Encarnação"),
        resident("r4", "7", "Abel Nunes"),
        out("r5", "8", "Ilda Correia", Reason::Declined, ""),
        out("r6", "9", "Joaquim Lança", Reason::Hospital, ""),
        out(
            "r7",
            "",
            "Custódia Rita",
            Reason::Other,
            "Está na fisioterapia.",
        ),
        ResidentView {
            taken_off: Some("Vive noutro lar: Residência do Mar".into()),
            ..resident("r8", "12", "António Vargas")
        },
    ]
}

pub(crate) fn batch() -> BatchView {
    let of = [
        ("r2", InBatch::Recorded),
        ("r3", InBatch::Begun),
        ("r1", InBatch::Waits),
        ("r4", InBatch::Waits),
        ("r5", InBatch::LeftOut),
    ];
    BatchView {
        id: "b1".into(),
        service: "cesd".into(),
        title: words("Cartão Europeu de Seguro de Doença", "Health card"),
        residents: of
            .map(|(id, how)| (id.to_owned(), how, (id == "r2").then(|| "q1".to_owned())))
            .into(),
        shared: vec![(
            words("Rua, número e andar", "Street"),
            "Rua da Fonte, 12".into(),
        )],
        by: by("Ana Martins, Espaço Móvel 07"),
    }
}

pub(crate) fn list() -> ListView {
    ListView {
        id: "l1".into(),
        facility: facility(),
        spot: "Espaço Móvel 07".into(),
        tour: "t1".into(),
        plan: plan(
            &facility().about.name,
            ("10:00", "12:00"),
            "37,3337; -8,4889",
        ),
        standing: Standing::Late(30),
        moved: Some("2026-11-20 10:00 12:00 Alferce".into()),
        today: "2026-11-21".into(),
        residents: residents(),
        batches: vec![batch()],
    }
}

pub(crate) fn empty_list() -> ListView {
    ListView {
        standing: Standing::Cancelled,
        moved: None,
        residents: vec![],
        batches: vec![],
        ..list()
    }
}

/// The residents of the samples as they can be met at the bedside.
pub(crate) fn at_bedside() -> Vec<(&'static str, BedsideView)> {
    let of = |id: &str| BedsideView {
        list: list(),
        resident: list()
            .residents
            .into_iter()
            .find(|r| r.id == id)
            .expect("a resident"),
        said: None,
        is_identified: false,
        representative: None,
        is_closed: false,
        kin: None,
        next: Some((
            "cesd".into(),
            words("Cartão Europeu de Seguro de Doença", "Health card"),
        )),
    };
    let came = |said| BedsideView {
        resident: ResidentView {
            came: true,
            attendance: Some("a1".into()),
            ..of("r1").resident
        },
        said: Some(said),
        is_identified: true,
        ..of("r1")
    };
    let own = (Capacity::Own, Consent::Spoken);
    let acts = (Capacity::General, Consent::Represented);
    let kin = Kin {
        name: "Rosa Lopes".into(),
        relation: "filha".into(),
        phone: "912 345 678".into(),
        may: May::Outcome,
    };
    vec![
        ("novo", of("r1")),
        ("noutro-lar", of("r4")),
        ("fora", of("r5")),
        ("tirado", of("r8")),
        (
            "quem-e",
            BedsideView {
                is_identified: false,
                ..came(own)
            },
        ),
        ("pronto", came(own)),
        ("representado", came(acts)),
        (
            "com-representante",
            BedsideView {
                representative: Some("Rosa Lopes".into()),
                ..came(acts)
            },
        ),
        (
            "feito",
            BedsideView {
                said: Some(own),
                is_identified: true,
                kin: Some(kin),
                next: None,
                ..of("r2")
            },
        ),
        (
            "fechado",
            BedsideView {
                said: Some(own),
                is_identified: true,
                is_closed: true,
                ..of("r3")
            },
        ),
    ]
}

/// A service of which two fields can be shared.
pub(crate) fn service() -> Service {
    housing()
}

pub(crate) fn several() -> Vec<(&'static str, Option<Service>, Several)> {
    let chosen = |is_fresh| Several {
        service: service().id,
        is_fresh,
        ..Several::default()
    };
    let first = service().shared_fields().next().map(|f| f.id.clone());
    let wrong = Several {
        residents: vec!["r1".into()],
        wrong: first
            .into_iter()
            .map(|id| (id, "Escolha uma das opções da lista.".to_owned()))
            .collect(),
        problem: "Há respostas por corrigir.".into(),
        ..chosen(false)
    };
    vec![
        ("", None, Several::default()),
        ("-quem", Some(service()), chosen(true)),
        ("-erro", Some(service()), wrong),
    ]
}

pub(crate) fn stops() -> Vec<StopAhead> {
    vec![StopAhead {
        id: "t1/001.central".into(),
        spot: "Espaço Móvel 07".into(),
        plan: plan("Alferce", ("10:00", "12:00"), ""),
    }]
}

fn line(id: &str, elsewhere: u64, standing: Standing) -> ListRow {
    ListRow {
        id: id.into(),
        facility: facility().about.name,
        spot: "Espaço Móvel 07".into(),
        day: "2026-11-21".into(),
        hours: "10:00–12:00".into(),
        standing,
        residents: 12,
        done: 5,
        elsewhere,
    }
}

pub(crate) fn homes(is_empty: bool) -> HomesView {
    match is_empty {
        true => HomesView {
            scopes: vec!["monchique".into(), "aljezur".into()],
            ..HomesView::default()
        },
        false => HomesView {
            ahead: vec![
                line("l1", 1, Standing::Late(30)),
                line("l2", 0, Standing::Cancelled),
            ],
            past: vec![line("l3", 0, Standing::Held)],
            facilities: vec![facility()],
            scopes: vec!["monchique".into()],
        },
    }
}

impl Homes for FakeDesk {
    fn homes(&self, _: &Session) -> Result<HomesView, DeskError> {
        Ok(homes(false))
    }
    fn facility(&self, _: &Session, _: &str) -> Result<FacilityView, DeskError> {
        Ok(facility())
    }
    fn keep_facility(
        &self,
        _: &Session,
        _: Option<&str>,
        _: &TypedFacility,
    ) -> Result<String, DeskError> {
        Err(DeskError::NotNow("Escreva o nome do lar.".into()))
    }
    fn stops_ahead(&self, _: &Session) -> Result<Vec<StopAhead>, DeskError> {
        Ok(stops())
    }
    fn plan_visit(&self, _: &Session, _: &str, _: &TypedVisit) -> Result<String, DeskError> {
        Ok("l1".into())
    }
    fn residents(&self, _: &Session, _: &str) -> Result<ListView, DeskError> {
        Ok(list())
    }
    fn resident(&self, _: &Session, _: &str) -> Result<BedsideView, DeskError> {
        Ok(at_bedside().remove(0).1)
    }
    fn list_resident(&self, _: &Session, _: &str, _: &TypedResident) -> Result<(), DeskError> {
        Ok(())
    }
    fn take_off(&self, _: &Session, _: &str, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn consents(&self, _: &Session, _: &str, _: Capacity, _: Consent) -> Result<String, DeskError> {
        Ok("a1".into())
    }
    fn leave_out(&self, _: &Session, _: &str, _: Reason, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn say_kin(&self, _: &Session, _: &str, _: &TypedKin) -> Result<(), DeskError> {
        Ok(())
    }
    fn for_several(&self, _: &str) -> Result<Service, DeskError> {
        Ok(service())
    }
    fn begin_batch(
        &self,
        _: &Session,
        _: &str,
        _: &str,
        _: &[String],
        _: &BTreeMap<String, String>,
    ) -> Result<String, DeskError> {
        Ok("b1".into())
    }
    fn next_resident(
        &self,
        _: &Session,
        _: &str,
        _: Option<&str>,
    ) -> Result<Option<String>, DeskError> {
        Ok(Some("r1".into()))
    }
    fn bedside(&self, _: &Session) -> Option<String> {
        None
    }
    fn go_to_bedside(&self, _: &Session, _: Option<&str>) -> Result<(), DeskError> {
        Ok(())
    }
}
