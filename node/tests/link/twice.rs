//! The same request made at two spots is found when they hear of each other, with no hub; what a desk says of it both take.

use vereda_sync::record::request;
use vereda_web::desk::port::{Desk, DeskError, MadeTwice};

use crate::world::{World, desk, request_of, somebody, until};

const NIF: (&str, &str) = ("nif", "199900078");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_spots_that_meet_say_what_was_asked_for_at_both_until_a_desk_leaves_both() {
    let world = World::new();
    let mut a = world.spot("movel-07", &["monchique"]);
    let mut b = world.spot("movel-08", &["monchique"]);
    let (at_a, at_b) = (desk(&a.node), desk(&b.node));
    let ana = somebody("ana");
    let ours = request_of(&a.node, ("cesd", "Maria Rosa"), &[NIF]);
    let theirs = request_of(&b.node, ("cesd", "Maria Rosa Pires"), &[NIF]);
    // The same spot, another service, another person: nothing of it is the same.
    request_of(&a.node, ("cesd", "Maria Rosa"), &[NIF]);
    request_of(&b.node, ("residence", "Maria Rosa"), &[NIF]);
    request_of(&b.node, ("cesd", "José Amaro"), &[("nif", "299900110")]);
    let pairs = |desk: &dyn Desk| desk.today(&ana).unwrap().twice.len();
    assert_eq!((pairs(&at_a), pairs(&at_b)), (0, 0));
    let at = a.meet(&[]);
    b.meet(&[at]);
    until("both desks say so", || {
        pairs(&at_a) == 2 && pairs(&at_b) == 2
    })
    .await;
    let view = at_a.request(&ana, &ours.to_string()).unwrap();
    assert_eq!(view.twice.len(), 1);
    assert_eq!(view.twice[0].other.id, theirs.to_string());
    assert!(view.twice[0].why.iter().any(|why| why.contains("NIF")));
    let (record, ours, theirs) = (ours, ours.to_string(), theirs.to_string());
    assert!(matches!(
        at_a.leave_both(&ana, &ours, &theirs, " "),
        Err(DeskError::NotNow(_))
    ));
    assert!(
        at_b.leave_both(&ana, &ours, &theirs, "x").is_err(),
        "it is not theirs to say"
    );
    for _a_double_click in 0..2 {
        at_a.leave_both(&ana, &ours, &theirs, "São mãe e filha.")
            .unwrap();
    }
    let of = a.node.with_document(record, |d| request::left_both(d));
    assert_eq!(of.unwrap().unwrap().len(), 1);
    assert_eq!(pairs(&at_a), 1);
    until("the other desk takes it", || pairs(&at_b) == 1).await;
}
