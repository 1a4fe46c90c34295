//! What can disagree when nodes work apart, row by row: what, an example, who decides. Each row is written at two spots that
//! know nothing of each other; then all come to the hub at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use vereda::catalogue::load;
use vereda::console::HubConsole;
use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::Settlement;
use vereda_sync::id::RecordId;
use vereda_sync::record::{Life, attendance, request, tour};
use vereda_web::console::port::{
    Agreeing, ConflictKind, ConflictRow, Decision, Keep, Planning, Reconciling,
};
use vereda_web::desk::port::{Cases, Desk, Outcomes, Session, Tours};

use crate::agencies::{self, ISS, Served, card, life, say};
use crate::cases::same;
use crate::catalogue::{demo, publish};
use crate::tours::stop;
use crate::world::{TestSpot, World, desk, heads, note, somebody, until, waiting};

/// One row of the table.
struct Case {
    what: &'static str,
    example: &'static str,
    decides: Decides,
    /// What both spots have before they part.
    before: fn(&Scene, &str) -> String,
    /// What each of them does then.
    apart: fn(&Scene, &str),
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decides {
    /// It is merged.
    Nobody,
    /// A rule, in whose words; it is listed with it.
    Rule(&'static str),
    /// An operator.
    Operator(ConflictKind, Settlement),
}

use ConflictKind::{Duplicate, Identity, Value};
use Settlement::{Later, Person, Two};

const CASES: [Case; 10] = [
    Case {
        what: "notes, contact attempts, attachments",
        example: "both added",
        decides: Decides::Nobody,
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            note(&scene.van.node, record(id), "ligou a filha");
            note(&scene.home.node, record(id), "veio o genro");
        },
    },
    Case {
        what: "contact details",
        example: "two phone numbers for one request",
        decides: Decides::Operator(Value, Later),
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            scene.tell_by(&scene.at_van, id, "912 345 678");
            scene.tell_by(&scene.at_home, id, "965 000 222");
        },
    },
    Case {
        what: "money",
        example: "IBAN changed at two spots",
        decides: Decides::Operator(Value, Two),
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            scene.correct_both(
                id,
                "iban",
                ["PT50000201231234567890154", "PT50003506517000000001166"],
            )
        },
    },
    Case {
        what: "identity",
        example: "a name changed at two spots",
        decides: Decides::Operator(Value, Two),
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            scene.correct_both(
                id,
                "full-name",
                ["Perpétua Rosa Marreiros", "Rosália Marreiros"],
            )
        },
    },
    Case {
        what: "legal acts",
        example: "a request withdrawn at one and amended at another",
        decides: Decides::Operator(Value, Person),
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            scene
                .at_van
                .withdraw(&scene.ana, id, "o próprio", "já não precisa")
                .unwrap();
            scene
                .at_home
                .correct(&scene.ana, id, "damage", "O telhado", "faltava")
                .unwrap();
        },
    },
    Case {
        what: "the same request twice",
        example: "one person, same service, two vans in one week; names spelt apart",
        decides: Decides::Operator(Duplicate, Person),
        before: |scene, who| scene.asked(who),
        apart: |scene, id| {
            let name = scene.name_of(id);
            let spelt = name.to_lowercase().replace("peixeiro", "pexeiro");
            scene.asked_at(
                &scene.home.node,
                "apoio-habitacao",
                &spelt,
                Provenance::Typed,
                &[("birth-date", "1950-03-02")],
            );
        },
    },
    Case {
        what: "stale catalogue",
        example: "a service changed while the van was away",
        decides: Decides::Rule("Vale a edição em vigor no balcão"),
        before: |_, _| String::new(),
        // The van was away when the newer edition came, and asked before it heard of it.
        apart: |_, _| (),
    },
    Case {
        what: "schedule",
        example: "the hub moved a visit that the crew had already held",
        decides: Decides::Rule("O que aconteceu vale"),
        before: |scene, who| {
            let teresa = somebody("teresa");
            scene
                .console
                .plan_tour(&teresa, "van", &stop(who, "10:00", "12:00"))
                .unwrap()
        },
        apart: |scene, id| {
            let first = || scene.console.planned_tour(id).unwrap().stops.remove(0);
            scene
                .at_van
                .mark(&scene.ana, id, &first().id, &tour::Happened::Held)
                .unwrap();
            let moved = stop(&first().plan.place, "15:00", "17:00");
            scene
                .console
                .plan_stop(&somebody("teresa"), id, Some(&first().id), &moved)
                .unwrap();
        },
    },
    Case {
        what: "status",
        example: "agency accepted what the crew then amended",
        decides: Decides::Rule("O que a entidade disse fica"),
        before: |scene, who| card(&scene.van.node, who).to_string(),
        apart: |scene, id| {
            scene
                .at_van
                .correct(&scene.ana, id, "address", "Rua do Forno 2", "mudou-se")
                .unwrap();
        },
    },
    Case {
        what: "identity later proven wrong",
        example: "typed data differ from the card seen elsewhere",
        decides: Decides::Operator(Identity, Two),
        before: |_, _| String::new(),
        apart: |scene, _| {
            let wrong = [("nif", "123456789"), ("birth-date", "1950-03-02")];
            scene.asked_at(
                &scene.van.node,
                "registo-criminal",
                LAST,
                Provenance::Typed,
                &wrong,
            );
            let right = [("nif", "123456789"), ("birth-date", "1957-10-07")];
            scene.asked_at(
                &scene.home.node,
                "cesd",
                "Adelaide Bandarra",
                Provenance::Chip,
                &right,
            );
        },
    },
];

