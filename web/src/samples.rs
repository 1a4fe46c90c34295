//! Sample views of every page, for tests and for looking at.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Catalogue, Service, Values, Words};
use vereda_sync::record::Life;
use vereda_sync::record::consent::{Confirmed, Consent, Signed};
use vereda_sync::record::declaration::{DECLARATION, Proof};
use vereda_sync::record::occurrence::Under;
use vereda_sync::record::papers::{Needed, Standing};
use vereda_sync::record::request::Owed;
use vereda_sync::record::sighting::Sighting;
use vereda_sync::record::signature::Strokes;
use vereda_sync::record::voice::Spoken;

use crate::desk::port::{
    Agreed, AnsweredStep, Arrival, Attachment, Attendance, CheckAnswers, Confirmation, Form,
    FormField, HistoryLine, Link, Matter, Message, NewProgram, OpenAttendance, Payment, Person,
    QueueView, Receipt, Request, RequestRow, ScreenLink, Session, Shot, Statement, StepMark, Strip,
    Today, Verify,
};
use crate::moment::Moment;
use crate::texts::PORTUGUESE;

pub(crate) mod assessments;
pub(crate) mod carrying;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod complaints;
pub(crate) mod console;
pub(crate) mod desks;
pub(crate) mod editions;
pub(crate) mod enrolment;
pub(crate) mod fake;
pub(crate) mod figures;
pub(crate) mod fleet;
pub(crate) mod help;
pub(crate) mod homes;
pub(crate) mod household;
pub(crate) mod keeping;
pub(crate) mod leases;
pub(crate) mod lookups;
pub(crate) mod lost;
pub(crate) mod money;
pub(crate) mod notices;
pub(crate) mod occurrences;
pub(crate) mod orders;
pub(crate) mod outcome;
pub(crate) mod packs;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod rights;
pub(crate) mod sent;
pub(crate) mod statistics;
pub(crate) mod sticks;
pub(crate) mod tours;
pub(crate) mod twice;
pub(crate) mod verify;
pub(crate) mod whereabouts;

pub(crate) const NOW: Moment = Moment {
    unix_ms: 1_795_286_520_000,
    sure: true,
    zone: None,
};

pub(crate) fn moment_before(now: Moment, seconds: i64) -> Moment {
    Moment {
        unix_ms: now.unix_ms - seconds * 1000,
        ..now
    }
}

pub(crate) fn ago(seconds: i64) -> Moment {
    moment_before(NOW, seconds)
}

pub(crate) fn words(pt: &str, en: &str) -> Words {
    Words::from([("pt", pt), ("en", en)])
}

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::parse(include_str!("samples/catalogue.toml"))
        .expect("the sample catalogue is consistent")
}

pub(crate) fn housing() -> Service {
    catalogue().services.remove(0)
}

pub(crate) fn strip() -> Strip {
    Strip {
        spot: "Espaço Móvel 07".into(),
        stop: Some("Alferce".into()),
        link: Link::Down { retry_in_s: 40 },
        near: vec![],
        unsent_changes: 62,
        unsent_requests: 14,
        unsent_blobs: 3,
        oldest_unsent: Some(ago(3 * 3600)),
        urgent_after_days: 3,
        proven: Some(ago(15 * 3600)),
        proven_records: 312,
        now: NOW,
        screen: ScreenLink::Following,
        screen_language: "uk".into(),
        old_catalogue: None,
        list_ends_in: None,
        training: None,
    }
}

pub(crate) fn session() -> Session {
    Session {
        id: "s1".into(),
        person: people().remove(0),
        desk: String::new(),
    }
}

pub(crate) fn people() -> Vec<Person> {
    ["Ana Martins", "Rui Pereira", "Teresa Guerreiro"]
        .iter()
        .enumerate()
        .map(|(i, name)| Person {
            id: format!("m{i}"),
            name: (*name).into(),
        })
        .collect()
}

