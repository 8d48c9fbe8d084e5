//! Each SMS costs the operator money: how many there can be, whoever asks and from wherever. The counts
//! are on disk.

use crate::support::html::notices;
use crate::support::{Caller, Person, Setup};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Everything is allowed but what a test limits itself.
fn generous() -> Setup {
    let names = [
        "PER_NUMBER_HOUR",
        "PER_NUMBER_DAY",
        "PER_SESSION",
        "PER_ADDRESS_HOUR",
        "PER_ADDRESS_DAY",
        "PER_NETWORK_HOUR",
        "PER_PREFIX_HOUR",
        "HOUR",
        "DAY",
    ];
    names.iter().fold(Setup::strict(), |setup, name| {
        setup.with(&format!("LIMIT_SMS_{name}"), 1_000)
    })
}

/// How many of these numbers are sent a code.
async fn served(caller: &Caller, numbers: impl IntoIterator<Item = String>) -> usize {
    let mut served = 0;
    for number in numbers {
        let status = caller.asks_for_code(&number).await.status;
        assert!([202, 429].contains(&status), "{number}: {status}");
        served += usize::from(status == 202);
    }
    served
}

/// That many numbers, each of a range of its own.
fn scattered(count: u32) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("+1201{:03}0100", 200 + n))
}

#[tokio::test]
async fn a_number_gets_five_an_hour_and_ten_a_day() {
    let app = Setup::strict()
        .with("LIMIT_SMS_PER_ADDRESS_HOUR", 100)
        .start()
        .await;
    let (api, number) = (Caller::new(&app), app.fresh_number());

    for _ in 0..2 {
        for n in 0..5 {
            assert_eq!(api.asks_for_code(&number).await.status, 202, "{n}");
            app.wait(300);
        }
        let refused = api.asks_for_code(&number).await;
        assert!(refused.told_to_wait() > 300, "not the clock");
        app.wait(HOUR);
    }
    let refused = api.asks_for_code(&number).await;
    assert!(refused.told_to_wait() > HOUR, "{refused:?}");
    assert_eq!(
        api.asks_for_code(&app.fresh_number()).await.status,
        202,
        "another number"
    );
    app.wait(DAY);
    assert_eq!(api.asks_for_code(&number).await.status, 202);
}

#[tokio::test]
async fn a_browser_session_gets_five_whatever_the_numbers() {
    let app = Setup::strict().start().await;
    let kevin = Person::new(&app);
    for _ in 0..5 {
        assert_eq!(
            kevin.asks_for_code(&app.fresh_number()).await.location(),
            "/verify"
        );
    }

    let sixth = kevin.asks_for_code(&app.fresh_number()).await;
    assert_eq!(sixth.status, 429);
    let notice = notices(&sixth.body);
    assert!(notice.contains("asked for too many codes"), "{notice}");
    assert_eq!(app.sms_sent(), 5);
    let jz = Person::new(&app);
    assert_eq!(
        jz.asks_for_code(&app.fresh_number()).await.location(),
        "/verify"
    );
}

#[tokio::test]
async fn an_address_gets_ten_an_hour_and_thirty_a_day_and_cannot_make_itself_another() {
    let app = Setup::strict().start().await;
    let mut numbers = scattered(100);
    let mut sent = 0;
    for address in 0..20 {
        let liar = Caller::new(&app).with("x-forwarded-for", &format!("198.51.100.{address}"));
        sent += served(&liar, numbers.next()).await;
    }
    assert_eq!(
        sent, 10,
        "X-Forwarded-For of no trusted proxy is not believed"
    );
    let api = Caller::new(&app);

    for expected in [10, 10, 0] {
        app.wait(HOUR);
        assert_eq!(served(&api, numbers.by_ref().take(12)).await, expected);
    }
    let refused = api.asks_for_code(&app.fresh_number()).await;
    assert!(refused.told_to_wait() > HOUR, "for the day");
    app.wait(DAY);
    assert_eq!(served(&api, numbers.by_ref().take(12)).await, 10);
}

#[tokio::test]
async fn behind_a_trusted_proxy_every_client_has_its_own_ten() {
    let app = Setup::strict()
        .with("TRUSTED_PROXIES", "127.0.0.0/8")
        .start()
        .await;
    let mut numbers = scattered(100);
    let mut sent = Vec::new();

    for (address, wanted) in [
        ("198.51.100.1", 12),
        ("198.51.100.2", 3),
        ("2001:db8::1", 8),
        ("2001:db8::2", 4),
        ("2001:db8:0:1::1", 2),
    ] {
        // What stands further left was written by the client itself.
        let hops = format!("192.0.2.{wanted}, {address}");
        let client = Caller::new(&app).with("x-forwarded-for", &hops);
        sent.push(served(&client, numbers.by_ref().take(wanted)).await);
    }

    assert_eq!(sent, [10, 3, 8, 2, 2], "a household of IPv6 is one address");
}

#[tokio::test]
async fn a_network_has_a_limit_for_all_its_addresses_together() {
    let setup = generous().with("LIMIT_SMS_PER_NETWORK_HOUR", 8);
    let app = setup.with("TRUSTED_PROXIES", "127.0.0.1").start().await;
    let mut numbers = scattered(100);

    for network in ["198.51.100.", "2001:db8:7:"] {
        let mut sent = 0;
        for n in 0..10 {
            let colons = if network.ends_with(':') { "::1" } else { "" };
            let address = format!("{network}{n}{colons}");
            let client = Caller::new(&app).with("x-forwarded-for", &address);
            sent += served(&client, numbers.next()).await;
        }
        assert_eq!(sent, 8, "{network}");
    }
    let elsewhere = Caller::new(&app).with("x-forwarded-for", "198.51.101.1");
    assert_eq!(served(&elsewhere, numbers.next()).await, 1);
}

