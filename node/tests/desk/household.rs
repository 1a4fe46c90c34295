//! People of one household: each has an attendance, an identity and a confirmation of their own; what is of the house is typed
//! once, and an aid that is given once to a house is not asked for twice without being seen.

use vereda::desk::SpotDesk;
use vereda_sync::answer::Provenance;
use vereda_web::desk::port::{Desk, DeskError, Households, LostThings, Session};

use crate::support::{Folder, desk, identified, identify, node, pairs, sign_in};

const HOUSE: &str = "apoio-habitacao";

fn value(
    desk: &SpotDesk,
    who: &Session,
    request: &str,
    (step, field): (&str, &str),
) -> (String, Option<Provenance>) {
    let form = desk.glance(who, request, Some(step)).unwrap();
    let found = form.fields.into_iter().find(|f| f.field.id == field);
    let found = found.unwrap();
    (found.value, found.provenance)
}

#[test]
fn what_is_of_the_house_is_typed_once_and_what_is_of_a_person_is_asked_of_each() {
    let folder = Folder::new();
    let (first, second) = {
        let node = node(&folder, "movel-07", "vehicle");
        let desk = desk(&node);
        let ana = sign_in(&desk, "ana.m");
        let unknown = desk.begin_attendance(&ana).unwrap();
        assert!(matches!(
            desk.begin_beside(&ana, &unknown),
            Err(DeskError::NotNow(why)) if why.contains("identifique")
        ));
        let first = identified(&desk, &ana, "Maria Rosa", "123456789");
        let aid = desk.begin_request(&ana, &first, HOUSE).unwrap();
        let contact = [("nif", "123456789"), ("phone", "912 345 678")];
        desk.finish_step(&ana, &aid, "contact", &pairs(&contact))
            .unwrap();
        let house = [
            ("tenure", "owner"),
            ("address", "Sítio da Fonte, Alferce"),
            ("postal-code", "8550-145"),
        ];
        desk.finish_step(&ana, &aid, "property", &pairs(&house))
            .unwrap();
        let second = desk.begin_beside(&ana, &first).unwrap();
        let again = desk.begin_beside(&ana, &first).unwrap();
        assert_eq!(again, second, "a second click");
        // Nobody is taken for somebody else of the house: who it is, is asked.
        let open = desk.attendance(&ana, &second).unwrap();
        assert!(!open.identified && open.citizen.is_none() && open.identity.is_empty());
        assert_eq!(open.household[0].citizen.as_deref(), Some("Maria Rosa"));
        (first, second)
    };
    // The plug is pulled: who belongs together still does.
    let node = node(&folder, "movel-07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    identify(&desk, &ana, &second, "Manuel Rosa", "299900207");
    let all = ["cartao-utente".to_owned(), HOUSE.to_owned()];
    let offered = desk.lost(&ana, &second).unwrap();
    let house = offered.open.iter().find(|o| o.service == HOUSE).unwrap();
    assert_eq!(house.asked.as_ref().unwrap().citizen, "Maria Rosa");
    desk.begin_lost(&ana, &second, &all).unwrap();
    let begun = desk.lost(&ana, &second).unwrap().begun;
    let of = |title: &str| {
        let one = begun.iter().find(|r| r.title.pt().contains(title));
        one.unwrap().id.clone()
    };
    let (health, aid) = (of("utente"), of("habitação"));
    let copied = Some(Provenance::Copied);
    assert_eq!(
        value(&desk, &ana, &health, ("address", "address")),
        ("Sítio da Fonte, Alferce".into(), copied)
    );
    assert_eq!(value(&desk, &ana, &aid, ("property", "tenure")).1, copied);
    assert_eq!(
        value(&desk, &ana, &aid, ("contact", "nif"))
            .0
            .replace(' ', ""),
        "299900207",
        "the number is of the person"
    );

    // It is seen that the house asked already, wherever the requests are looked at.
    for id in [&aid, &health] {
        let view = desk.request(&ana, id).unwrap();
        assert_eq!(view.household.len(), 1);
        assert_eq!(view.household[0].repeats, id == &aid);
    }
    let at_first = desk.attendance(&ana, &first).unwrap().household;
    assert_eq!(at_first.len(), 1);
    assert_eq!(at_first[0].attendance, second);
    assert_eq!(at_first[0].requests.len(), 2);

    // A third is of the same household, whoever of it they were called from; a stranger is not.
    let third = desk.begin_beside(&ana, &second).unwrap();
    assert_eq!(desk.attendance(&ana, &third).unwrap().household.len(), 2);
    identify(&desk, &ana, &third, "Rita Rosa", "299900304");
    let alone = desk.begin_request(&ana, &third, "cesd").unwrap();
    assert_eq!(
        value(&desk, &ana, &alone, ("address", "postal-code"))
            .0
            .replace(' ', ""),
        "8550-145"
    );
    let stranger = identified(&desk, &ana, "Outra Pessoa", "299900401");
    assert_eq!(desk.attendance(&ana, &stranger).unwrap().household.len(), 0);
    let theirs = desk.begin_request(&ana, &stranger, "cesd").unwrap();
    assert_eq!(value(&desk, &ana, &theirs, ("address", "address")).0, "");
}