pub(crate) fn frame() -> crate::desk::Frame {
    crate::desk::Frame {
        session: session(),
        strip: strip(),
        drawn_at: 1,
        urgent: vec![],
        guard: "0123456789abcdef".into(),
        bedside: None,
    }
}

pub(crate) fn row(id: &str, life: Life, citizen: &str, in_conflict: bool) -> RequestRow {
    RequestRow {
        id: id.into(),
        number: (life != Life::Draft).then(|| format!("M07-4821-{id}-K")),
        citizen: citizen.into(),
        service: housing().title,
        life,
        at: ago(4000),
        spot: "Espaço Móvel 07".into(),
        in_conflict,
        owes: Owed {
            paper: in_conflict,
            proof: in_conflict,
            hour: in_conflict,
            reference: false,
        },
        late: in_conflict,
    }
}

/// Back at the depot with 14 requests, so many changes of them not there yet.
pub(crate) fn arrival(left: u64) -> Arrival {
    Arrival {
        since: ago(660),
        requests: 14,
        photographs: 3,
        all: 123,
        left,
        proven: (left == 0).then(|| ago(60)),
        at_hub: 312,
        conflicts: 2,
        purged: 41,
        revoked: 1,
        program: (left == 0).then(|| NewProgram {
            version: "0.2.0".into(),
            notes: "As fotografias enviam-se mais depressa.".into(),
        }),
        catalogue: Some(12),
        clock_agrees: left == 0,
    }
}

pub(crate) fn today() -> Today {
    Today {
        open: vec![
            OpenAttendance {
                recorded: 1,
                id: "a1".into(),
                citizen: Some("Maria do Rosário Conceição".into()),
                request: Some(("r1".into(), housing().title, 4, 6)),
                saved: ago(20),
                mediator: "Ana Martins".into(),
                held: None,
                recovered: Some(keeping::recovered()),
            },
            OpenAttendance {
                recorded: 1,
                id: "a2".into(),
                citizen: None,
                request: None,
                saved: ago(1800),
                mediator: "Rui Pereira".into(),
                held: Some(desks::holder(false)),
                recovered: None,
            },
        ],
        keep: Some(keeping::well()),
        queue: QueueView {
            waiting: 4,
            next: Some((23, ago(720))),
            called: None,
        },
        messages: vec![
            Message {
                id: "d1".into(),
                about: Matter::Request {
                    id: "r9".into(),
                    number: "M07-3310-QX-2".into(),
                    citizen: "José Amaro Duarte".into(),
                    reason: "Confirmado por telefone com o cidadão, que trocou de banco.".into(),
                },
                text: "A central ficou com o IBAN escrito em Loulé 2".into(),
                by: "Carla Nunes, central".into(),
                at: ago(7200),
            },
            notices::message(true),
            notices::message(false),
        ],
        twice: vec![],
        cases: case::waiting(),
        complaints: complaints::rows().into_iter().take(2).collect(),
        remedies: vec![assessments::remedy()],
        answered: vec![help::row(vereda_sync::record::ticket::State::Answered)],
        recent: vec![
            row("AA", Life::Recorded, "Maria do Rosário Conceição", false),
            row("BB", Life::Received, "José Amaro Duarte", true),
            row("CC", Life::Completed, "Ilda Encarnação", false),
        ],
        served_today: 11,
        low: leases::low(),
        arrival: None,
        occurrences: vec![],
        next_stop: Some(tours::next_stop()),
    }
}

