//! Every page, rendered from samples, checked, and dumped for looking at.

use std::sync::Arc;

use vereda_hardware::card::{CardFault, CardState};
use vereda_sync::catalogue::{Field, Kind, Service, Signature, Words};
use vereda_sync::check::Refusal;
use vereda_sync::record::Life;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::ticket::State;

use super::{
    answered_steps, assessments, carrying, case, catalogue, check, complaints, console, desks,
    figures, fleet, frame, help, homes, household, housing, keeping, leases, lookups, lost, money,
    notices, occurrences, packs, people, sent, sticks, tours, twice, verify, whereabouts,
};
use crate::citizen::how_final;
use crate::citizen::port::{Confirm, Followed, Following, Input, Recorded, Screen, Stage};
use crate::complaint::Retry;
use crate::console::port::{Batch, CannedText, ConflictKind, Proposed, QueueFilter, Told, Whose};
use crate::desk::assessments::Wrong;
use crate::desk::lost::Refused as NotLost;
use crate::desk::packs::Refused;
use crate::desk::port::LostWho;
use crate::desk::port::{
    AssessmentsView, CarriedView, Confirmation, DeskError, JoinRefusal, Link, Payment, ReplyView,
    Request, ScreenLink, SignInRefusal, StickState, TillNow,
};
use crate::desk::samples_of as desk;
use crate::desk::till::Which;
use crate::desk::tours::Planning;
use crate::layout;
use crate::sign_in::SignIn;
use crate::texts::{LANGUAGES, Texts};
use crate::{accessibility, assets, citizen};

pub(crate) fn screen(language: &str, revealed: bool, offline: bool, stage: Stage) -> Screen {
    Screen {
        language: language.into(),
        revealed,
        spot: "Espaço Móvel 07".into(),
        offline,
        training: false,
        stage,
    }
}

pub(crate) fn following(step: usize) -> Stage {
    step_of(step, false)
}

/// As the citizen writes it, the first time through with things to mend.
fn input(field: &Field) -> Input {
    let wrong = match field.kind {
        Kind::Iban => Some(Refusal::CheckDigit),
        Kind::Choice => Some(Refusal::Missing),
        Kind::Money => Some(Refusal::TooLarge { max: 9 }),
        _ => None,
    };
    Input { revision: 4, wrong }
}

fn step_of(step: usize, writes: bool) -> Stage {
    let service = housing();
    let chosen = &service.steps[step];
    Stage::Following(Box::new(Following {
        citizen: Some("Maria do Rosário".into()),
        title: service.title.clone(),
        step: chosen.title.clone(),
        step_number: step + 1,
        steps: service.steps.len(),
        fields: super::form(&service, &chosen.id, "r1")
            .fields
            .into_iter()
            .filter(|f| f.shown)
            .map(|f| Followed {
                input: writes.then(|| input(&f.field)),
                value: match f.hidden {
                    true => super::value_of(&f.field.id).to_owned(),
                    false => f.value,
                },
                field: f.field,
            })
            .collect(),
        place: ("r1".into(), chosen.id.clone()),
        writes,
        typing: chosen.fields.last().map(|f| f.id.clone()),
        fee_cents: Some(0),
        exempt: Some(super::exempt()),
        next: service.next.clone(),
        privacy: service.privacy_notice().clone(),
    }))
}

fn confirm(answered: Option<bool>, signature: Option<Signature>) -> Stage {
    Stage::Confirm(Box::new(Confirm {
        request: "r1".into(),
        shown: "beef".into(),
        service: Service {
            signature,
            ..housing()
        },
        citizen: "Maria do Rosário Conceição".into(),
        steps: match answered {
            Some(_) => answered_steps(),
            None => super::with_outcome(answered_steps()),
        },
        fee_cents: 0,
        exempt: Some(super::exempt()),
        papers: super::papers_recorded(),
        hour: leases::hour(),
        identity: super::proof_owed(),
        answered,
        unsigned: signature.is_some(),
    }))
}

pub(crate) fn recorded() -> Recorded {
    Recorded {
        number: "M07-4821-7QK-3".into(),
        service: housing(),
        life: Life::Recorded,
        fee_cents: 500,
        exempt: None,
        papers: super::papers_recorded(),
        hour: vereda_sync::record::lease::Reserved::Owed,
        identity: super::proof_owed(),
        qr: "HTTPS://VERIFICAR.EXEMPLO.PT/M07-4821-7QK-3/45FY-TN2A".into(),
    }
}

/// The identification, half typed.
fn identification() -> Stage {
    let Stage::Following(following) = following(0) else {
        unreachable!("it follows")
    };
    let known = following.fields;
    Stage::Following(Box::new(Following {
        title: IDENTITY.title.clone(),
        step: IDENTITY.title.clone(),
        step_number: 1,
        steps: 1,
        fields: IDENTITY
            .fields
            .iter()
            .map(|field| {
                let value = known.iter().find(|f| f.field.id == field.id);
                Followed {
                    field: field.clone(),
                    value: value.map_or_else(String::new, |f| f.value.clone()),
                    input: None,
                }
            })
            .collect(),
        place: ("a1".into(), IDENTITY.id.clone()),
        writes: false,
        typing: Some("nif".into()),
        fee_cents: None,
        exempt: None,
        next: Words::default(),
        privacy: Words::default(),
        citizen: None,
    }))
}

