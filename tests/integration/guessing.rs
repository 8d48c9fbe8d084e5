//! Who guesses at a code gets slower with every try, and has five.

use crate::support::html::notices;
use crate::support::{Answer, Caller, Person, Setup, TestApp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The pause before the first, second, … try, in seconds.
const PAUSES: [u64; 5] = [0, 0, 30, 60, 120];

/// Six digits that are not the code.
fn other_than(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

/// Asks for a code; the challenge and the code.
async fn challenge(app: &TestApp, caller: &Caller, number: &str) -> (String, String) {
    let challenge = caller.asks_for_code(number).await.field("challenge");
    (challenge, app.code_for(number))
}

/// Spends all five tries of a code.
async fn burns(app: &TestApp, caller: &Caller, (challenge, code): &(String, String)) {
    for (n, pause) in PAUSES.into_iter().enumerate() {
        app.wait(pause);
        let answer = caller.gives_code(challenge, other_than(code)).await;
        assert_eq!(answer.status, if n < 4 { 400 } else { 410 }, "{answer:?}");
    }
}

fn leads_back(answer: &Answer) -> bool {
    (answer.status, answer.leads_to()) == (303, "/login/phone")
}

#[tokio::test]
async fn every_wrong_code_is_counted_told_and_slows_down_the_next() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);
    let told = [
        "4 tries left.",
        "3 tries left. The next one in 30 seconds.",
        "2 tries left. The next one in 60 seconds.",
        "1 try left. The next one in 120 seconds.",
    ];

    for (pause, told) in PAUSES.into_iter().zip(told) {
        if pause > 0 {
            app.wait(pause - 1);
            let early = kevin.gives_code(&code).await;
            assert_eq!(early.status, 429, "even the right code, {pause} s");
            app.wait(1);
        }
        let wrong = kevin.gives_code(other_than(&code)).await;
        assert_eq!(wrong.status, 422);
        let notice = notices(&wrong.body);
        assert!(notice.contains(told), "{told}: {notice}");
    }
    app.wait(119);
    assert_eq!(kevin.gives_code(&code).await.status, 429);
    app.wait(1);
    assert_eq!(kevin.gives_code(&code).await.location(), "/welcome");
}

#[tokio::test]
async fn after_five_wrong_codes_kevin_is_sent_back_and_the_right_one_is_refused_too() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);
    let mut last = None;
    for pause in PAUSES {
        app.wait(pause);
        last = Some(kevin.gives_code(other_than(&code)).await);
    }

    let fifth = last.expect("an answer");
    assert!(leads_back(&fifth), "{fifth:?}");
    let page = kevin.follows(&fifth).await;
    let notice = notices(&page.body);
    assert!(notice.contains("Too many attempts"), "{notice}");
    app.wait(120);
    let sixth = kevin.gives_code(&code).await;
    assert!(
        leads_back(&sixth),
        "the right code after the burn: {sixth:?}"
    );
    assert!(leads_back(&kevin.opens("/verify").await));
    assert!(!kevin.is_signed_in().await);
    assert_eq!(app.count("users"), 0);
    let proved = kevin.proves(&app, &number).await;
    assert_eq!(
        proved.location(),
        "/welcome",
        "a new code is as good as ever"
    );
}

#[tokio::test]
async fn what_cannot_be_a_code_costs_no_try() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;

    for typed in ["", "12345", "1234567", "letters"] {
        let refused = kevin.gives_code(typed).await;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(notices(&refused.body).contains("six digits"), "{typed}");
    }
    let wrong = kevin.gives_code(other_than(&app.code_for(&number))).await;
    assert!(notices(&wrong.body).contains("4 tries left"));
}

#[tokio::test]
async fn a_restart_gives_no_new_tries() {
    let mut app = Setup::strict().start().await;
    let number = app.fresh_number();
    let (challenge, code) = challenge(&app, &Caller::new(&app), &number).await;
    for pause in &PAUSES[..4] {
        app.wait(*pause);
        let wrong = Caller::new(&app)
            .gives_code(&challenge, other_than(&code))
            .await;
        assert_eq!(wrong.status, 400);
    }

    app.restart().await;

    let api = Caller::new(&app);
    let early = api.gives_code(&challenge, &code).await;
    assert_eq!(early.status, 429, "the pause is remembered");
    app.wait(120);
    let fifth = api.gives_code(&challenge, other_than(&code)).await;
    assert_eq!(
        (fifth.status, fifth.field("message")),
        (410, "Too many attempts".into())
    );
    assert_eq!(api.gives_code(&challenge, &code).await.status, 410);
}