pub(crate) fn attendance(identified: bool) -> Attendance {
    let chip = |value: &str| Answer {
        value: value.into(),
        provenance: Provenance::Chip,
    };
    Attendance {
        id: "a1".into(),
        citizen: identified.then(|| "Maria do Rosário Conceição".into()),
        identified,
        identity: if identified {
            vec![
                (
                    words("Nome completo", "Full name"),
                    chip("Maria do Rosário Conceição"),
                ),
                (
                    words("Data de nascimento", "Date of birth"),
                    chip("03/05/1951"),
                ),
                (words("NIF", "Tax number"), chip("123 456 789")),
                (
                    words("Morada", "Address"),
                    Answer {
                        value: "Rua da Fonte 12, Alferce".into(),
                        provenance: Provenance::Typed,
                    },
                ),
            ]
        } else {
            vec![]
        },
        held: None,
        recovered: identified.then(keeping::recovered),
        late: None,
        booked: identified.then(|| (housing().id, housing().title)),
        household: vec![],
        twice: vec![],
        represented: true,
        representation: if identified {
            let typed = |value: &str| Answer {
                value: value.into(),
                provenance: Provenance::Typed,
            };
            vec![
                (
                    words("Nome completo de quem representa", "Full name"),
                    typed("Rosa Conceição Lopes"),
                ),
                (
                    words("Com que autoridade", "By what authority"),
                    typed("Familiar com autorização assinada"),
                ),
            ]
        } else {
            vec![]
        },
        undocumented: true,
        declaration: match identified {
            true => declaration(),
            false => vec![],
        },
        requests: if identified {
            vec![
                row("r1", Life::Draft, "Maria", false),
                row("AA", Life::Recorded, "Maria", false),
            ]
        } else {
            vec![]
        },
        before: match identified {
            true => vec![
                row("DD", Life::Completed, "Maria", false),
                row("EE", Life::Received, "Maria", true),
            ],
            false => vec![],
        },
        closed: false,
    }
}

/// The papers of the housing aid: one that nobody has seen, one that comes later, one that is there.
pub(crate) fn papers() -> Vec<Needed> {
    let standings = [
        Standing::Open,
        Standing::Owed("ardeu na casa; pede outra esta semana".into()),
        Standing::Seen,
    ];
    let papers = housing().documents.into_iter().zip(standings);
    papers
        .map(|(paper, standing)| Needed { paper, standing })
        .collect()
}

/// Those of a request that is recorded.
pub(crate) fn papers_recorded() -> Vec<Needed> {
    papers().split_off(1)
}

/// Why nothing is paid.
pub(crate) fn exempt() -> Words {
    words(
        "Para adoção e voluntariado é grátis.",
        "Free for adoption and volunteering.",
    )
}

/// What is typed so far in the housing aid.
fn value_of(field: &str) -> &'static str {
    match field {
        "full-name" => "Maria do Rosário Conceição",
        "birth-date" => "1951-05-03",
        "nif" => "123456789",
        "phone" => "912345678",
        "iban" => "PT50000201231234567890154",
        "tenure" => "owner",
        "damage" => {
            "O telhado ardeu todo e a parede do lado nascente abriu fendas.\nA cozinha não se usa."
        }
        "estimate" => "1250000",
        "position" => "37.3192,-8.5556,12",
        "consent" => "yes",
        "photos" => "aa11 bb22",
        _ => "",
    }
}

pub(crate) fn attachments() -> Vec<Attachment> {
    ["telhado.jpg", "cozinha.jpg"]
        .iter()
        .enumerate()
        .map(|(i, name)| Attachment {
            blob: format!("{i}{i}aa"),
            name: (*name).into(),
            media_type: "image/jpeg".into(),
            bytes: 3_240_000 - 900_000 * i as u64,
            taken: ago(300 - i as i64 * 30),
            here: true,
            seen: (i == 0)
                .then_some("37,3192; -8,5556|12|3")
                .and_then(Sighting::parse),
            spoken: None,
            shot: Some(match i {
                0 => Shot {
                    taken: Some(("2026-11-20".into(), "14:03".into())),
                    age_days: Some(2),
                    position: vereda_sync::record::tour::Position::parse("37,3337; -8,4889"),
                    accuracy_m: Some(5),
                    apart_km: Some(6),
                    ..Shot::default()
                },
                _ => Shot::default(),
            }),
        })
        .chain([note()])
        .collect()
}