#[tokio::test]
async fn a_range_of_numbers_gets_ten_an_hour() {
    let app = Setup::strict()
        .with("LIMIT_SMS_PER_ADDRESS_HOUR", 100)
        .start()
        .await;
    let api = Caller::new(&app);
    let range = |n| format!("+1201555{n:04}");

    assert_eq!(served(&api, (0..12).map(range)).await, 10);
    assert!(api.asks_for_code(&range(12)).await.told_to_wait() > 30);
    assert_eq!(
        served(&api, ["+12015561234".into()]).await,
        1,
        "the range beside it"
    );
    app.wait(HOUR);
    assert_eq!(served(&api, [range(12)]).await, 1);
}

#[tokio::test]
async fn the_last_fifth_of_all_sms_is_for_people_with_an_account() {
    for (name, span) in [("LIMIT_SMS_HOUR", HOUR), ("LIMIT_SMS_DAY", DAY)] {
        let app = generous().with(name, 10).start().await;
        let (api, number) = (Caller::new(&app), "+12025550100");
        app.signs_up_with("jz", number, "jz").await;

        assert_eq!(served(&api, scattered(12)).await, 7, "8 with the one of jz");
        let refused = api.asks_for_code("+12015550199").await;
        assert!(refused.told_to_wait() > 30, "{name}");
        app.wait(30);
        assert_eq!(
            served(&api, [number.into()]).await,
            1,
            "jz signs in: {name}"
        );
        app.wait(60);
        assert_eq!(served(&api, [number.into()]).await, 1, "the tenth: {name}");
        app.wait(120);
        assert_eq!(
            served(&api, [number.into()]).await,
            0,
            "no more than all: {name}"
        );
        app.wait(span);
        assert_eq!(served(&api, ["+12015550199".into()]).await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_country_where_hardly_anybody_gives_the_code_back_is_held_back_for_an_hour() {
    let app = generous().with("SMS_COUNTRIES", "US,PT").start().await;
    let api = Caller::new(&app);
    for n in 0..5 {
        app.signs_up_with(
            &format!("kevin{n}"),
            &format!("+1202{:03}0100", 200 + n),
            "Kevin",
        )
        .await;
    }

    assert_eq!(
        served(&api, scattered(30)).await,
        25,
        "thirty with the five who came"
    );
    let refused = api.asks_for_code("+12035550100").await;
    assert!(refused.told_to_wait() >= 600, "{refused:?}");
    assert_eq!(
        served(&api, ["+351912345678".into()]).await,
        1,
        "another country"
    );
    app.wait(HOUR);
    assert_eq!(served(&api, ["+12035550100".into()]).await, 1);
}

#[tokio::test]
async fn who_has_an_account_signs_in_while_strangers_have_their_country_held_back() {
    let app = generous().start().await;
    let (api, number) = (Caller::new(&app), "+12025550100");
    app.signs_up_with("jz", number, "jz").await;
    assert_eq!(served(&api, scattered(29)).await, 29);
    let refused = api.asks_for_code("+12035550100").await;
    assert!(refused.told_to_wait() > 30, "strangers are held back");

    app.wait(30);
    assert_eq!(api.asks_for_code(number).await.status, 202);
    let jz = Person::new(&app);
    app.wait(60);
    let proved = jz.proves(&app, number).await;
    assert_eq!(proved.location(), "/chats");
    let refused = api.asks_for_code("+12035550100").await;
    assert!(refused.told_to_wait() > 30, "strangers still are");
}

#[tokio::test]
async fn a_country_where_people_do_give_the_code_back_is_not_held_back() {
    let app = generous().start().await;
    for n in 0..6 {
        app.signs_up_with(
            &format!("kevin{n}"),
            &format!("+1202{:03}0100", 200 + n),
            "Kevin",
        )
        .await;
    }

    assert_eq!(served(&Caller::new(&app), scattered(24)).await, 24);
    assert_eq!(
        served(&Caller::new(&app), ["+12035550100".into()]).await,
        1,
        "6 of 30 are a fifth"
    );
}

#[tokio::test]
async fn a_restart_forgets_no_limit() {
    let mut app = Setup::strict().start().await;
    let mut numbers = scattered(100);
    assert_eq!(
        served(&Caller::new(&app), numbers.by_ref().take(12)).await,
        10
    );
    let refused = Caller::new(&app).asks_for_code("+12025550100").await;
    assert!(refused.told_to_wait() > 0);

    app.restart().await;

    let refused = Caller::new(&app).asks_for_code("+12025550100").await;
    assert!(refused.told_to_wait() > 0);
    assert_eq!(app.sms_sent(), 0, "since the restart");
    app.wait(HOUR);
    assert_eq!(
        served(&Caller::new(&app), numbers.by_ref().take(12)).await,
        10
    );
}

#[tokio::test]
async fn an_administrator_sees_which_country_is_held_back_and_what_new_numbers_may_have() {
    let app = generous().start().await;
    let ana = Person::administrator(&app, "ana").await;
    let page = ana.opens("/admin/sms").await.body;
    assert!(page.contains("of 1000 at most, 800 with new numbers"));
    assert!(!page.contains("held back"), "the premise");

    let api = Caller::new(&app);
    let served = served(&api, scattered(40)).await;

    assert!(served < 40, "the guard holds the rest back");
    assert!(
        ana.opens("/admin/sms")
            .await
            .body
            .contains("new numbers held back")
    );
    app.wait(HOUR);
    assert!(
        !ana.opens("/admin/sms")
            .await
            .body
            .contains("new numbers held back")
    );
}
