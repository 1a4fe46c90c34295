//! Samples of what roles and regions change.

use maud::Markup;

use super::{ago, console};
use crate::access::Did;
use crate::console::frame::{Frame, Part};
use crate::console::port::{
    AccessFilter, AccessRow, AccessesView, AgencyRow, BeyondRow, Entitled, Held, HeldBack, Keeps,
    QueueFilter, RetentionView, Role, RuleRow,
};
use crate::console::retention::Retry;
use crate::console::{accounts, agencies, conflicts, retention, rights};

/// The console as somebody sees it who does that, in one region.
fn as_seen_by(role: Role, region: &str) -> Frame {
    Frame {
        entitled: Entitled {
            roles: vec![role],
            regions: (!region.is_empty()).then(|| vec![region.to_owned()]),
        },
        ..console::frame()
    }
}

fn accesses() -> AccessesView {
    let row = |seq, did, page: &str, sought: &str, by_itself| AccessRow {
        seq,
        spot: None,
        who: ("teresa.n".into(), "Teresa Nunes".into()),
        at: ago(60 * (51_040 - i64::try_from(seq).unwrap_or(0))),
        did,
        page: page.into(),
        sought: sought.into(),
        by_itself,
    };
    AccessesView {
        rows: vec![
            row(51_033, Did::Wrote, "/conflito/{conflict}", "", false),
            row(51_032, Did::Read, "/pedidos", "maria peixeiro", false),
            row(51_031, Did::Read, "/pedido/{request}", "", true),
            row(51_030, Did::Refused, "/quarentena", "", false),
        ],
        older: Some(51_030),
        lines: 51_033,
        sealed: Some((51_020, ago(540))),
        witnessed: (12, Some((50_980, ago(4_000)))),
    }
}

fn at_spots() -> AccessesView {
    let mut view = accesses();
    view.rows.retain(|row| row.did == Did::Read);
    for (row, spot) in view.rows.iter_mut().zip(["Loja móvel 07", "Monchique"]) {
        row.spot = Some(spot.into());
    }
    view
}

fn kept() -> RetentionView {
    let rule = |keeps, months, soon, erased| RuleRow {
        keeps,
        months,
        soon,
        erased,
        last: "2026-11-20".into(),
    };
    RetentionView {
        rules: vec![
            rule(Keeps::Requests(None), 60, 214, 18_310),
            rule(Keeps::Requests(Some("Alteração de morada".into())), 126, 0, 0),
            rule(Keeps::Attendances, 24, 1, 40_112),
            rule(Keeps::Visits, 3, 12, 890),
        ],
        held: vec![HeldBack {
            row: super::request().row,
            why: "Processo n.º 112/26 no Tribunal Administrativo de Loulé: guardar até haver decisão.".into(),
            who: "Vasco Rebelo".into(),
            at: ago(9 * 86_400),
        }],
    }
}