/// Name of the file, and the page.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = Vec::new();
    let mut add =
        |name: &str, html: maud::Markup| pages.push((name.to_owned(), html.into_string()));
    let f = frame();

    let refusal = SignInRefusal::WrongPin { tries_left: 2 };
    let sign_in = SignIn {
        place: "Vereda · balcão",
        people: &people(),
        chosen: None,
        refusal: None,
        back: "/",
        trains: true,
    };
    add("desk-entrar", sign_in.page(&layout::DESK));
    add(
        "desk-entrar-erro",
        SignIn {
            refusal: Some(&refusal),
            chosen: Some("m1"),
            ..sign_in
        }
        .page(&layout::DESK),
    );

    add("desk-acessibilidade", accessibility::page());
    add("desk-hoje", desk::today(&f, &super::today()));
    let mut training = frame();
    training.strip.link = Link::None;
    training.strip.training = Some(crate::desk::port::Training {
        cards: people(),
        inserted: Some("m1".into()),
    });
    for (name, left, link) in [
        ("a-entregar", 34, Link::Up),
        ("entregue", 0, Link::Up),
        ("caiu", 34, Link::Down { retry_in_s: 4 }),
    ] {
        let mut today = super::today();
        today.arrival = Some(super::arrival(left));
        let mut at_depot = frame();
        at_depot.strip.link = link;
        let page = desk::today(&at_depot, &today);
        add(&format!("desk-hoje-chegada-{name}"), page);
    }
    add("desk-treino", desk::today(&training, &super::today()));
    for language in &LANGUAGES {
        let mut receipt = super::receipt(false);
        language.code.clone_into(&mut receipt.language);
        add(
            &format!("desk-treino-comprovativo-{}", language.code),
            desk::receipt(&training, &receipt),
        );
    }
    let mut after_fire = super::today();
    after_fire.occurrences = vec![occurrences::fire(false)];
    add("desk-hoje-ocorrencia", desk::today(&f, &after_fire));
    let refused = || NotLost {
        services: vec![(
            super::words("Segunda via da carta de condução", "Driving licence"),
            "Só a partir dos 16 anos.".into(),
        )],
        error: String::new(),
    };
    for (name, view, refused) in [
        (
            "quem",
            lost::begin(LostWho::Unknown {
                undocumented: false,
            }),
            NotLost::default(),
        ),
        (
            "sem-documentos",
            lost::begin(LostWho::Unknown { undocumented: true }),
            NotLost::default(),
        ),
        (
            "declarar",
            lost::begin(LostWho::ToDeclare),
            NotLost::default(),
        ),
        ("escolher", lost::begin(LostWho::Known), NotLost::default()),
        ("conversa", lost::talking(false), NotLost::default()),
        ("pronto", lost::talking(true), NotLost::default()),
        ("erro", lost::talking(false), refused()),
    ] {
        add(
            &format!("desk-perdeu-tudo-{name}"),
            desk::lost(&f, &view, &refused),
        );
    }
    for (name, error) in [
        ("", ""),
        ("-erro", "Escreva porque muda: fica na ocorrência."),
    ] {
        let view = occurrences::view(false);
        let page = desk::occurrence_changed(&f, &view, &occurrences::typed(), error);
        add(&format!("desk-ocorrencia-mudar{name}"), page);
    }
    let (blank, wrong) = (Default::default(), occurrences::typed());
    for (name, is_empty, typed, error) in [
        ("", false, &blank, ""),
        ("-nada", true, &blank, ""),
        (
            "-erro",
            true,
            &wrong,
            "O último dia já passou: confira o dia e o ano.",
        ),
    ] {
        let view = occurrences::view(is_empty);
        add(
            &format!("desk-ocorrencias{name}"),
            desk::occurrences(&f, &view, typed, error),
        );
    }
    let mut urgent = frame();
    urgent.urgent = vec![notices::message(true).text];
    add(
        "desk-passo-urgente",
        desk::form(&urgent, super::form(&housing(), "contact", "r1"), None, &[]),
    );
    let mut amber = frame();
    amber.strip.oldest_unsent = Some(super::ago(9 * 3600));
    add(
        "desk-hoje-ambar",
        desk::today(
            &amber,
            &crate::desk::port::Today {
                keep: None,
                open: vec![],
                queue: crate::desk::port::QueueView {
                    called: Some((23, super::ago(60))),
                    ..Default::default()
                },
                messages: vec![],
                twice: vec![],
                complaints: vec![],
                remedies: vec![],
                cases: vec![],
                answered: vec![],
                recent: vec![],
                served_today: 0,
                low: vec![],
                arrival: None,
                occurrences: vec![occurrences::fire(true)],
                next_stop: None,
            },
        ),
    );
    let mut red = frame();
    red.strip.oldest_unsent = Some(super::ago(80 * 3600));
    red.strip.link = Link::Exchanging {
        done: 34,
        total: 120,
        left_s: Some(40),
    };
    red.strip.screen = ScreenLink::Away;
    add(
        "desk-pedidos-vermelho",
        desk::requests(&red, "maria", &super::today().recent),
    );
    add("desk-pedidos-nada", desk::requests(&f, "zzz", &[]));

    let sample = crate::samples::fake::identity();
    add(
        "desk-atendimento",
        desk::attendance(
            &f,
            super::attendance(true),
            CardState::Ready(Arc::new(sample)),
            catalogue().services,
        ),
    );
    for (name, state) in [
        ("vazio", CardState::Empty),
        (
            "a-ler",
            CardState::Reading {
                done: 4_200,
                total: 14_000,
            },
        ),
        ("sem-leitor", CardState::NoReader),
        ("avaria", CardState::Failed(CardFault::Removed)),
    ] {
        add(
            &format!("desk-atendimento-{name}"),
            desk::attendance(&f, super::attendance(false), state, vec![]),
        );
    }

    for step in ["who", "contact", "house", "damage", "agree"] {
        add(
            &format!("desk-passo-{step}"),
            desk::form(&f, super::form(&housing(), step, "r1"), None, &[]),
        );
    }
    add(
        "desk-identificacao",
        desk::form(&f, super::form(&housing(), "who", "a1"), None, &[]),
    );
    let refused = DeskError::Refused(vec![
        (
            "phone".into(),
            Refusal::Digits {
                expected: 9,
                found: 8,
            },
        ),
        ("iban".into(), Refusal::CheckDigit),
    ]);
    add(
        "desk-passo-erros",
        desk::form(
            &f,
            super::form(&housing(), "contact", "r1"),
            Some(&refused),
            &[("phone".into(), "91234567".into())],
        ),
    );
    add(
        "desk-passo-disco",
        desk::form(
            &f,
            super::form(&housing(), "damage", "r1"),
            Some(&DeskError::DiskFull),
            &[],
        ),
    );
    for (name, words) in [
        ("por-fotografar", None),
        ("nota-por-palavras", Some("O telhado caiu na cozinha.")),
    ] {
        let mut form = super::form(&housing(), "damage", "r1");
        let mut said = form.fields[1].clone();
        said.field = vereda_sync::record::voice::field(&said.field);
        (said.value, said.attachments) = (words.unwrap_or_default().to_owned(), vec![]);
        match words {
            None => form.fields[1].attachments.clear(),
            // Described aloud, and nothing photographed yet.
            Some(_) => form.fields[1].attachments.retain(|a| a.spoken.is_some()),
        }
        form.fields.push(said);
        add(
            &format!("desk-passo-{name}"),
            desk::form(&f, form, None, &[]),
        );
    }

    for (name, confirmation, screen) in [
        ("por-pedir", Confirmation::NotAsked, ScreenLink::Following),
        ("sem-ecra", Confirmation::NotAsked, ScreenLink::None),
        ("pedida", Confirmation::Asked, ScreenLink::Following),
        (
            "corrigir",
            Confirmation::WantsCorrection,
            ScreenLink::Following,
        ),
        (
            "confirmada",
            Confirmation::Given(Box::new(super::agreed(super::drawn()))),
            ScreenLink::Following,
        ),
    ] {
        add(
            &format!("desk-conferir-{name}"),
            desk::check_answers(&f, &super::check_answers(confirmation, screen)),
        );
    }
    add(
        "desk-comprovativo",
        desk::receipt(&f, &super::receipt(false)),
    );
    add(
        "desk-comprovativo-copia",
        desk::receipt(&f, &super::receipt(true)),
    );
    for language in &LANGUAGES {
        let mut receipt = super::receipt(false);
        language.code.clone_into(&mut receipt.language);
        add(
            &format!("desk-comprovativo-{}", language.code),
            desk::receipt(&f, &receipt),
        );
    }
    add("desk-pedido", desk::request(&f, &super::request(), false));
    let lent = Request {
        lent_until: Some(super::ago(-250_000)),
        ..super::request()
    };
    let twice = Request {
        instead: Some(("r2".into(), "LOU-4821-R2-K".into())),
        row: super::row("r1", Life::Withdrawn, "Maria do Rosário Conceição", false),
        ..super::request()
    };
    add("desk-pedido-repetido", desk::request(&f, &twice, false));
    add("desk-pedido-emprestado", desk::request(&f, &lent, false));
    add(
        "desk-pedido-erro",
        desk::request(&f, &super::request(), true),
    );
    for (name, view) in case::requests() {
        add(
            &format!("desk-pedido-{name}"),
            desk::request(&f, &view, false),
        );
    }
    for problem in ["", "Escreva o motivo: fica na história do pedido."] {
        let wrong = if problem.is_empty() { "" } else { "-erro" };
        add(
            &format!("desk-desistir{wrong}"),
            desk::withdrawal(&f, &super::request(), problem),
        );
        add(
            &format!("desk-entregar{wrong}"),
            desk::hand_over(&f, &case::addressees(true), problem),
        );
    }
    add(
        "desk-entregar-ninguem",
        desk::hand_over(&f, &case::addressees(false), ""),
    );
    add("desk-ecra", desk::pairing(&f, None));
    for (name, view, which, problem) in [
        ("abrir", money::no_till(), Which::Day, ""),
        ("dia", money::till(false), Which::Day, ""),
        (
            "anular-erro",
            money::till(false),
            Which::Day,
            "Segunda pessoa: o PIN não está certo.",
        ),
        ("contar", money::till(false), Which::Count, ""),
        (
            "contar-erro",
            money::till(false),
            Which::Count,
            "Quantas de 20 €? Escreva um número inteiro.",
        ),
        ("fechar", money::till(false), Which::Check, ""),
        ("fechada", money::till(true), Which::Day, ""),
    ] {
        add(
            &format!("desk-caixa-{name}"),
            desk::till(&f, &view, which, problem),
        );
    }
    let nothing = AssessmentsView::default();
    for (name, view) in [("", assessments::list()), ("-sem-normas", nothing)] {
        add(
            &format!("desk-avaliacoes{name}"),
            desk::assessments(&f, &view),
        );
    }
    let missing = Wrong {
        errors: vec![
            ("acesso".into(), "Escolha uma opção.".into()),
            ("precos.by".into(), "Escreva «Até que dia».".into()),
        ],
        ..Wrong::default()
    };
    let no_word = Wrong {
        problem: "Escreva o que se fez.".into(),
        word: Some(("precos".into(), String::new())),
        ..Wrong::default()
    };
    for (name, is_recorded, wrong) in [
        ("a-responder", false, Wrong::default()),
        ("erro", false, missing),
        ("registada", true, Wrong::default()),
        ("sem-palavra", true, no_word),
    ] {
        let view = assessments::view(is_recorded);
        add(
            &format!("desk-avaliacao-{name}"),
            desk::assessment(&f, &view, &wrong),
        );
    }
    for (name, rows) in [("", complaints::rows()), ("-nada", vec![])] {
        add(
            &format!("desk-reclamacoes{name}"),
            desk::complaints(&f, &rows),
        );
    }
    for (name, is_answered, problem) in [
        ("por-responder", false, ""),
        ("respondida", true, ""),
        ("erro", false, "Escreva o que responderam."),
    ] {
        let view = complaints::view(is_answered, "pt");
        add(
            &format!("desk-reclamacao-{name}"),
            desk::complaint(&f, &view, problem),
        );
    }
    for language in &LANGUAGES {
        add(
            &format!("desk-resposta-{}", language.code),
            desk::reply(&f, &complaints::view(true, language.code)),
        );
    }
    let mut complaint = super::request();
    complaint.term = Some(complaints::view(false, "pt").term);
    add(
        "desk-pedido-reclamacao",
        desk::request(&f, &complaint, false),
    );
    for (name, view, said) in [
        ("", tours::today(), false),
        ("-dito", tours::today(), true),
        ("-dois", tours::twice(), true),
        ("-nada", Default::default(), false),
    ] {
        add(
            &format!("desk-percurso{name}"),
            desk::tours(&f, &view, said),
        );
    }
    for (name, view) in [
        ("proprio", tours::view(true)),
        ("mar", tours::odd()),
        ("central", tours::view(false)),
    ] {
        add(&format!("desk-percurso-{name}"), desk::tour(&f, &view));
    }
    for (name, view) in [("", tours::month(false)), ("-nada", tours::no_month())] {
        add(
            &format!("desk-percurso-calendario{name}"),
            desk::tour_month(&f, &view),
        );
    }
    let at = tours::view(true);
    let wrong = Planning {
        typed: tours::typed(),
        problem: "Esse dia já passou: confira o ano.".into(),
        ..Planning::default()
    };
    for (name, planning) in [
        ("nova", Planning::default()),
        ("mudar", Planning::of(&at.id, &at.stops[1])),
        ("erro", wrong),
    ] {
        add(&format!("desk-paragem-{name}"), desk::stop(&f, &planning));
    }
    for (name, is_empty) in [("", false), ("-nada", true)] {
        add(
            &format!("desk-lares{name}"),
            desk::homes(&f, &homes::homes(is_empty)),
        );
    }
    let home = homes::facility();
    for (name, known, problem) in [
        ("novo", None, ""),
        ("mudar", Some(&home), ""),
        ("erro", None, "Escreva o nome do lar."),
    ] {
        add(
            &format!("desk-lar-{name}"),
            desk::facility(&f, known, problem),
        );
    }
    for (name, problem) in [("", ""), ("-erro", "Escolha o dia.")] {
        add(
            &format!("desk-lar-visita{name}"),
            desk::visit(&f, &home, &homes::stops(), problem),
        );
        add(
            &format!("desk-residentes-juntar{name}"),
            desk::resident_form(&f, &homes::list(), problem),
        );
    }
    let at_bedside = || crate::desk::Frame {
        bedside: Some("l1".into()),
        ..super::frame()
    };
    for (name, f) in [("", super::frame()), ("-cabeceira", at_bedside())] {
        add(
            &format!("desk-residentes{name}"),
            desk::residents(&f, &homes::list()),
        );
        add(
            &format!("desk-residentes-lote{name}"),
            desk::batch(&f, &homes::list()),
        );
        for (state, view) in homes::at_bedside() {
            add(
                &format!("desk-residente-{state}{name}"),
                desk::bedside(&f, &view, ""),
            );
        }
    }
    add(
        "desk-residente-erro",
        desk::bedside(&f, &homes::at_bedside()[0].1, "Escolha como consente."),
    );
    add(
        "desk-residentes-nada",
        desk::residents(&f, &homes::empty_list()),
    );
    for (name, for_crew) in [("lar", false), ("equipa", true)] {
        add(
            &format!("desk-residentes-papel-{name}"),
            desk::resident_sheet(&f, &homes::list(), for_crew),
        );
    }
    for (name, service, typed) in homes::several() {
        let view = homes::list();
        add(
            &format!("desk-residentes-varios{name}"),
            desk::several(&f, &view, service.as_ref(), &typed),
        );
    }
    // Any page of the desk is on the tablet as well.
    add(
        "desk-cabeceira-hoje",
        desk::today(&at_bedside(), &super::today()),
    );
    add(
        "desk-cabeceira-passo",
        desk::form(
            &at_bedside(),
            super::form(&housing(), "contact", "r1"),
            None,
            &[],
        ),
    );
    for (name, view) in [("dia", figures::day()), ("mes", figures::month())] {
        add(&format!("desk-numeros-{name}"), desk::figures(&f, &view));
    }
    for (name, about, problem) in [
        ("", None, ""),
        ("-novo", Some(help::about()), ""),
        ("-erro", Some(help::about()), "Escreva a pergunta."),
    ] {
        add(
            &format!("desk-apoio{name}"),
            desk::tickets(&f, help::rows(), about, problem),
        );
    }
    for state in [State::Waits, State::Answered, State::Closed] {
        add(
            &format!("desk-apoio-{}", state.code()),
            desk::ticket(&f, &help::ticket(state)),
        );
    }
    for (name, rows, problem) in [
        ("", lookups::rows(), ""),
        ("-nada", vec![], ""),
        ("-erro", lookups::rows(), "Escreva o número."),
    ] {
        let page = desk::lookups(&f, rows, problem);
        add(&format!("desk-consultas{name}"), page);
    }
    for (name, state) in [
        ("espera", lookups::waits(true)),
        ("resposta", lookups::answered(2, false)),
        ("nada", lookups::answered(0, false)),
        ("acabou", lookups::answered(2, true)),
        ("recusada", lookups::refused()),
    ] {
        let page = desk::lookup(&f, &lookups::view(state));
        add(&format!("desk-consulta-{name}"), page);
    }
    let nearby = desk::lookup(&f, &lookups::view_nearby());
    add("desk-consulta-por-perto", nearby);
    for (name, view) in [
        ("fora", whereabouts::out()),
        ("entregue", whereabouts::home()),
    ] {
        add(&format!("desk-onde-{name}"), desk::whereabouts(&f, &view));
    }
    add("desk-leva", desk::carrying(&f, &carrying::view()));
    let nothing = desk::carrying(&f, &CarriedView::default());
    add("desk-leva-nada", nothing);
    for (name, view, problem) in [
        ("nenhuma", sticks::none(), ""),
        (
            "duas",
            sticks::view(None),
            "Essa pen já cá não está: ligue-a outra vez.",
        ),
        ("a-guardar", sticks::view(Some(StickState::Saving)), ""),
        ("guardada", sticks::view(Some(sticks::saved())), ""),
        ("lida", sticks::view(Some(sticks::read())), ""),
        ("falhou", sticks::view(Some(sticks::failed())), ""),
        ("treino", sticks::cannot(), ""),
    ] {
        add(&format!("desk-pen-{name}"), desk::sticks(&f, view, problem));
    }
    for (name, view, problem) in [
        ("", desks::view(), ""),
        ("-codigo", desks::offering(false), ""),
        ("-codigo-ecra", desks::offering(true), ""),
        ("-outra", desks::elsewhere(), "Isso já cá não está."),
    ] {
        add(&format!("desk-mesas{name}"), desk::desks(&f, view, problem));
    }
    for (name, shown) in [
        ("", keeping::shown(Some(keeping::well()))),
        ("-sem-pen", keeping::shown(Some(keeping::pulled()))),
        ("-atrasada", keeping::shown(Some(keeping::late()))),
        ("-primeira", keeping::shown(Some(keeping::new()))),
        ("-nenhuma", keeping::shown(None)),
        ("-codigo", keeping::with_code()),
        ("-erro", keeping::refused()),
    ] {
        add(&format!("desk-copia{name}"), desk::keeping(&f, &shown));
    }
    for (name, view, refusal) in [
        ("", packs::packs(false), Refused::default()),
        ("-nenhum", packs::packs(true), Refused::default()),
        ("-erro", packs::packs(false), packs::refused()),
    ] {
        add(
            &format!("desk-papel{name}"),
            desk::packs(&f, &view, &refusal),
        );
    }
    for (name, begun, problem) in [
        ("", false, ""),
        ("-ja", true, ""),
        ("-erro", false, "Esse dia e essa hora ainda não chegaram."),
    ] {
        let page = desk::enter_late(&f, &packs::to_enter(begun), problem);
        add(&format!("desk-papel-passar{name}"), page);
    }
    for (name, is_own, problem) in [
        ("", true, ""),
        ("-outro", false, ""),
        ("-erro", true, "Escreva porque se anula."),
    ] {
        let page = desk::pack(&f, &packs::pack(is_own), problem);
        add(&format!("desk-papel-maco{name}"), page);
    }
    for language in ["pt", "uk", "ar"] {
        let page = desk::pack_paper(&f, &packs::pack(true), language);
        add(&format!("desk-papel-imprimir-{language}"), page);
    }
    let late = crate::desk::port::Attendance {
        late: Some(packs::late()),
        ..super::attendance(true)
    };
    let late = desk::attendance(&f, late, CardState::NoReader, vec![housing()]);
    add("desk-atendimento-papel", late);
    let late = crate::desk::port::CheckAnswers {
        late: Some(packs::late()),
        of_paper: super::attachments(),
        ..super::check_answers(Confirmation::NotAsked, ScreenLink::None)
    };
    add("desk-conferir-papel", desk::check_answers(&f, &late));
    let house = crate::desk::port::Attendance {
        household: household::members(),
        ..super::attendance(true)
    };
    let house = desk::attendance(&f, house, CardState::NoReader, vec![housing()]);
    add("desk-atendimento-casa", house);
    let house = crate::desk::port::CheckAnswers {
        household: household::requests(),
        ..super::check_answers(Confirmation::NotAsked, ScreenLink::None)
    };
    add("desk-conferir-casa", desk::check_answers(&f, &house));
    let house = Request {
        household: household::requests(),
        ..super::request()
    };
    add("desk-pedido-casa", desk::request(&f, &house, false));
    let alike = crate::desk::port::Attendance {
        twice: twice::twice(),
        ..super::attendance(true)
    };
    let alike = desk::attendance(&f, alike, CardState::NoReader, vec![housing()]);
    add("desk-atendimento-parecido", alike);
    let alike = crate::desk::port::CheckAnswers {
        twice: twice::twice(),
        ..super::check_answers(Confirmation::NotAsked, ScreenLink::None)
    };
    add("desk-conferir-parecido", desk::check_answers(&f, &alike));
    let alike = Request {
        twice: twice::twice(),
        ..super::request()
    };
    add("desk-pedido-parecido", desk::request(&f, &alike, false));
    let mut alike = super::today();
    alike.twice = vec![twice::here()];
    add("desk-hoje-parecido", desk::today(&f, &alike));
    let mut lost_house = lost::begin(LostWho::Known);
    lost_house.household = household::members();
    if let Some(offer) = lost_house.open.last_mut() {
        offer.asked = household::members().remove(0).requests.pop();
    }
    let page = desk::lost(&f, &lost_house, &NotLost::default());
    add("desk-perdeu-tudo-casa", page);
    let late = Request {
        late: Some(packs::late()),
        same_number: vec!["r2".into()],
        ..super::request()
    };
    add("desk-pedido-papel", desk::request(&f, &late, false));
    for (name, is_empty) in [("", false), ("-vazio", true)] {
        let page = desk::day_of_copy(&f, &keeping::day(is_empty));
        add(&format!("desk-copia-dia{name}"), page);
    }
    let mut unkept = super::today();
    unkept.keep = Some(keeping::pulled());
    add("desk-hoje-sem-copia", desk::today(&f, &unkept));
    for (name, refusal) in [
        ("", None),
        ("-errado", Some(JoinRefusal::WrongCode)),
        ("-sem-codigo", Some(JoinRefusal::NoCode)),
        ("-sem-nome", Some(JoinRefusal::Name)),
        ("-cheio", Some(JoinRefusal::Full)),
        ("-avaria", Some(JoinRefusal::Broken)),
    ] {
        let page = crate::desk::lan::page(&desks::joining(refusal));
        add(&format!("desk-juntar{name}"), page);
    }
    for (name, is_taken) in [("tomado", true), ("sem-sinal", false)] {
        let mut held = super::form(&housing(), "damage", "r1");
        held.held = Some(desks::holder(is_taken));
        add(
            &format!("desk-formulario-{name}"),
            desk::form(&f, held, None, &[]),
        );
        let mut held = super::attendance(true);
        held.held = Some(desks::holder(is_taken));
        let page = desk::attendance(&f, held, CardState::Empty, vec![]);
        add(&format!("desk-atendimento-{name}"), page);
    }
    for (name, payment, till, problem) in [
        ("por-pagar", Payment::Due, TillNow::Open, ""),
        (
            "adenda",
            Payment::Due,
            TillNow::ClosedToday,
            "Escreva a referência que está no talão do terminal.",
        ),
        ("sem-caixa", Payment::Due, TillNow::NotOpened, ""),
        ("pago", money::paid(), TillNow::Open, ""),
        (
            "depois",
            Payment::Later(leases::reference()),
            TillNow::Open,
            "",
        ),
        ("espera", Payment::Awaited, TillNow::Open, ""),
    ] {
        add(
            &format!("desk-receber-{name}"),
            desk::payment(&f, &money::payment(payment, till), problem),
        );
    }
    add(
        "desk-ecra-erro",
        desk::pairing(&f, Some("Nenhum ecrã mostra este código.")),
    );
    add(
        "desk-erro",
        desk::fault(&DeskError::Broken {
            reference: "N-4821".into(),
        }),
    );

    for lang in LANGUAGES.iter().map(|l| l.code) {
        add(
            &format!("cidadao-antigo-{lang}"),
            citizen::plain(Texts::of(lang), "stale-title", "stale-advice"),
        );
        for (name, page) in [
            (
                "codigo",
                screen(
                    lang,
                    false,
                    true,
                    Stage::Unpaired {
                        code: "4821".into(),
                    },
                ),
            ),
            (
                "descanso",
                screen(
                    lang,
                    false,
                    true,
                    Stage::Idle {
                        services: catalogue().services,
                    },
                ),
            ),
            (
                "senha",
                screen(lang, false, true, Stage::Called { number: 27 }),
            ),
            ("identifica", screen(lang, false, true, identification())),
            ("segue", screen(lang, false, true, following(1))),
            ("segue-mostra", screen(lang, true, false, following(3))),
            ("escreve", screen(lang, false, true, step_of(1, true))),
            ("escreve-mais", screen(lang, true, true, step_of(3, true))),
            ("confirma", screen(lang, false, true, confirm(None, None))),
            ("opiniao", screen(lang, false, false, Stage::Faces)),
            ("treino", {
                let mut screen = screen(lang, false, true, following(1));
                screen.training = true;
                screen
            }),
            (
                "assina",
                screen(lang, false, true, confirm(None, Some(Signature::Drawn))),
            ),
            (
                "confirmou",
                screen(lang, false, true, confirm(Some(true), None)),
            ),
            (
                "registado",
                screen(lang, false, true, Stage::Recorded(Box::new(recorded()))),
            ),
        ] {
            add(
                &format!("cidadao-{name}-{lang}"),
                citizen::whole(&page, "0123"),
            );
        }
    }

    let cf = console::frame();
    let console_page = |part, title, content| cf.document(part, title, &content);
    use crate::console::frame::Part;
    use crate::console::{
        assessments as assessed, batch, complaints as complaints_of_all, conflict, conflicts,
        decided, fleet as of_the_fleet, help as contact_centre, homes as homes_of_all,
        leases as reserved, lookups as looked_up, notices as to_the_spots, occurrences as declared,
        quarantine, requests, sent as to_citizens, statistics, tours as planned,
    };
    for (name, query, rows) in [("", "", super::today().recent), ("-nada", "zzz", vec![])] {
        add(
            &format!("central-pedidos{name}"),
            console_page(
                Part::Requests,
                "Pedidos",
                requests::content(&cf, query, &rows),
            ),
        );
    }
    let refused = || requests::Retry {
        field: "phone".into(),
        problem: "Escreva porque não pode ser assim.".into(),
        ..requests::Retry::default()
    };
    let held = case::requests()
        .into_iter()
        .chain([("erro", super::request())]);
    for (name, view) in held {
        let retry = if name == "erro" {
            refused()
        } else {
            requests::Retry::default()
        };
        add(
            &format!("central-pedido-{name}"),
            console_page(
                Part::Requests,
                "Pedido",
                requests::request_content(&cf, &view, &retry),
            ),
        );
    }
    add(
        "central-conflitos",
        console_page(
            Part::Conflicts,
            "Conflitos",
            conflicts::content(
                &cf,
                &QueueFilter::default(),
                &console::queue(console::rows()),
                true,
            ),
        ),
    );
    add(
        "central-conflitos-nada",
        console_page(
            Part::Conflicts,
            "Conflitos",
            conflicts::content(
                &cf,
                &QueueFilter {
                    kind: Some(ConflictKind::Value),
                    whose: Whose::Mine,
                    region: "loule".into(),
                    ..QueueFilter::default()
                },
                &console::queue(vec![]),
                false,
            ),
        ),
    );
    let decided_before = console::decided();
    let none = conflict::Retry::default();
    add(
        "central-conflito",
        console_page(
            Part::Conflicts,
            "Conflito",
            conflict::content(
                &cf,
                &console::conflict(ConflictKind::Value),
                &conflict::Just {
                    decided: decided_before.first().cloned(),
                    proposed: false,
                },
                &none,
            ),
        ),
    );
    for (name, own, objection, stale) in [
        ("propria", true, None, false),
        (
            "recusada",
            true,
            Some((
                "Jorge Lima".to_owned(),
                "A caderneta é do marido.".to_owned(),
            )),
            false,
        ),
        ("antiga", false, None, true),
    ] {
        let mut view = console::conflict(ConflictKind::Value);
        view.open_at.clear();
        view.row.assigned = Some(super::session().person);
        view.row.proposed = Some(Proposed {
            objection,
            is_stale: stale,
            ..console::proposed(own)
        });
        let just = conflict::Just {
            decided: None,
            proposed: own,
        };
        add(
            &format!("central-proposta-{name}"),
            console_page(
                Part::Conflicts,
                "Conflito",
                conflict::content(&cf, &view, &just, &none),
            ),
        );
    }
    let several = || {
        let phone = |id: &str, citizen: &str| {
            let mut one = console::conflict(ConflictKind::Value);
            one.row.id = id.into();
            one.row.citizen = citizen.into();
            one.row.settlement = vereda_sync::catalogue::Settlement::Later;
            one.proposed = Some(1);
            one
        };
        [
            phone("c1", "Maria do Rosário Conceição"),
            phone("c3", "Ilda Encarnação"),
        ]
    };
    let left = batch::Retry {
        reason: "Disse-o por último.".into(),
        error: "1 ficou por decidir: veja porquê em cada um.".into(),
        done: (1, 1),
        refused: vec![(
            "c3".into(),
            "Entretanto chegou mais sobre este conflito.".into(),
        )],
        chosen: vec![("c3".into(), "0".into())],
    };
    let fresh = batch::Retry::default();
    let mut of_request = several();
    of_request[0].row = console::row(ConflictKind::Value, "c1");
    of_request[0].proposed = None;
    for (name, kind, all, retry) in [
        ("iguais", Batch::Like, &several()[..], &fresh),
        ("iguais-erro", Batch::Like, &several()[..], &left),
        ("iguais-nada", Batch::Like, &[], &fresh),
        ("pedido-inteiro", Batch::Record, &of_request[..], &fresh),
    ] {
        add(
            &format!("central-{name}"),
            console_page(
                Part::Conflicts,
                "Conflitos",
                batch::content(&cf, kind, all, retry),
            ),
        );
    }
    let objected = conflict::Retry {
        objection: "A caderneta é do marido.".into(),
        error: "A proposta já não existe. Veja o conflito outra vez.".into(),
        ..conflict::Retry::default()
    };
    add(
        "central-proposta-erro",
        console_page(
            Part::Conflicts,
            "Erro",
            conflict::content(
                &cf,
                &console::conflict(ConflictKind::Value),
                &conflict::Just::default(),
                &objected,
            ),
        ),
    );
    let retry = conflict::Retry {
        keep: "0".into(),
        error: "Escreva o motivo.".into(),
        ..conflict::Retry::default()
    };
    add(
        "central-repetido-erro",
        console_page(
            Part::Conflicts,
            "Erro",
            conflict::content(
                &cf,
                &console::conflict(ConflictKind::Duplicate),
                &conflict::Just::default(),
                &retry,
            ),
        ),
    );
    let mut settled = console::conflict(ConflictKind::Value);
    settled.decided = decided_before.first().cloned();
    add(
        "central-decidido",
        console_page(
            Part::Conflicts,
            "Conflito",
            conflict::content(&cf, &settled, &conflict::Just::default(), &none),
        ),
    );
    add(
        "central-decididos",
        console_page(
            Part::Decided,
            "Decididos",
            decided::content(&cf, (&decided_before, &console::by_rule()), "c0"),
        ),
    );
    add(
        "central-decididos-nada",
        console_page(
            Part::Decided,
            "Decididos",
            decided::content(&cf, (&[], &[]), ""),
        ),
    );
    add(
        "central-quem-e",
        console_page(
            Part::Conflicts,
            "Conflito",
            conflict::content(
                &cf,
                &console::conflict(ConflictKind::Identity),
                &conflict::Just::default(),
                &none,
            ),
        ),
    );
    for (name, rows) in [("consultas", lookups::rows()), ("consultas-nada", vec![])] {
        let page = looked_up::content(&cf, &rows);
        add(
            &format!("central-{name}"),
            console_page(Part::Lookups, "Consultas", page),
        );
    }
    for (name, rows) in [("apoio", help::of_the_centre()), ("apoio-nada", vec![])] {
        add(
            &format!("central-{name}"),
            console_page(Part::Help, "Apoio", contact_centre::content(&cf, &rows)),
        );
    }
    let retry = |problem: &str, escalates| contact_centre::Retry {
        problem: problem.into(),
        escalates,
        ..contact_centre::Retry::default()
    };
    let mut of_the_centre = help::of_the_centre();
    for (name, row, retry) in [
        ("", 0, retry("", false)),
        (
            "-erro",
            1,
            retry("Escreva primeiro o que quer dizer.", false),
        ),
        (
            "-passar",
            1,
            retry(
                "Escreva porque passa à segunda linha: o balcão também o lê.",
                true,
            ),
        ),
    ] {
        let it = help::one_of_the_centre(of_the_centre[row].clone());
        add(
            &format!("central-apoio-um{name}"),
            console_page(
                Part::Help,
                "Pedido de apoio",
                contact_centre::ticket_content(&cf, &it, &retry),
            ),
        );
    }
    let answered = help::one_of_the_centre(of_the_centre.remove(3));
    add(
        "central-apoio-um-respondido",
        console_page(
            Part::Help,
            "Pedido de apoio",
            contact_centre::ticket_content(&cf, &answered, &contact_centre::Retry::default()),
        ),
    );
    use crate::console::help::canned;
    let wrong = || {
        canned::Retry {
        typed: Some(CannedText {
            title: "Prazo".into(),
            text: "Olá {morada}".into(),
            ..CannedText::default()
        }),
        problem: "Ninguém preenche {morada}. Entre chavetas só pode estar {nome}, {numero}, {servico}, {posto}, {agente}.".into(),
    }
    };
    for (name, all, one, retry) in [
        ("", help::canned(), None, canned::Retry::default()),
        ("-nada", vec![], None, canned::Retry::default()),
        ("-erro", help::canned(), None, wrong()),
        (
            "-uma",
            vec![],
            Some(help::canned().remove(0)),
            canned::Retry::default(),
        ),
    ] {
        let view = canned::View {
            all,
            one,
            services: vec![("housing".into(), super::housing().title)],
        };
        add(
            &format!("central-respostas{name}"),
            console_page(
                Part::Help,
                "Respostas guardadas",
                canned::content(&cf, &view, &retry),
            ),
        );
    }
    for (name, view) in [("", sent::some()), ("-nada", sent::nothing())] {
        add(
            &format!("central-avisos{name}"),
            console_page(
                Part::Sent,
                "Avisos aos cidadãos",
                to_citizens::content(&cf, &view),
            ),
        );
    }
    let blank = Told::default();
    let wrong = Told {
        text: "Portal em baixo.".into(),
        to: Some(vec!["m1".into()]),
        ..Told::default()
    };
    for (name, is_empty, typed, error) in [
        ("", false, &blank, ""),
        ("-nada", true, &blank, ""),
        ("-erro", false, &wrong, "Esse dia já passou."),
    ] {
        let content = to_the_spots::content(&cf, &notices::list(is_empty), typed, error);
        add(
            &format!("central-mensagens{name}"),
            console_page(Part::Notices, "Mensagens", content),
        );
    }
    let (blank, wrong) = (Default::default(), occurrences::typed());
    for (name, is_empty, typed, error) in [
        ("", false, &blank, ""),
        ("-nada", true, &blank, ""),
        (
            "-erro",
            true,
            &wrong,
            "O último dia já passou: confira o dia e o ano.",
        ),
    ] {
        let view = occurrences::at_hub(is_empty);
        let content = declared::content(&cf, &view, (typed, &[]), error);
        add(
            &format!("central-ocorrencias{name}"),
            console_page(Part::Occurrences, "Ocorrências", content),
        );
    }
    for (name, error) in [
        ("", ""),
        ("-erro", "O último dia já passou: confira o dia e o ano."),
    ] {
        let (all, typed) = (occurrences::at_hub(false), occurrences::typed());
        let content = declared::change_content(&cf, &all, &all.all[0], (&typed, "", error));
        add(
            &format!("central-ocorrencia-mudar{name}"),
            console_page(Part::Occurrences, "Mudar a ocorrência", content),
        );
    }
    for (name, view, error) in [
        ("por-confirmar", occurrences::fire(false), ""),
        ("confirmada", occurrences::fire(true), ""),
        ("terminada", occurrences::flood(), ""),
        (
            "erro",
            occurrences::fire(true),
            "Escreva porque termina: fica na ocorrência.",
        ),
    ] {
        let under = match view.requests {
            0 => vec![],
            _ => super::today().recent,
        };
        let content = declared::one_content(&cf, &view, &under, error);
        add(
            &format!("central-ocorrencia-{name}"),
            console_page(Part::Occurrences, "Ocorrência", content),
        );
    }
    for (name, view, pasted) in [
        ("", leases::stock(), reserved::Pasted::default()),
        ("-nada", Default::default(), reserved::Pasted::default()),
        ("-erro", leases::stock(), leases::wrong()),
    ] {
        let content = reserved::content(&cf, &view, &pasted);
        add(
            &format!("central-reservas{name}"),
            console_page(Part::Leases, "Reservas", content),
        );
    }
    add(
        "central-mensagem",
        console_page(
            Part::Notices,
            "Mensagem",
            to_the_spots::notice_content(&cf, &notices::view()),
        ),
    );
    for (name, spots) in [("", assessments::spots()), ("-nada", vec![])] {
        add(
            &format!("central-avaliacoes{name}"),
            console_page(
                Part::Assessments,
                "Avaliações",
                assessed::content(&cf, &spots),
            ),
        );
    }
    add(
        "central-avaliacao",
        console_page(
            Part::Assessments,
            "Avaliação",
            assessed::one(&cf, &assessments::view(true), &assessments::history()),
        ),
    );
    let not_kept = Retry {
        problem: "Escreva o que responderam.".into(),
        ..Retry::default()
    };
    for (name, is_answered, retry) in [
        ("por-responder", false, Retry::default()),
        ("respondida", true, Retry::default()),
        ("erro", false, not_kept),
    ] {
        let mut view = complaints::view(is_answered, "pt");
        let of_hub = view.replies.first().cloned().map(|reply| ReplyView {
            is_of_hub: true,
            ..reply
        });
        view.replies.extend(of_hub);
        add(
            &format!("central-reclamacao-{name}"),
            console_page(
                Part::Complaints,
                "Reclamação",
                complaints_of_all::one_content(&cf, &view, &retry),
            ),
        );
    }
    for (name, rows) in [("", complaints::rows()), ("-nada", vec![])] {
        add(
            &format!("central-reclamacoes{name}"),
            console_page(
                Part::Complaints,
                "Reclamações",
                complaints_of_all::content(&cf, &rows),
            ),
        );
    }
    let wrong = || planned::Retry {
        spot: "m1".into(),
        typed: tours::typed(),
        problem: "Esse dia já passou: confira o ano.".into(),
    };
    for (name, is_empty, retry) in [
        ("", false, planned::Retry::default()),
        ("-nada", true, planned::Retry::default()),
        ("-erro", false, wrong()),
    ] {
        let content = planned::content(
            &cf,
            (&tours::planned(is_empty), &super::tours::services()),
            &retry,
        );
        add(
            &format!("central-percursos{name}"),
            console_page(Part::Tours, "Percursos", content),
        );
    }
    add(
        "central-percursos-calendario",
        console_page(
            Part::Tours,
            "Calendário dos percursos",
            planned::month(&tours::month(true)),
        ),
    );
    for (name, view) in [("", tours::view(false)), ("-mar", tours::odd())] {
        add(
            &format!("central-percurso{name}"),
            console_page(Part::Tours, "Percurso", planned::one(&cf, &view)),
        );
    }
    let tour = tours::view(false);
    let next = &tour.stops[1];
    for (name, stop, retry) in [
        ("nova", None, planned::Retry::default()),
        ("erro", Some(next), wrong()),
    ] {
        let content = planned::stop_content(&cf, (&tour, stop), &super::tours::services(), &retry);
        add(
            &format!("central-paragem-{name}"),
            console_page(Part::Tours, "Paragem", content),
        );
    }
    for (name, problem) in [("", ""), ("-erro", "Escreva quem vem.")] {
        let services = [("cesd".to_owned(), housing().title)];
        let typed = Default::default();
        let content = planned::booking_content(&cf, (&tour, next), &services, &typed, problem);
        add(
            &format!("central-marcar{name}"),
            console_page(Part::Tours, "Marcação", content),
        );
    }
    for (name, is_empty, problem) in [("", false, ""), ("-nada", true, "Escreva o nome do lar.")] {
        let retry = (Default::default(), problem.to_owned());
        let content = homes_of_all::content(&cf, &homes::homes(is_empty), &retry);
        add(
            &format!("central-lares{name}"),
            console_page(Part::Homes, "Lares", content),
        );
    }
    let spots = super::people();
    for (name, problem) in [("", ""), ("-erro", "Escolha o dia.")] {
        let visit = (Default::default(), problem.to_owned());
        let ahead = (&homes::stops()[..], &spots[..]);
        let content = homes_of_all::facility_content(&cf, &homes::facility(), ahead, None, &visit);
        add(
            &format!("central-lar{name}"),
            console_page(Part::Homes, "Lar", content),
        );
        let services = [("cesd".to_owned(), housing().title)];
        let retry = (Default::default(), problem.to_owned());
        let content = homes_of_all::resident_content(&cf, &homes::list(), &services, &retry);
        add(
            &format!("central-residentes-juntar{name}"),
            console_page(Part::Homes, "Residente", content),
        );
    }
    for (name, view) in [("", homes::list()), ("-nada", homes::empty_list())] {
        add(
            &format!("central-residentes{name}"),
            console_page(
                Part::Homes,
                "Residentes",
                homes_of_all::list_content(&cf, &view),
            ),
        );
    }
    for (name, view, wanting) in fleet::pages() {
        let content = of_the_fleet::content(&cf, &view, &wanting);
        add(
            &format!("central-postos{name}"),
            console_page(Part::Spots, "Postos", content),
        );
    }
    for (name, view) in fleet::nodes() {
        for (suffix, problem) in [("", ""), ("-erro", "Escreva o que vai fazer.")] {
            let retry = of_the_fleet::node::Retry {
                alarm: "sem-prova".into(),
                note: String::new(),
                problem: problem.into(),
            };
            add(
                &format!("central-posto{name}{suffix}"),
                console_page(
                    Part::Spots,
                    "Posto",
                    of_the_fleet::node::content(&cf, &view, &retry),
                ),
            );
        }
        let content = of_the_fleet::lost::content(&cf, &view, ("", ""));
        add(
            &format!("central-posto-perdido{name}"),
            console_page(Part::Spots, "Posto perdido", content),
        );
    }
    for (name, content) in super::orders::pages(&cf) {
        add(
            &format!("central-posto-{name}"),
            console_page(Part::Spots, "Ordens ao posto", content),
        );
    }
    for (name, title, content) in super::enrolment::pages(&cf) {
        add(
            &format!("central-postos-{name}"),
            console_page(Part::Spots, title, content),
        );
    }
    for (name, title, content) in super::editions::pages(&cf) {
        add(
            &format!("central-{name}"),
            console_page(Part::Catalogue, title, content),
        );
    }
    for (name, rows) in [
        ("quarentena", console::aside()),
        ("quarentena-nada", vec![]),
    ] {
        add(
            &format!("central-{name}"),
            console_page(
                Part::Quarantine,
                "Quarentena",
                quarantine::content(&cf, &rows, &quarantine::Retry::default()),
            ),
        );
    }
    for (name, page) in super::people::own_pin() {
        add(name, page);
    }
    let of_people = super::people::pages();
    for (name, frame, part, title, content) in super::rights::pages().into_iter().chain(of_people) {
        add(
            &format!("central-{name}"),
            frame.document(part, title, &content),
        );
    }
    for (name, view, problem) in [
        ("", super::statistics::year(false), None),
        ("-nada", super::statistics::year(true), None),
        (
            "-erro",
            super::statistics::year(false),
            Some("São meses de mais: escolha no máximo 24 de cada vez."),
        ),
    ] {
        add(
            &format!("central-numeros{name}"),
            console_page(
                Part::Statistics,
                "Números",
                statistics::content(&view, problem),
            ),
        );
    }
    for (name, html) in verify::pages() {
        pages.push((name, html.into_string()));
    }
    pages
}

