//! Who lives abroad: their document is none of Portugal's, and so are their address and telephone.

use vereda_sync::check::Refusal;
use vereda_web::desk::port::{Desk, DeskError, Next};

use crate::support::{Folder, desk, node, pairs, sign_in};

#[test]
fn somebody_is_known_by_a_passport_and_reached_in_another_country() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "consulate", "fixed"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = desk.begin_attendance(&ana).unwrap();
    let identify = |more: &[(&str, &str)]| {
        let mut typed = vec![
            ("full-name", "Maria do Rosário"),
            ("birth-date", "02/03/1950"),
        ];
        typed.extend(more);
        desk.finish_step(&ana, &attendance, "identity", &pairs(&typed))
    };
    // A document that is named has a country and a number.
    let Err(DeskError::Refused(wrong)) = identify(&[("other-document", "passport")]) else {
        panic!()
    };
    let missing: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(missing, ["other-document-country", "other-document-number"]);
    let passport = [
        ("other-document", "passport"),
        ("other-document-country", "Brasil"),
        ("other-document-number", "FX 123456"),
    ];
    assert_eq!(identify(&passport).unwrap(), Next::Attendance);
    let known = desk.attendance(&ana, &attendance).unwrap();
    assert!(known.identified);

    let request = desk.begin_request(&ana, &attendance, "cesd").unwrap();
    desk.finish_step(
        &ana,
        &request,
        "numbers",
        &pairs(&[("niss", "11234567800"), ("sns", "123456789")]),
    )
    .unwrap();
    let reach = |code: &str, phone: &str| {
        let typed = [
            ("address", "Rua Augusta, 100"),
            ("postal-code", code),
            ("locality", "São Paulo"),
            ("phone", phone),
        ];
        desk.finish_step(&ana, &request, "address", &pairs(&typed))
    };
    for (code, phone, example) in [
        ("BR 0131", "+55 11 91234-5678", "BR 11111-111"),
        ("01310-100", "+55 11 91234-5678", "8550-000"),
        ("BR 01310-100", "+999 12345678", "+55 11 91234 5678"),
    ] {
        match reach(code, phone) {
            Err(DeskError::Refused(wrong)) => {
                assert!(
                    matches!(&wrong[0].1, Refusal::Form { example: said } if said == example),
                    "{wrong:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    reach("br-01310100", "+55 11 91234-5678").unwrap();
    let form = desk.form(&ana, &request, Some("address")).unwrap();
    let value = |id: &str| {
        let found = form.fields.iter().find(|f| f.field.id == id).unwrap();
        found.value.clone()
    };
    assert_eq!(value("postal-code"), "BR 01310-100");
    assert_eq!(value("phone"), "+5511912345678");
}