/// A voice note beside the photographs.
fn note() -> Attachment {
    Attachment {
        blob: "22aa".into(),
        name: "nota-de-voz.webm".into(),
        media_type: "audio/webm".into(),
        bytes: 296_000,
        taken: ago(200),
        here: true,
        seen: None,
        spoken: Some(Spoken {
            seconds: Some(73),
            by: "Ana Martins".into(),
        }),
        shot: None,
    }
}

pub(crate) fn form(service: &Service, step: &str, id: &str) -> Form {
    let current = service
        .steps
        .iter()
        .position(|s| s.id == step)
        .expect("a step of the service");
    let fields = service.steps[current].fields.clone();
    Form {
        because: None,
        held: None,
        id: id.into(),
        attendance: "a1".into(),
        title: service.title.clone(),
        steps: service
            .steps
            .iter()
            .enumerate()
            .map(|(i, s)| StepMark {
                id: s.id.clone(),
                title: s.title.clone(),
                done: i < current,
                current: i == current,
            })
            .collect(),
        step: service.steps[current].clone(),
        fields: fields
            .into_iter()
            .map(|field| {
                // A form shows what was typed, not what is canonical.
                let value = if field.id == "estimate" {
                    "12 500,00"
                } else {
                    value_of(&field.id)
                };
                // The citizen wrote what is private themselves.
                let hidden = field.private && !value.is_empty();
                FormField {
                    hidden,
                    value: if hidden { String::new() } else { value.into() },
                    provenance: match value {
                        "" => None,
                        _ if hidden => Some(Provenance::Citizen),
                        _ if field.card.is_some() => Some(Provenance::Chip),
                        _ => Some(Provenance::Typed),
                    },
                    saved: (!value.is_empty()).then(|| ago(12)),
                    shown: field
                        .when
                        .as_ref()
                        .is_none_or(|w| w.holds(&Sampled, "2026-11-22")),
                    attachments: if field.id == "photos" {
                        attachments()
                    } else {
                        vec![]
                    },
                    field,
                }
            })
            .collect(),
        fee_cents: 0,
        exempt: Some(exempt()),
        papers: papers(),
        citizen: Some("Maria do Rosário Conceição".into()),
        revision: 7,
        also_open_by: None,
        may_take_out: current > 0,
        citizen_writes: false,
        card_can_fill: true,
        may_undo: true,
        today: "2026-11-22".into(),
        elsewhere: std::collections::BTreeMap::new(),
        notice: None,
    }
}

/// The values of the samples, as conditions look at them.
struct Sampled;

impl Values for Sampled {
    fn value(&self, field: &str) -> Option<&str> {
        Some(value_of(field))
    }
}

pub(crate) fn answered_steps() -> Vec<AnsweredStep> {
    housing()
        .steps
        .into_iter()
        .map(|step| AnsweredStep {
            id: step.id,
            title: step.title,
            answers: step
                .fields
                .into_iter()
                .filter(|f| f.when.is_none())
                .map(|f| {
                    let value = value_of(&f.id);
                    let answer = (!value.is_empty()).then(|| Answer {
                        value: value.into(),
                        provenance: if f.card.is_some() {
                            Provenance::Chip
                        } else {
                            Provenance::Typed
                        },
                    });
                    let attached = if f.id == "photos" {
                        attachments()
                    } else {
                        vec![]
                    };
                    (f, answer, attached)
                })
                .collect(),
        })
        .collect()
}

