//! People at the console: let in, changed, sent away; two persons for administrators; PINs of one use, and own ones.

use std::sync::Arc;

use vereda::console::HubConsole;
use vereda::node::Node;
use vereda_sync::audit::Access;
use vereda_web::console::port::{
    AnyRole, Console, Done, PeopleDesk, PersonTyped, Rights, Seen, WhichPeople,
};
use vereda_web::desk::port::{DeskError, Session, SignInRefusal};
use vereda_web::own_pin::{OwnPin, PinRefusal};

use crate::support::{Folder, PIN, node};

const REGIONS: &str = "
[[region]]
id = \"south\"
name = \"Sul\"
scopes = [\"monchique\"]
[[region]]
id = \"north\"
name = \"Norte\"
scopes = [\"braga\"]
";

fn member(id: &str, role: &str, rest: &str) -> String {
    let pin = vereda::staff::hash_pin(PIN).unwrap();
    format!(
        "[[mediator]]\nid = \"{id}\"\nname = \"P. {id}\"\nrole = {role}\npin = \"{pin}\"\n{rest}\n"
    )
}

/// Two administrators of the country, one of the south, an operator.
fn staff() -> String {
    let south = "regions = [\"south\"]";
    [
        member("vasco", "\"administrator\"", ""),
        member("teresa", "[\"operator\", \"administrator\"]", ""),
        member("sara", "\"administrator\"", south),
        member("jorge", "\"operator\"", ""),
        member("ana", "\"mediator\"", south),
    ]
    .concat()
        + REGIONS
}

struct Hub {
    folder: Folder,
    node: Arc<Node>,
    console: HubConsole,
}

impl Hub {
    fn of(staff: &str) -> Self {
        let folder = Folder::new();
        let home = folder.0.join("central");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("staff.toml"), staff).unwrap();
        Self::again(folder)
    }

    fn again(folder: Folder) -> Self {
        let node = node(&folder, "central", "hub");
        node.epoch().unwrap();
        let console = HubConsole::new(Arc::clone(&node));
        Self {
            folder,
            node,
            console,
        }
    }

    fn is(&self, id: &str) -> Session {
        let token = self.console.sign_in(id, PIN).unwrap();
        self.console.session(&token).unwrap()
    }

    /// As they themselves call, in their bounds.
    fn call<T>(
        &self,
        who: &Session,
        call: impl FnOnce(&HubConsole) -> Result<T, DeskError>,
    ) -> Result<T, DeskError> {
        let (mut call, mut came) = (Some(call), None);
        self.console.within(Some(who), &mut || {
            came = call.take().map(|call| call(&self.console));
        });
        came.unwrap()
    }

    fn shown(&self, who: &Session, id: &str) -> (PersonTyped, String) {
        let view = self.call(who, |c| c.one_of_people(who, id)).unwrap();
        (view.typed, view.shown)
    }

    fn account(&self) -> Vec<Access> {
        let db = self.node.store.read();
        vereda::store::audit::latest(&db, "", None, 100).unwrap()
    }
}

fn typed(id: &str, roles: &[AnyRole], regions: &[&str]) -> PersonTyped {
    PersonTyped {
        id: id.into(),
        name: format!("Nova {id}"),
        roles: roles.to_vec(),
        everywhere: regions.is_empty(),
        regions: regions.iter().map(|r| (*r).to_owned()).collect(),
        ..PersonTyped::default()
    }
}

fn why<T: std::fmt::Debug>(done: Result<T, DeskError>) -> String {
    match done {
        Err(DeskError::NotNow(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn somebody_new_comes_with_a_pin_of_one_use_and_chooses_their_own_before_anything_else() {
    let hub = Hub::of(&staff());
    let vasco = hub.is("vasco");
    let new = typed("eva.s", &[AnyRole::Agent], &["south"]);
    let done = hub.console.add_person(&vasco, &new).unwrap();
    let Done::Pin { pin, is_half, .. } = done else {
        panic!("{done:?}");
    };
    assert!(pin.len() == 6 && !is_half);
    assert_eq!(
        hub.console.sign_in("eva.s", &pin),
        Err(SignInRefusal::OwnPinFirst)
    );
    let change = |old: &str, new: &str| hub.console.change_pin("", "eva.s", (old, new));
    assert!(matches!(
        change("0001", "4827"),
        Err(PinRefusal::SignIn(SignInRefusal::WrongPin { .. }))
    ));
    for weak in ["1234", "0000", "1987", "12", "05121987"] {
        assert!(
            matches!(change(&pin, weak), Err(PinRefusal::Weak(_))),
            "{weak}"
        );
    }
    assert_eq!(change(&pin, &pin), Err(PinRefusal::Used));
    let token = change(&pin, "4827").unwrap();
    let eva = hub.console.session(&token).unwrap();
    assert_eq!(
        hub.console.entitled(&eva).regions,
        Some(vec!["Sul".to_owned()])
    );
    assert!(matches!(
        hub.console.sign_in("eva.s", &pin),
        Err(SignInRefusal::WrongPin { .. })
    ));
    // Not one that they had.
    assert!(change("4827", "5938").is_ok());
    assert_eq!(change("5938", "4827"), Err(PinRefusal::Used));
    // After a restart, too; and the account says who did what, without any PIN.
    let Hub {
        folder,
        node,
        console,
    } = hub;
    drop((console, node));
    let hub = Hub::again(folder);
    assert!(hub.console.sign_in("eva.s", "5938").is_ok());
    let lines = hub.account();
    let said: Vec<_> = lines
        .iter()
        .map(|a| (a.person.as_str(), a.sought.as_str()))
        .collect();
    assert!(
        said.contains(&("eva.s", "eva.s: escolheu outro PIN")),
        "{said:?}"
    );
    let added = said
        .iter()
        .find(|(who, what)| *who == "vasco" && what.contains("nova pessoa"));
    assert!(added.is_some(), "{said:?}");
    assert!(
        said.iter()
            .all(|(_, what)| !what.contains(&pin) && !what.contains("4827"))
    );
}

#[test]
fn whoever_leaves_is_out_at_once_and_their_user_is_never_given_again() {
    let hub = Hub::of(&staff());
    let (vasco, jorge) = (hub.is("vasco"), hub.console.sign_in("jorge", PIN).unwrap());
    let (_, shown) = hub.shown(&vasco, "jorge");
    let done = hub.console.send_away(&vasco, "jorge", &shown);
    assert_eq!(done.unwrap(), Done::Kept);
    assert!(hub.console.session(&jorge).is_none());
    assert_eq!(
        hub.console.sign_in("jorge", PIN),
        Err(SignInRefusal::Unknown)
    );
    let again = typed("jorge", &[AnyRole::Operator], &[]);
    assert!(why(hub.console.add_person(&vasco, &again)).contains("jorge2"));
    let gone = WhichPeople {
        seen: Seen::Gone,
        ..WhichPeople::default()
    };
    let view = hub.console.people_listed(&vasco, &gone).unwrap();
    assert_eq!(view.rows.len(), 1);
    // Who comes back comes with another PIN.
    let (mut typed, shown) = hub.shown(&vasco, "jorge");
    typed.ends = "2031-01-31".into();
    let back = hub.console.change_person(&vasco, &shown, &typed).unwrap();
    assert!(matches!(back, Done::Pin { .. }), "{back:?}");
    assert_eq!(
        hub.console.sign_in("jorge", PIN).unwrap_err(),
        SignInRefusal::WrongPin { tries_left: 4 }
    );
}

#[test]
fn an_administrator_takes_two_and_each_has_half_of_the_pin() {
    let hub = Hub::of(&staff());
    let (vasco, teresa) = (hub.is("vasco"), hub.is("teresa"));
    let new = typed("rita", &[AnyRole::Administrator], &[]);
    let done = hub.console.add_person(&vasco, &new).unwrap();
    let Done::Proposed { half: Some(first) } = done else {
        panic!("{done:?}");
    };
    assert!(hub.console.sign_in("rita", &first).is_err());
    let waits = hub
        .console
        .one_of_people(&teresa, "rita")
        .unwrap()
        .waits
        .unwrap();
    assert!(waits.what[0].contains("administrador"), "{waits:?}");
    let agree = |who: &Session, shown: &str| hub.console.agree_person(who, "rita", shown);
    assert!(why(agree(&vasco, &waits.shown)).contains("outra pessoa"));
    assert!(why(agree(&teresa, "other")).contains("Já não é o que viu"));
    let done = agree(&teresa, &waits.shown).unwrap();
    let Done::Pin {
        pin: second,
        is_half: true,
        ..
    } = done
    else {
        panic!("{done:?}");
    };
    assert!(why(agree(&teresa, &waits.shown)).contains("Ninguém propõe"));
    let whole = format!("{first}{second}");
    assert_eq!(
        hub.console.sign_in("rita", &whole),
        Err(SignInRefusal::OwnPinFirst)
    );
    let own = hub.console.change_pin("", "rita", (&whole, "90817"));
    assert!(own.is_ok(), "{own:?}");
    // Somebody who is here already; and another PIN of an administrator takes two as well.
    let (mut jorge, shown) = hub.shown(&vasco, "jorge");
    jorge.roles.push(AnyRole::Administrator);
    let done = hub.console.change_person(&vasco, &shown, &jorge).unwrap();
    assert_eq!(done, Done::Proposed { half: None });
    assert!(why(hub.console.change_person(&teresa, &shown, &jorge)).contains("já propôs"));
    hub.console.drop_person_proposal(&teresa, "jorge").unwrap();
    let (_, shown) = hub.shown(&vasco, "teresa");
    let done = hub.console.issue_pin(&vasco, "teresa", &shown).unwrap();
    assert!(matches!(done, Done::Proposed { half: Some(_) }));
    assert!(
        hub.console.sign_in("teresa", PIN).is_ok(),
        "nothing changed yet"
    );
    let waits = hub
        .console
        .one_of_people(&teresa, "teresa")
        .unwrap()
        .waits
        .unwrap();
    let own = hub.console.agree_person(&teresa, "teresa", &waits.shown);
    assert!(why(own).contains("É de si"));
}

#[test]
fn nobody_takes_the_last_administrator_away() {
    let hub = Hub::of(&staff());
    let (vasco, teresa) = (hub.is("vasco"), hub.is("teresa"));
    let (_, shown) = hub.shown(&teresa, "vasco");
    hub.console.send_away(&teresa, "vasco", &shown).unwrap();
    assert!(hub.console.session("x").is_none());
    let (mut typed, shown) = hub.shown(&teresa, "teresa");
    assert!(why(hub.console.send_away(&teresa, "teresa", &shown)).contains("último administrador"));
    typed.ends = "2031-01-31".into();
    let ends = hub.console.change_person(&teresa, &shown, &typed);
    assert!(why(ends).contains("último administrador"));
    (typed.ends, typed.roles) = (String::new(), vec![AnyRole::Operator]);
    let no_longer = hub.console.change_person(&teresa, &shown, &typed);
    assert!(why(no_longer).contains("último administrador"));
    // There is nobody to agree to another one: the machine of the hub makes one.
    let (mut jorge, shown) = hub.shown(&teresa, "jorge");
    jorge.roles.push(AnyRole::Administrator);
    let alone = hub.console.change_person(&teresa, &shown, &jorge);
    assert!(why(alone).contains("vereda pin"));
    drop(vasco);
    let file = hub.folder.0.join("central/staff.toml");
    let more = staff() + &member("novo", "\"administrator\"", "");
    std::fs::write(&file, more.replace("[[region]]", "\n[[region]]")).unwrap();
    let novo = hub.is("novo");
    assert!(
        hub.console
            .people_listed(&novo, &WhichPeople::default())
            .is_ok()
    );
    // Who came from the file and is taken out of it is gone, whatever was changed of them since.
    let ana = staff().replace("id = \"jorge\"", "id = \"jorge.x\"");
    std::fs::write(&file, ana + "\n").unwrap();
    assert!(hub.console.sign_in("jorge", PIN).is_err());
}

#[test]
fn of_two_who_change_one_person_the_second_is_told_and_loses_nothing() {
    let hub = Hub::of(&staff());
    let (vasco, teresa) = (hub.is("vasco"), hub.is("teresa"));
    let (mut first, shown) = hub.shown(&vasco, "jorge");
    let mut second = first.clone();
    first.name = "Jorge L.".into();
    second.roles.push(AnyRole::Agent);
    hub.console.change_person(&vasco, &shown, &first).unwrap();
    let late = why(hub.console.change_person(&teresa, &shown, &second));
    assert!(late.contains("P. vasco mudou esta pessoa"), "{late}");
    let (now, _) = hub.shown(&teresa, "jorge");
    assert_eq!((now.name.as_str(), now.roles), ("Jorge L.", first.roles));
}

#[test]
fn what_cannot_be_is_said_with_what_to_do() {
    let hub = Hub::of(&staff());
    let vasco = hub.is("vasco");
    let good = typed("eva", &[AnyRole::Agent], &["south"]);
    let wrong = |change: &dyn Fn(&mut PersonTyped), words: &str| {
        let mut typed = good.clone();
        change(&mut typed);
        let said = why(hub.console.add_person(&vasco, &typed));
        assert!(said.contains(words), "{said}");
    };
    wrong(&|t| t.id = "Eva Sá".into(), "letras minúsculas");
    wrong(&|t| t.id = "ana".into(), "já é ou já foi");
    wrong(&|t| t.name = "  ".into(), "nome");
    wrong(&|t| t.name = "x".repeat(81), "longo");
    wrong(&|t| t.roles.clear(), "papel");
    wrong(&|t| t.regions = vec!["west".into()], "região «west»");
    wrong(&|t| t.regions.clear(), "Diga onde");
    wrong(&|t| t.ends = "2020-01-01".into(), "já passou");
    wrong(&|t| t.ends = "amanhã".into(), "não se lê");
    wrong(&|t| t.ends = "2999-01-01".into(), "dez anos");
    wrong(&|t| t.spots = "Nenhures".into(), "«Nenhures»");
    assert!(matches!(
        hub.console.one_of_people(&vasco, "nobody"),
        Err(DeskError::NotFound)
    ));
}

#[test]
fn an_administrator_of_a_region_gives_what_is_theirs() {
    let hub = Hub::of(&staff());
    let sara = hub.is("sara");
    let all = |c: &HubConsole| c.people_listed(&sara, &WhichPeople::default());
    let view = hub.call(&sara, all).unwrap();
    let ids: Vec<_> = view.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["ana", "sara"]);
    assert!(!view.gives_all && view.regions.len() == 1);
    for beyond in ["vasco", "jorge"] {
        let one = hub.call(&sara, |c| c.one_of_people(&sara, beyond));
        assert!(matches!(one, Err(DeskError::NotFound)), "{beyond}");
    }
    let add = |typed: &PersonTyped| hub.call(&sara, |c| c.add_person(&sara, typed));
    let here = typed("eva", &[AnyRole::Operator], &["south"]);
    assert!(matches!(add(&here), Ok(Done::Pin { .. })));
    for beyond in [
        typed("rui", &[AnyRole::Operator], &["north"]),
        typed("rui", &[AnyRole::Operator], &["south", "north"]),
        typed("rui", &[AnyRole::Mediator], &[]),
    ] {
        assert!(why(add(&beyond)).contains("são seus"), "{beyond:?}");
    }
    // An administrator of the country agrees to another one of the region.
    let second = typed("rui", &[AnyRole::Administrator], &["south"]);
    assert!(matches!(add(&second), Ok(Done::Proposed { .. })));
    let vasco = hub.is("vasco");
    let waits = hub
        .console
        .one_of_people(&vasco, "rui")
        .unwrap()
        .waits
        .unwrap();
    assert!(
        hub.console
            .agree_person(&vasco, "rui", &waits.shown)
            .is_ok()
    );
}