#[test]
fn every_page_keeps_the_rules() {
    for (name, html) in all() {
        check::check(&name, &html);
    }
}

#[test]
fn masked_numbers_do_not_reach_the_citizens_page() {
    for (name, html) in all()
        .into_iter()
        .filter(|(n, _)| n.starts_with("cidadao-segue-p") || n.starts_with("cidadao-confirma-"))
    {
        assert!(
            !html.contains("345 678 90") && !html.contains("912") && html.contains("•••"),
            "{name}"
        );
    }
}

#[test]
fn nothing_of_anybody_stands_on_an_idle_screen() {
    for (name, html) in all()
        .into_iter()
        .filter(|(n, _)| n.contains("descanso") || n.contains("codigo"))
    {
        assert!(
            !html.contains("Maria") && !html.contains("data-field"),
            "{name}"
        );
    }
}

/// The language and direction of the document, and the marks of what is in another.
#[test]
fn every_citizens_page_is_in_its_language() {
    for (name, html) in all().into_iter().filter(|(n, _)| n.starts_with("cidadao-")) {
        let code = name.rsplit('-').next().unwrap();
        let t = Texts::of(code);
        let dir = if code == "ar" { " dir=\"rtl\"" } else { "" };
        let head = format!("<!DOCTYPE html><html lang=\"{}\"{dir}>", t.language().tag);
        assert!(html.starts_with(&head), "{name}");
        assert!(html.contains(&t.say("page-title")), "{name}");
        // The sample catalogue speaks Portuguese and English only.
        let title = housing().title;
        let marked = format!(
            "lang=\"pt-PT\"{}>{}<",
            if code == "ar" { " dir=\"ltr\"" } else { "" },
            title.pt()
        );
        if name.starts_with("cidadao-segue") && code != "pt" {
            assert_eq!(html.contains(&marked), code != "en", "{name}");
        }
        for language in LANGUAGES.iter().filter(|_| !name.contains("antigo")) {
            let own = format!("value=\"{}\" lang=\"{}\"", language.code, language.tag);
            assert!(html.contains(&own), "{name}: {own}");
        }
    }
}