#[tokio::test]
async fn a_number_takes_fifteen_wrong_codes_a_day_from_wherever_they_come() {
    let app = Setup::strict()
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let number = app.fresh_number();
    for host in 1..=3 {
        let thief = Caller::new(&app).with("x-forwarded-for", &format!("198.51.{host}.1"));
        let sent = challenge(&app, &thief, &number).await;
        burns(&app, &thief, &sent).await;
    }
    app.wait(120);

    let owner = Caller::new(&app).with("x-forwarded-for", "192.0.2.1");
    let (mine, code) = challenge(&app, &owner, &number).await;
    let refused = owner.gives_code(&mine, &code).await;
    assert!(refused.told_to_wait() > 0);
    let other = app.fresh_number();
    let (theirs, code) = challenge(&app, &owner, &other).await;
    assert_eq!(owner.gives_code(&theirs, &code).await.status, 200);
    app.wait(24 * 3_600);
    let (mine, code) = challenge(&app, &owner, &number).await;
    assert_eq!(owner.gives_code(&mine, &code).await.status, 200);
}

#[tokio::test]
async fn an_address_gives_twenty_wrong_codes_an_hour_to_whatever_numbers() {
    let app = Setup::strict()
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .with("LIMIT_SMS_PER_ADDRESS_HOUR", 100)
        .start()
        .await;
    let thief = Caller::new(&app).with("x-forwarded-for", "198.51.100.7");
    for _ in 0..20 {
        let (challenge, code) = challenge(&app, &thief, &app.fresh_number()).await;
        assert_eq!(
            thief.gives_code(&challenge, other_than(&code)).await.status,
            400
        );
    }

    let number = app.fresh_number();
    let (sprayed, code) = challenge(&app, &thief, &number).await;
    let refused = thief.gives_code(&sprayed, &code).await;
    assert!(refused.told_to_wait() > 0);
    let elsewhere = Caller::new(&app).with("x-forwarded-for", "192.0.2.1");
    let (theirs, code) = challenge(&app, &elsewhere, &app.fresh_number()).await;
    assert_eq!(elsewhere.gives_code(&theirs, &code).await.status, 200);
    app.wait(3_600);
    let (sprayed, code) = challenge(&app, &thief, &number).await;
    assert_eq!(thief.gives_code(&sprayed, &code).await.status, 200);
}

/// The edges are shown above; here is everything between them. What is refused unseen costs the thief nothing, and
/// teaches them nothing.
#[tokio::test]
async fn however_guesses_are_spread_fifteen_a_day_and_five_a_code_are_looked_at() {
    const DAY: u64 = 24 * 3_600;
    let app = Setup::strict()
        .with("TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let mut dice = StdRng::seed_from_u64(15);
    let number = app.fresh_number();
    let mut now = 0;
    // When a guess was looked at, and how many of the last code were.
    let mut looked_at: Vec<u64> = Vec::new();
    let (mut code, mut of_code, mut unseen) = (None, 0, 0);
    for _ in 0..800 {
        let pause = [0, 0, 1, 30, 60, 120, 600, 3_600][dice.random_range(0..8)];
        app.wait(pause);
        now += pause;
        let host: [u8; 2] = dice.random();
        let address = format!("198.51.{}.{}", host[0], host[1]);
        let thief = Caller::new(&app).with("x-forwarded-for", &address);
        if code.is_none() || dice.random_range(0..6) == 0 {
            let asked = thief.asks_for_code(&number).await;
            if asked.status == 202 {
                (code, of_code) = (Some((asked.field("challenge"), app.code_for(&number))), 0);
            }
        }
        let Some((challenge, right)) = &code else {
            continue;
        };
        let answer = thief.gives_code(challenge, other_than(right)).await;
        let is_fifth =
            of_code == 4 && answer.status == 410 && answer.field("message") == "Too many attempts";
        if answer.status == 400 || is_fifth {
            of_code += 1;
            looked_at.push(now);
        } else {
            unseen += 1;
        }
        assert!(of_code <= 5, "{of_code} guesses at one code");
        let today = looked_at.iter().filter(|at| **at + DAY > now).count();
        assert!(today <= 15, "{today} guesses within a day");
    }
    let days = usize::try_from(now / DAY).expect("a few");
    assert!(
        days >= 3 && looked_at.len() > 5 * days,
        "{} in {days} days",
        looked_at.len()
    );
    assert!(unseen > looked_at.len(), "most of it was refused: {unseen}");
}
