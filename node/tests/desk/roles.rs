//! Roles at the console: who may see and who may act at every address, and what the others are told.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt;
use vereda::console::HubConsole;
use vereda::staff::{AT_DESKS, AT_THE_HUB, Staff};
use vereda_web::HostGuard;
use vereda_web::console::port::{Console, Rights, Role};

use crate::support::{Folder, PIN, desk, node};

fn member(id: &str, role: &str) -> String {
    let pin = vereda::staff::hash_pin(PIN).unwrap();
    format!("[[mediator]]\nid = \"{id}\"\nname = \"P. {id}\"\nrole = {role}\npin = \"{pin}\"\n")
}

fn hub_of(folder: &Folder, staff: &str) -> (Arc<HubConsole>, axum::Router) {
    let home = folder.0.join("central");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("staff.toml"), staff).unwrap();
    let node = node(folder, "central", "hub");
    node.epoch().unwrap();
    let console = Arc::new(HubConsole::new(node));
    let door = HostGuard::new(["central"]);
    let router = vereda_web::console::router(Arc::clone(&console) as _, door);
    (console, router)
}

async fn ask(
    console: &HubConsole,
    router: &axum::Router,
    token: &str,
    (method, path): (&str, &str),
) -> (StatusCode, String, String) {
    let guard = console.form_guard(&console.session(token).unwrap());
    let body = match method {
        "GET" => Body::empty(),
        _ => Body::from(format!("guarda={guard}")),
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "central")
        .header("origin", "http://central")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("vereda-central={token}"))
        .body(body)
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let to = response.headers().get("location");
    let to = to.map_or_else(String::new, |to| to.to_str().unwrap().to_owned());
    if path == "/eventos" {
        return (status, to, String::new());
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, to, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_lets_in_whose_role_it_is_and_tells_the_others_whom_to_ask() {
    let folder = Folder::new();
    let roles = [
        ("operator", Role::Operator),
        ("agent", Role::Agent),
        ("administrator", Role::Administrator),
        ("auditor", Role::Auditor),
    ];
    let staff: String = roles
        .iter()
        .map(|(id, _)| member(id, &format!("\"{id}\"")))
        .collect();
    let (console, router) = hub_of(&folder, &staff);
    let (mut let_in, mut refused) = (0, 0);
    for (id, role) in roles {
        for (pattern, see, act, _) in vereda_web::console::addresses() {
            let parts = pattern.split('/').map(|part| match part.starts_with('{') {
                true => "0123456789abcdef",
                false => part,
            });
            let path = parts.collect::<Vec<_>>().join("/");
            for (method, may) in [("GET", see), ("POST", act)] {
                // A router that has no such method says so to everybody.
                if may.is_empty() || path == "/sair" {
                    continue;
                }
                let token = console.sign_in(id, PIN).unwrap();
                let (status, to, body) = ask(&console, &router, &token, (method, &path)).await;
                match may.contains(&role) {
                    true => {
                        assert_ne!(
                            status,
                            StatusCode::FORBIDDEN,
                            "{id} {method} {path}: {body}"
                        );
                        let_in += 1;
                    }
                    // Whoever has just come in goes to a page of theirs.
                    false if path == "/" => assert!(!to.is_empty() && to != "/", "{id}: {to}"),
                    false => {
                        assert_eq!(status, StatusCode::FORBIDDEN, "{id} {method} {path}");
                        assert!(
                            body.contains("A quem pedir"),
                            "{id} {method} {path}: {body}"
                        );
                        let mut others = roles.iter().filter(|(_, role)| may.contains(role));
                        assert!(others.all(|(id, _)| body.contains(&format!("P. {id}"))));
                        refused += 1;
                    }
                }
            }
        }
        // The menu has what is theirs, and nothing else.
        let token = console.sign_in(id, PIN).unwrap();
        let (_, _, page) = ask(&console, &router, &token, ("GET", "/percursos")).await;
        for (path, name) in [
            ("/", Role::Operator),
            ("/apoio", Role::Agent),
            ("/quarentena", Role::Administrator),
            ("/alheios", Role::Auditor),
        ] {
            let has = page.contains(&format!("href=\"{path}\" aria"));
            let mut of_path = vereda_web::console::addresses().filter(|(p, ..)| *p == path);
            assert_eq!(
                has,
                of_path.any(|(_, see, ..)| see.contains(&role)),
                "{id} {path} {name:?}"
            );
        }
        assert_eq!(page.contains("data-only-sees"), id == "auditor", "{id}");
    }
    assert!(let_in > 80 && refused > 60, "{let_in} {refused}");
}

#[test]
fn a_list_of_before_there_were_regions_reads_and_its_operators_are_everywhere() {
    let folder = Folder::new();
    let several = member("jorge.l", "[\"operator\", \"administrator\"]");
    let staff = format!(
        "{}{}{several}",
        member("teresa.n", "\"operator\""),
        member("ana.m", "\"mediator\"")
    );
    let (console, _) = hub_of(&folder, &staff);
    let of = |id: &str| {
        let token = console.sign_in(id, PIN).unwrap();
        console.entitled(&console.session(&token).unwrap())
    };
    let teresa = of("teresa.n");
    assert_eq!((teresa.roles, teresa.regions), (vec![Role::Operator], None));
    assert_eq!(of("jorge.l").roles, [Role::Operator, Role::Administrator]);
    assert!(
        console.sign_in("ana.m", PIN).is_err(),
        "a mediator has no console"
    );
    assert_eq!(console.holders(&[Role::Administrator]), ["P. jorge.l"]);
}

#[test]
fn what_is_wrong_with_a_list_is_said() {
    let wrong = |text: &str, words: &str| {
        let said = Staff::parse(text).unwrap_err();
        assert!(said.contains(words), "{said}");
    };
    let ana = member("ana.m", "\"mediator\"");
    wrong(&format!("{ana}{ana}"), "twice");
    wrong(
        &format!("{ana}regions = [\"algarve\"]\n"),
        "add a [[region]]",
    );
    wrong(&member("ana.m", "[]"), "no role");
    wrong(&member("ana.m", "\"king\""), "role");
    wrong(&ana.replace("$argon2id$", "plain"), "vereda pin");
    let algarve = "[[region]]\nid = \"algarve\"\nname = \"Algarve\"\nscopes = [\"loule\"]\n";
    let lead = member("rui.p", "\"crew-lead\"");
    let staff = Staff::parse(&format!("{algarve}{lead}regions = [\"algarve\"]\n")).unwrap();
    let rui = staff.find("rui.p", AT_DESKS).unwrap();
    assert_eq!(staff.regions_of(rui).unwrap()[0].scopes, ["loule"]);
    assert!(staff.find("rui.p", AT_THE_HUB).is_none());
}

#[test]
fn whoever_leads_a_crew_serves_citizens_too() {
    use vereda_web::desk::port::Desk;
    let folder = Folder::new();
    let home = folder.0.join("m07");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("staff.toml"), member("rui.p", "\"crew-lead\"")).unwrap();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    assert!(desk.sign_in("rui.p", PIN).is_ok());
}