#[test]
fn the_idle_page_greets_in_every_language() {
    let pages = all();
    let (_, html) = pages
        .iter()
        .find(|(n, _)| n == "cidadao-descanso-pt")
        .unwrap();
    for language in &LANGUAGES {
        let (lang, dir) = (language.tag, language.direction());
        let turn = format!("<section class=\"turn\" lang=\"{lang}\" dir=\"{dir}\"");
        assert!(html.contains(&turn), "{turn}");
        assert!(html.contains(&Texts::of(language.code).say("welcome")));
    }
    assert!(html.contains(&housing().title.get("en").to_owned()));
    assert!(html.len() < 30_000, "{}", html.len());
    // What the page itself is read in says what is done here, translated or not.
    for (name, html) in pages
        .iter()
        .filter(|(n, _)| n.starts_with("cidadao-descanso-"))
    {
        let t = Texts::of(name.rsplit('-').next().unwrap());
        let first = html.split_once("<section").unwrap().1;
        let said = format!("><p class=\"label\">{}</p><h2>", t.say("idle-services"));
        assert!(
            first
                .split_once(&said)
                .is_some_and(|(tag, _)| !tag.contains('>')),
            "{name}"
        );
    }
}

#[test]
fn the_paper_says_how_final_it_is_in_the_citizens_language_too() {
    let pages = all();
    let paper = |code: &str| {
        let name = format!("desk-comprovativo-{code}");
        let (_, html) = pages.iter().find(|(n, _)| *n == name).unwrap();
        html.split_once("<article").unwrap().1.to_owned()
    };
    assert!(!paper("pt").contains("in-language"));
    for language in LANGUAGES.iter().skip(1) {
        let (t, html) = (Texts::of(language.code), paper(language.code));
        let service = housing();
        let own = format!(
            "class=\"in-language\" lang=\"{}\" dir=\"{}\"",
            language.tag,
            language.direction()
        );
        let final_in = |t: Texts| how_final(t, Life::Recorded, &service).into_string();
        for said in [
            own,
            final_in(t),
            final_in(Texts::of("pt")),
            t.say("alone"),
            t.say("paper-counts"),
        ] {
            assert!(html.contains(&said), "{}: {said}", language.code);
        }
    }
}