/// Whose identity is proven wrong.
const LAST: &str = "Zulmira Calapez";
/// Who asked at the van under the older edition.
const STALE: &str = "Custódia Varela";

fn record(id: &str) -> RecordId {
    RecordId::from_hex(id).unwrap()
}

struct Scene {
    van: TestSpot,
    home: TestSpot,
    at_van: SpotDesk,
    at_home: SpotDesk,
    console: HubConsole,
    ana: Session,
}

impl Scene {
    /// A request at the van.
    fn asked(&self, who: &str) -> String {
        self.asked_at(
            &self.van.node,
            "apoio-habitacao",
            who,
            Provenance::Typed,
            &[("birth-date", "1950-03-02")],
        )
    }

    fn asked_at(
        &self,
        node: &Node,
        service: &str,
        who: &str,
        provenance: Provenance,
        known: &[(&str, &str)],
    ) -> String {
        asked(node, service, who, provenance, known)
    }

    fn tell_by(&self, at: &SpotDesk, id: &str, phone: &str) {
        let way = [
            ("tell-way", "sms"),
            ("tell-phone", phone),
            ("tell-consent", "yes"),
        ];
        at.tell_by(&self.ana, id, &way).unwrap();
    }

    fn correct_both(&self, id: &str, field: &str, values: [&str; 2]) {
        for (at, value) in [&self.at_van, &self.at_home].into_iter().zip(values) {
            at.correct(&self.ana, id, field, value, "disse a filha")
                .unwrap();
        }
    }

    fn name_of(&self, id: &str) -> String {
        let read = self
            .van
            .node
            .with_document(record(id), |d| request::Summary::of(d).unwrap().citizen);
        read.unwrap().unwrap()
    }

    /// What the hub lists about somebody: conflicts, and what a rule settled.
    fn listed(&self, about: &str) -> (Vec<ConflictRow>, Vec<&'static str>) {
        // Whose last name is the same, whatever else became of it.
        let last = about.to_lowercase();
        let last = last.split(' ').next_back().unwrap_or_default();
        let of = |whose: &str| whose.to_lowercase().contains(last);
        let conflicts = waiting(&self.console)
            .into_iter()
            .filter(|row| of(&row.citizen))
            .collect();
        let rules = self.console.by_rule().unwrap().into_iter();
        let rules = rules
            .filter(|one| of(&one.whose) || of(&one.what))
            .map(|one| one.rule);
        (conflicts, rules.collect())
    }
}

fn asked(
    node: &Node,
    service: &str,
    who: &str,
    provenance: Provenance,
    known: &[(&str, &str)],
) -> String {
    let said = known.iter().copied().chain([("full-name", who)]);
    let said: BTreeMap<String, Answer> = said
        .map(|(field, value)| {
            (
                field.into(),
                Answer {
                    value: value.into(),
                    provenance,
                },
            )
        })
        .collect();
    let attendance = node.begin("ana.m", attendance::begin).unwrap();
    let edition = node.catalogue().edition;
    let id = node
        .begin("ana.m", |a, at| {
            request::begin(a, at, (service, edition), attendance, &said)
        })
        .unwrap();
    let number = format!("T01-{}", &id.to_string()[..8]);
    node.change(
        id,
        "ana.m",
        |d, a, at| request::record(d, a, at, &number, 0, None),
        |_| Ok(()),
    )
    .unwrap();
    id.to_string()
}