pub(crate) fn check_answers(confirmation: Confirmation, screen: ScreenLink) -> CheckAnswers {
    CheckAnswers {
        because: Some("por causa da ocorrência «Incêndio de Monchique»".into()),
        request: "r1".into(),
        attendance: "a1".into(),
        service: housing(),
        citizen: "Maria do Rosário Conceição".into(),
        steps: match confirmation {
            Confirmation::Given(_) => with_outcome(for_desk(answered_steps())),
            _ => for_desk(answered_steps()),
        },
        fee_cents: 0,
        exempt: Some(exempt()),
        papers: match confirmation {
            Confirmation::Given(_) => papers_recorded(),
            _ => papers(),
        },
        hours: Some(leases::hours(matches!(
            confirmation,
            Confirmation::Given(_)
        ))),
        identity: proof_owed(),
        late: None,
        of_paper: vec![],
        confirmation,
        screen,
        household: vec![],
        twice: vec![],
    }
}

fn with_outcome(mut steps: Vec<AnsweredStep>) -> Vec<AnsweredStep> {
    steps.push(outcome::step());
    steps
}

/// What the citizen wrote as private reaches no page of the desk.
fn for_desk(mut steps: Vec<AnsweredStep>) -> Vec<AnsweredStep> {
    let answers = steps.iter_mut().flat_map(|s| &mut s.answers);
    for (_, answer, _) in answers.filter(|(field, ..)| field.private) {
        *answer = Some(Answer {
            value: String::new(),
            provenance: Provenance::Citizen,
        });
    }
    steps
}

/// Declared, and not proven yet.
pub(crate) fn proof_owed() -> Option<Proof> {
    Some(Proof::Owed("2026-12-09".into()))
}

/// What somebody without documents declared.
fn declaration() -> Vec<(Words, Answer)> {
    let said = [
        "Perderam-se ou arderam",
        "Uma pessoa",
        "Amália Reis",
        "9 de dezembro de 2026",
    ];
    let fields = DECLARATION.fields.iter();
    let asked = fields.filter(|f| {
        ["dec-why", "dec-witnesses", "dec-1-name", "dec-until"].contains(&f.id.as_str())
    });
    let typed = |value: &str| Answer {
        value: value.into(),
        provenance: Provenance::Typed,
    };
    asked
        .zip(said)
        .map(|(f, said)| (f.label.clone(), typed(said)))
        .collect()
}

pub(crate) fn agreed(signed: Option<Signed>) -> Agreed {
    Agreed {
        consent: Consent {
            how: Confirmed::OnScreen,
            shown: "beef".into(),
            words: "d1ce0ffeec0ffee5d1ce0ffe".into(),
            language: "uk".into(),
            edition: 3,
            answers: 9,
            fee_cents: 500,
            screen: Some("3f2a91c0".into()),
            signed,
        },
        at: ago(20),
        before: "Ana Martins, Espaço Móvel 07 (Alferce)".into(),
    }
}

/// A signature drawn by hand.
pub(crate) fn drawn() -> Option<Signed> {
    let strokes = "120,210 160,60 205,220 250,90 300,200;340,180 380,130 420,190 470,140 560,170;600,120 880,150";
    Strokes::parse(strokes).ok().map(Signed::Drawn)
}

pub(crate) fn receipt(copy: bool) -> Receipt {
    Receipt {
        request: "r1".into(),
        attendance: "a1".into(),
        number: "M07-4821-7QK-3".into(),
        service: housing(),
        citizen: "Maria do Rosário Conceição".into(),
        mediator: "Ana Martins".into(),
        place: "Espaço Móvel 07, Alferce".into(),
        at: ago(10),
        answers: vec![
            (
                words("Quem pede", "Who asks"),
                vec![
                    (words("NIF", "Tax number"), "••• 6 789".into()),
                    (words("IBAN", "IBAN"), "••• 0 154".into()),
                ],
            ),
            (
                words("O que aconteceu", "What happened"),
                vec![
                    (
                        words("O que aconteceu à casa", "What happened"),
                        "O telhado ardeu todo e a parede do lado nascente abriu fendas.".into(),
                    ),
                    (words("Fotografias", "Photographs"), "2 fotografias".into()),
                ],
            ),
        ],
        fee_cents: 500,
        exempt: None,
        papers: papers_recorded(),
        identity: proof_owed(),
        payment: match copy {
            true => money::paid(),
            false => Payment::Due,
        },
        hour: leases::hour(),
        life: Life::Recorded,
        agreed: Some(agreed(drawn())),
        told_by: Some(outcome::contact().0),
        representative: Some("Rosa Conceição Lopes".into()),
        late: copy.then(packs::late),
        qr: "HTTPS://VERIFICAR.EXEMPLO.PT/M07-4821-7QK-3/45FY-TN2A".into(),
        verify: Some(Verify {
            address: "https://verificar.exemplo.pt".into(),
            code: "45FY-TN2A".into(),
        }),
        copy,
        language: PORTUGUESE.into(),
    }
}