#[test]
fn an_agency_without_a_name_in_the_citizens_language_is_read_aloud_as_the_portuguese_that_it_is() {
    let mut service = housing();
    let said = |service: &Service, lang: &str| {
        how_final(Texts::of(lang), Life::Recorded, service).into_string()
    };
    let marked = "<span lang=\"pt-PT\">CCDR Algarve</span>";
    assert!(
        said(&service, "en").contains(marked),
        "{}",
        said(&service, "en")
    );
    let arabic = said(&service, "ar");
    assert!(
        arabic.contains("<span lang=\"pt-PT\" dir=\"ltr\">CCDR Algarve</span>"),
        "{arabic}"
    );
    assert!(!said(&service, "pt").contains("<span"));
    service.by.names = Words::from([("en", "Regional <Commission>")]);
    let english = said(&service, "en");
    assert!(
        english.contains("Regional &lt;Commission&gt;") && !english.contains("CCDR"),
        "{english}"
    );
    assert!(
        said(&service, "fr").contains(marked),
        "only where it has one"
    );
}

#[test]
fn what_was_only_practice_never_says_that_it_goes_anywhere() {
    let pages = all();
    for language in &LANGUAGES {
        let (_, html) = pages
            .iter()
            .find(|(n, _)| *n == format!("desk-treino-comprovativo-{}", language.code))
            .unwrap();
        let t = Texts::of(language.code);
        let service = housing();
        let paper = html.split_once("<article").unwrap().1;
        for t in [t, Texts::of("pt")] {
            assert!(paper.contains(&t.say("life-training")), "{}", language.code);
            let real = how_final(t, Life::Recorded, &service).into_string();
            assert!(!paper.contains(&real), "{}", language.code);
            assert!(
                !paper.contains(service.next.get(t.lang())),
                "{}",
                language.code
            );
        }
    }
}