/// Of whom the row is: nobody is like anybody else.
fn citizen(at: usize) -> &'static str {
    [
        "Ana Rebocho",
        "Deolinda Galhofas",
        "Aníbal Caçador",
        "Perpétua Marreiros",
        "Natércia Falé",
        "Maria Peixeiro Charrua",
        STALE,
        "Alferce",
        "Ermelinda Zorrinho",
        LAST,
    ][at]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_disagrees_is_merged_settled_by_its_rule_or_waits_for_whom_it_should() {
    let world = World::new();
    let older = load(&demo()).unwrap();
    let mut newer = older.clone();
    newer.edition = 7;
    let gone = newer.services.pop().unwrap().id;
    publish(&world, "central", &older);
    let config = agencies::config();
    let at = world.dir.join("published.vcat");
    let served = Served::start_as(&world, None, &config, move |c| c.catalogue.file = at);
    let van = world.spot("van", &["monchique"]);
    let mut home = world.spot("home", &["monchique"]);
    // The hub has requests under the older edition when the newer one comes, which lacks a service; the van is away.
    asked(&home.node, &gone, "Rui Alves", Provenance::Typed, &[]);
    home.connect(served.hub.address);
    home.proven().await;
    home.link = None;
    publish(&world, "central", &newer);
    home.connect(served.hub.address);
    until("the hub has the newer edition", || {
        served.hub.node.catalogue().edition == 7
    })
    .await;
    home.link = None;
    asked(&van.node, &gone, STALE, Provenance::Typed, &[]);
    let mut scene = Scene {
        at_van: desk(&van.node),
        at_home: desk(&home.node),
        console: HubConsole::new(Arc::clone(&served.hub.node)),
        ana: somebody("ana"),
        van,
        home,
    };
    let ids: Vec<String> = (0..CASES.len())
        .map(|at| (CASES[at].before)(&scene, citizen(at)))
        .collect();
    scene.van.connect(served.hub.address);
    scene.home.connect(served.hub.address);
    for (case, id) in CASES.iter().zip(&ids).filter(|(_, id)| !id.is_empty()) {
        if case.what == "schedule" {
            until("the van has the tour", || {
                !heads(&scene.van.node, record(id)).is_empty()
            })
            .await;
        } else {
            same(&scene.van.node, &scene.home.node, record(id)).await;
        }
    }
    // The agency says something of what it was told, before all part.
    let status = CASES.iter().position(|case| case.what == "status").unwrap();
    served.has("iss", 1).await;
    let to = format!("/v1/requests/{}/status", ids[status]);
    let accepted = json!({ "status": "accepted", "text": "Em análise." });
    assert_eq!(
        say(served.at(), ISS, &to, ("a", &accepted)).await.status,
        204
    );
    until("the desk knows", || {
        life(&scene.van.node, record(&ids[status])) == Life::Accepted
    })
    .await;
    (scene.van.link, scene.home.link) = (None, None);

    for (case, id) in CASES.iter().zip(&ids) {
        (case.apart)(&scene, id);
    }
    scene.van.connect(served.hub.address);
    scene.home.connect(served.hub.address);

    for (at, case) in CASES.iter().enumerate() {
        let name = format!("{}: {}", case.what, case.example);
        until(&name, || {
            let (conflicts, rules) = scene.listed(citizen(at));
            match case.decides {
                Decides::Nobody => {
                    let of = record(&ids[at]);
                    let here = heads(&scene.van.node, of);
                    here.len() == 2 && here == heads(&served.hub.node, of)
                }
                Decides::Rule(rule) => rules.iter().any(|said| said.contains(rule)),
                Decides::Operator(..) => !conflicts.is_empty(),
            }
        })
        .await;
    }
    // Nothing waits that should not, nor for others than it should.
    for (at, case) in CASES.iter().enumerate() {
        let (conflicts, rules) = scene.listed(citizen(at));
        let found: Vec<_> = conflicts
            .iter()
            .map(|row| (row.kind, row.settlement))
            .collect();
        match case.decides {
            Decides::Nobody => assert!(
                found.is_empty() && rules.is_empty(),
                "{}: {found:?} {rules:?}",
                case.what
            ),
            Decides::Rule(_) => assert!(
                found.is_empty() && rules.len() == 1,
                "{}: {found:?} {rules:?}",
                case.what
            ),
            Decides::Operator(kind, settlement) => {
                assert_eq!(
                    (&found[..], rules.len()),
                    (&[(kind, settlement)][..], 0),
                    "{}",
                    case.what
                );
                decide(&scene, &conflicts[0]);
            }
        }
    }
    assert!(waiting(&scene.console).is_empty());
    // What an operator decided is a message at the desks whose words it settled.
    let operators = CASES
        .iter()
        .filter(|case| matches!(case.decides, Decides::Operator(..)))
        .count();
    for at in [&scene.at_van, &scene.at_home] {
        until("the desk hears of what was decided", || {
            at.today(&scene.ana).unwrap().messages.len() >= operators - 1
        })
        .await;
    }
}

/// Keeps both of what was made twice and is known twice, and the second side of what was written twice; by two where it takes two.
fn decide(scene: &Scene, row: &ConflictRow) {
    let keep = || match row.kind {
        ConflictKind::Duplicate | ConflictKind::Identity => Keep::Both,
        ConflictKind::Value => Keep::Side(1),
    };
    let shown = |who: &Session| scene.console.conflict(who, &row.id).unwrap().shown;
    let (carla, dora) = (somebody("carla"), somebody("dora"));
    let decision = Decision {
        keep: keep(),
        reason: "vi os papéis".into(),
        shown: shown(&carla),
    };
    let ruled = scene.console.decide(&carla, &row.id, decision).unwrap();
    assert_eq!(
        ruled.waits_for_second,
        row.settlement == Settlement::Two,
        "{row:?}"
    );
    if ruled.waits_for_second {
        scene
            .console
            .second(&dora, &row.id, Agreeing::Agrees(shown(&dora)))
            .unwrap();
    }
}