pub(crate) fn request() -> Request {
    let statement = |value: &str, by: &str, spot: &str, at: Moment| Statement {
        value: value.into(),
        provenance: Provenance::Typed,
        by: by.into(),
        spot: spot.into(),
        at,
    };
    let service = housing();
    let field = |id: &str| {
        service
            .field(id)
            .expect("a field of the service")
            .into_owned()
    };
    Request {
        under: Some((
            Under {
                occurrence: vereda_sync::id::RecordId([7; 32]),
                name: "Incêndio de Monchique".into(),
                waived_cents: 1_800,
                is_confirmed: false,
            },
            false,
        )),
        row: row("BB", Life::Received, "José Amaro Duarte", true),
        attendance: Some("a1".into()),
        payment: Payment::Due,
        reserved: vec!["Falta a marcação: não foi escolhida nenhuma hora.".into()],
        hours: Some(leases::hours(false)),
        case: crate::desk::port::Case {
            telling: outcome::telling(false),
            ..crate::desk::port::Case::default()
        },
        term: None,
        agreed: Some(agreed(Some(Signed::Typed("José Amaro Duarte".into())))),
        representative: Some("Ilda Duarte".into()),
        answers: vec![
            (
                field("full-name"),
                vec![Statement {
                    provenance: Provenance::Chip,
                    ..statement(
                        "José Amaro Duarte",
                        "Ana Martins",
                        "Espaço Móvel 07",
                        ago(90_000),
                    )
                }],
            ),
            (
                field("iban"),
                vec![
                    statement(
                        "PT50000201231234567890154",
                        "Ana Martins",
                        "Espaço Móvel 07",
                        Moment {
                            sure: false,
                            ..ago(90_000)
                        },
                    ),
                    statement(
                        "PT50001000001234567890182",
                        "Rui Pereira",
                        "Loulé 2",
                        ago(60_000),
                    ),
                ],
            ),
            (
                field("phone"),
                vec![statement(
                    "912345678",
                    "Ana Martins",
                    "Espaço Móvel 07",
                    ago(90_000),
                )],
            ),
            (
                field("tenure"),
                vec![statement(
                    "owner",
                    "Ana Martins",
                    "Espaço Móvel 07",
                    ago(90_000),
                )],
            ),
        ],
        history: vec![
            HistoryLine {
                at: ago(90_000),
                by: "Ana Martins, Espaço Móvel 07".into(),
                text: "Registado, confirmado no ecrã".into(),
            },
            HistoryLine {
                at: ago(60_000),
                by: "Rui Pereira, Loulé 2".into(),
                text: "IBAN corrigido: trocou de banco".into(),
            },
            HistoryLine {
                at: ago(55_000),
                by: "central".into(),
                text: "Recebido pela central".into(),
            },
        ],
        notes: vec![statement(
            "Volta na quinta-feira com a caderneta predial.",
            "Ana Martins",
            "Espaço Móvel 07",
            ago(80_000),
        )],
        attachments: attachments(),
        lent_until: None,
        instead: None,
        papers: papers_recorded(),
        identity: proof_owed(),
        late: None,
        same_number: vec![],
        household: vec![],
        twice: vec![],
        disclosed: vec![],
    }
}