#[test]
fn the_desk_says_what_language_the_citizen_reads() {
    let pages = all();
    let (_, html) = pages.iter().find(|(n, _)| n == "desk-hoje").unwrap();
    assert!(html.contains("Ecrã do cidadão: ligado, em ucraniano"));
}

#[test]
fn every_typed_field_has_its_place_on_the_citizens_page() {
    let html = citizen::whole(&screen("pt", true, true, following(1)), "g").into_string();
    for id in ["phone", "email", "iban"] {
        assert!(html.contains(&format!("data-field=\"{id}\"")), "{id}");
    }
}

#[test]
fn any_page_of_the_desk_is_light() {
    let assets = assets::transferred(&[
        "base.css",
        "desk.css",
        "tours.css",
        "desk.js",
        "noto-sans-latin.woff2",
    ]);
    let of_homes = assets::transferred(&["homes.css"]);
    let homes = ["desk-lar", "desk-residente", "desk-cabeceira"];
    let of_paper = assets::transferred(&["packs.css"]);
    for (name, html) in all().into_iter().filter(|(n, _)| n.starts_with("desk-")) {
        let more = homes.iter().any(|of| name.starts_with(of));
        let more = match more {
            true => of_homes,
            false if name.starts_with("desk-papel") => of_paper,
            false => 0,
        };
        let all = assets + html.len() + more;
        assert!(
            all <= 80_000,
            "{name}: {all} bytes, {} of them the page",
            html.len()
        );
    }
}