/// Name, frame, part, title and content of each.
pub(crate) fn pages() -> Vec<(&'static str, Frame, Part, &'static str, Markup)> {
    let agent = as_seen_by(Role::Agent, "Algarve");
    let operator = as_seen_by(Role::Operator, "Algarve");
    let auditor = as_seen_by(Role::Auditor, "");
    let holders = ["Inês Farinha".to_owned(), "Vasco Rebelo".to_owned()];
    let of_cases = [Role::Operator, Role::Auditor];
    let looks_after = [Role::Administrator, Role::Auditor];
    let not_theirs = "Não é do seu papel";
    let to_agent = rights::refused(&agent, &of_cases, false, &holders[..1]);
    let to_operator = rights::refused(&operator, &looks_after, true, &holders);
    let queue = conflicts::content(
        &auditor,
        &QueueFilter::default(),
        &console::queue(console::rows()),
        true,
    );
    let rows = [
        ("Olga Barros", "/pedido/5c1f…", 3),
        ("Olga Barros", "/lar/77ab…", 1),
    ]
    .map(|(who, address, times)| BeyondRow {
        who: who.into(),
        at: ago(1_800),
        address: address.into(),
        times,
    });
    let beyond = rights::beyond(&auditor, &rows);
    let nobody = rights::beyond(&auditor, &[]);
    let log = accounts::content(&auditor, &accesses(), &AccessFilter::default());
    let spots = AccessFilter {
        at_spots: true,
        ..AccessFilter::default()
    };
    let log_of_spots = accounts::content(&auditor, &at_spots(), &spots);
    let teresa = AccessFilter {
        person: "teresa.n".into(),
        ..AccessFilter::default()
    };
    let of_one = accounts::content(&auditor, &accesses(), &teresa);
    let empty = AccessesView {
        rows: vec![],
        older: None,
        lines: 0,
        sealed: None,
        witnessed: (0, None),
    };
    let empty = accounts::content(&auditor, &empty, &AccessFilter::default());
    let held = vec![Held {
        row: super::request().row,
        accesses: accesses().rows,
        disclosed: super::request().disclosed,
    }];
    let report = accounts::citizen(&auditor, "123 456 789", Ok(&Some(held)));
    let asks = accounts::citizen(&auditor, "", Ok(&None));
    let why =
        "Escreva o NIF, o NIC, o NISS ou o número de utente: 8 a 12 algarismos, sem mais nada.";
    let wrong = accounts::citizen(&auditor, "Maria", Err(&why.to_owned()));
    let agency = |name: &str, waiting, since, trouble: Option<(u32, &str)>| AgencyRow {
        name: name.into(),
        events: 1_203,
        waiting,
        since,
        taken: Some(ago(3 * 86_400)),
        is_sent: trouble.is_some(),
        trouble: trouble.map(|(tries, why)| (tries, why.to_owned())),
    };
    let told = agencies::content(
        &auditor,
        &[
            agency("Mobilidade e Transportes", 0, None, None),
            agency(
                "Segurança Social",
                412,
                Some(ago(3 * 86_400)),
                Some((58, "não responde: ligação recusada")),
            ),
            agency("Registos e Notariado", 3, Some(ago(1_800)), None),
        ],
    );
    let untold = agencies::content(&auditor, &[]);
    let as_auditor = || as_seen_by(Role::Auditor, "");
    let as_administrator = || as_seen_by(Role::Administrator, "");
    let kept = kept();
    let nothing = Retry::default();
    let wrong_hold = Retry {
        number: "T01-999999".into(),
        why: "Processo em tribunal".into(),
        problem: "Não há nenhum pedido com este número. Confirme-o no comprovativo.".into(),
    };
    let seen = retention::content(&as_auditor(), &kept, &nothing);
    let acted = retention::content(&as_administrator(), &kept, &nothing);
    let refused = retention::content(&as_administrator(), &kept, &wrong_hold);
    let no_rule = retention::content(&as_administrator(), &RetentionView::default(), &nothing);
    let of_retention = [
        ("conservacao-auditora", as_auditor(), seen),
        ("conservacao", as_administrator(), acted),
        ("conservacao-recusado", as_administrator(), refused),
        ("conservacao-sem-regras", as_administrator(), no_rule),
    ];
    let of_retention = of_retention
        .map(|(name, frame, content)| (name, frame, Part::Retention, "Conservação", content));
    let mut pages = vec![
        ("entidades", as_auditor(), Part::Agencies, "Entidades", told),
        (
            "entidades-nenhuma",
            as_auditor(),
            Part::Agencies,
            "Entidades",
            untold,
        ),
        ("acessos", as_auditor(), Part::Accesses, "Acessos", log),
        (
            "acessos-postos",
            as_auditor(),
            Part::Accesses,
            "Acessos",
            log_of_spots,
        ),
        (
            "acessos-de-uma-pessoa",
            as_auditor(),
            Part::Accesses,
            "Acessos",
            of_one,
        ),
        (
            "acessos-nada",
            as_auditor(),
            Part::Accesses,
            "Acessos",
            empty,
        ),
        (
            "acessos-cidadao",
            as_auditor(),
            Part::Accesses,
            "De um cidadão",
            report,
        ),
        (
            "acessos-cidadao-pergunta",
            as_auditor(),
            Part::Accesses,
            "De um cidadão",
            asks,
        ),
        (
            "acessos-cidadao-errado",
            as_auditor(),
            Part::Accesses,
            "De um cidadão",
            wrong,
        ),
        (
            "papel-recusado",
            agent,
            Part::Conflicts,
            not_theirs,
            to_agent,
        ),
        (
            "papel-recusado-regiao",
            operator,
            Part::Quarantine,
            not_theirs,
            to_operator,
        ),
        (
            "conflitos-auditor",
            as_seen_by(Role::Auditor, ""),
            Part::Conflicts,
            "Conflitos",
            queue,
        ),
        ("alheios", auditor, Part::Beyond, "Fora da região", beyond),
        (
            "alheios-nada",
            as_seen_by(Role::Auditor, ""),
            Part::Beyond,
            "Fora da região",
            nobody,
        ),
    ];
    pages.extend(of_retention);
    pages
}