/// What a page in a language loads: its script besides the Latin of the Portuguese under it.
#[test]
fn any_page_of_the_citizen_is_light() {
    let common = [
        "base.css",
        "citizen.css",
        "citizen.js",
        "noto-sans-latin.woff2",
        "noto-sans-names.woff2",
    ];
    for (name, html) in all().into_iter().filter(|(n, _)| n.starts_with("cidadao-")) {
        let script = match name.rsplit('-').next().unwrap() {
            "uk" => Some("noto-sans-cyrillic.woff2"),
            "hi" | "ne" => Some("noto-sans-devanagari.woff2"),
            "ar" => Some("noto-sans-arabic.woff2"),
            _ => None,
        };
        let writes = ["cidadao-assina", "cidadao-escreve"]
            .iter()
            .any(|w| name.starts_with(w));
        let assets = assets::transferred(&common)
            + assets::transferred(if writes { &["write.js"] } else { &[] })
            + script.map_or(0, |s| assets::transferred(&[s]));
        let all = assets + html.len();
        assert!(
            all <= 80_000,
            "{name}: {all} bytes, {} of them the page",
            html.len()
        );
    }
}

/// Anybody opens it, over whatever network there is.
#[test]
fn the_page_of_a_receipts_state_is_light_and_needs_no_script() {
    let common = ["base.css", "verify.css", "noto-sans-names.woff2"];
    let common = assets::transferred(&common);
    for (name, html) in verify::pages() {
        let html = html.into_string();
        let scripts: &[&str] = match name.rsplit('-').next().unwrap() {
            "uk" => &["noto-sans-latin.woff2", "noto-sans-cyrillic.woff2"],
            "hi" | "ne" => &["noto-sans-latin.woff2", "noto-sans-devanagari.woff2"],
            "ar" => &["noto-sans-latin.woff2", "noto-sans-arabic.woff2"],
            _ => &["noto-sans-latin.woff2"],
        };
        let all = common + assets::transferred(scripts) + html.len();
        assert!(all <= 80_000, "{name}: {all} bytes");
        assert!(!html.contains("<script"), "{name}");
        for of_somebody in ["Maria", "Rosário", "Alferce", "Ana Martins"] {
            assert!(!html.contains(of_somebody), "{name}: {of_somebody}");
        }
    }
}

/// `VEREDA_DUMP_PAGES=folder cargo test -p vereda-web dump` writes every page with
/// its assets, to look at in a browser.
#[test]
fn dump_pages() {
    let Some(folder) = std::env::var_os("VEREDA_DUMP_PAGES").map(std::path::PathBuf::from) else {
        return;
    };
    // What an earlier run wrote may be of pages that are no more.
    for old in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        if old.path().extension().is_some_and(|e| e == "html") {
            std::fs::remove_file(old.path()).unwrap();
        }
    }
    for (url, bytes) in assets::all() {
        let path = folder.join(url.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    for (name, html) in all() {
        std::fs::write(folder.join(format!("{name}.html")), looked_at(&html)).unwrap();
    }
}

/// Without the live events, which would say that no node answers.
fn looked_at(html: &str) -> String {
    html.replace("\"/assets/", "\"assets/")
        .replace("data-events", "data-no-events")
}
