//! Every address under `/api`. What is in this list is mounted and described; nothing else is.

use super::messages::IDEMPOTENCY_KEY;
use super::operations::{Operation, delete, get, post, put};
use super::{
    accounts, chats, contacts, description, guests, messages, phone, room_messages, rooms,
    sessions, sms, token, users,
};
use crate::app::App;
use crate::model::{MessageAttribute, PersonAttribute};
use chinwag_protocol::api as wire;

const KEY_RULE: &str = "Makes it safe to send again: 1 to 64 of A-Z, a-z, 0-9, _ and -.";

pub(super) fn all(app: &App) -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(signing_in());
    if app.config.matching.enabled {
        all.push(
            post(
                "/guests",
                "Make a guest, who can talk with strangers",
                guests::create,
            )
            .open()
            .answers::<wire::GuestMade>(201),
        );
    }
    all.extend(people());
    all.extend(talking());
    all.extend(meeting());
    all.extend(ones_own());
    all.extend(about());
    all
}

fn signing_in() -> [Operation; 8] {
    [
        post(
            "/register",
            "Make an account with a password",
            accounts::register,
        )
        .open()
        .takes::<wire::RegisterAccount>()
        .answers::<wire::EmailAnswer>(201)
        .refuses(&[400]),
        get("/token", "Get a token that lives an hour", token::create)
            .answers::<wire::AccessToken>(200),
        post(
            "/update",
            "Change one's username, name or both",
            accounts::update,
        )
        .takes::<wire::ChangeProfile>()
        .answers::<wire::ProfileChanged>(202)
        .refuses(&[400]),
        post(
            "/forgot-password",
            "Have a token sent by mail",
            accounts::forgot_password,
        )
        .open()
        .takes::<wire::ForgotPassword>()
        .answers::<wire::EmailAnswer>(200)
        .refuses(&[400]),
        post(
            "/reset-password",
            "Set another password by that token",
            accounts::reset_password,
        )
        .open()
        .takes::<wire::ResetPassword>()
        .answers::<wire::EmailAnswer>(202)
        .refuses(&[400]),
        post("/phone", "Have a code sent by SMS", phone::start)
            .open()
            .takes::<wire::StartPhone>()
            .answers::<wire::PhoneStarted>(202)
            .refuses(&[400, 502]),
        post("/phone/verify", "Give the code back", phone::verify)
            .open()
            .takes::<wire::VerifyPhone>()
            .answers::<wire::PhoneVerified>(200)
            .refuses(&[400, 404, 410]),
        post(
            "/phone/finish",
            "Make the account of a proved number",
            phone::finish,
        )
        .open()
        .takes::<wire::FinishPhone>()
        .answers::<wire::PhoneFinished>(201)
        .refuses(&[400, 410]),
    ]
}

fn people() -> [Operation; 2] {
    [
        get(
            "/users",
            "People who can be found, and oneself",
            users::list,
        )
        .filtered_by::<PersonAttribute>()
        .answers::<wire::UserList>(200),
        get(
            "/users/{user_id}",
            "One of them, or somebody one knows",
            users::one,
        )
        .answers::<wire::UserFound>(200)
        .refuses(&[404]),
    ]
}

fn talking() -> [Operation; 9] {
    let message = "/chats/{chat_id}/messages/{message_id}";
    [
        get("/chats", "One's chats", chats::list).answers::<wire::ChatList>(200),
        post("/chats", "Begin a chat with somebody", chats::create)
            .takes::<wire::StartChat>()
            .answers::<wire::ChatStarted>(201)
            .refuses(&[400, 404]),
        get("/chats/{chat_id}", "One chat", chats::one)
            .answers::<wire::ChatFound>(200)
            .refuses(&[404]),
        delete(
            "/chats/{chat_id}",
            "Delete a chat and its messages, for both",
            chats::delete,
        )
        .answers::<wire::ChatDeleted>(200)
        .refuses(&[404]),
        get(
            "/chats/{chat_id}/messages",
            "The messages of a chat",
            messages::list,
        )
        .filtered_by::<MessageAttribute>()
        .answers::<wire::ChatMessageList>(200)
        .refuses(&[404]),
        post(
            "/chats/{chat_id}/messages",
            "Say one or several things",
            messages::send,
        )
        .heeds(IDEMPOTENCY_KEY, KEY_RULE)
        .takes::<wire::SendTexts>()
        .answers::<wire::TextsSent>(201)
        .refuses(&[400, 404, 409, 413]),
        get(message, "One message", messages::one)
            .answers::<wire::ChatMessageFound>(200)
            .refuses(&[404]),
        put(message, "Change what one said", messages::change)
            .takes::<wire::ChangeText>()
            .answers::<wire::TextChanged>(200)
            .refuses(&[400, 404, 413]),
        delete(message, "Take back what one said", messages::delete)
            .answers::<wire::TextDeleted>(200)
            .refuses(&[404]),
    ]
}

fn meeting() -> [Operation; 9] {
    let membership = "/rooms/{name}/membership";
    let message = "/messages/{message_id}";
    [
        get("/rooms", "Every room", rooms::list).answers::<wire::RoomList>(200),
        post("/rooms", "Make a room", rooms::create)
            .takes::<wire::MakeRoom>()
            .answers::<wire::RoomDone>(201)
            .refuses(&[400]),
        delete(
            "/rooms/{name}",
            "Delete a room that one made",
            rooms::delete,
        )
        .answers::<wire::RoomDone>(200)
        .refuses(&[404]),
        put(membership, "Come into a room", room_messages::join)
            .answers::<wire::RoomDone>(200)
            .refuses(&[404]),
        delete(membership, "Leave a room", room_messages::leave)
            .answers::<wire::RoomDone>(200)
            .refuses(&[404]),
        get(
            "/rooms/{name}/messages",
            "What was said in a room that one is in",
            room_messages::list,
        )
        .asks_for(&[
            ("before_seq", "Only what stands before that place."),
            ("limit", "How many at most, up to 100; 50 without."),
        ])
        .answers::<wire::RoomMessageList>(200)
        .refuses(&[404]),
        post(
            "/rooms/{name}/messages",
            "Say something in a room that one is in",
            room_messages::send,
        )
        .heeds(IDEMPOTENCY_KEY, KEY_RULE)
        .takes::<wire::SayInRoom>()
        .answers::<wire::SaidInRoom>(201)
        .refuses(&[400, 404, 409, 413]),
        put(
            message,
            "Change what one said, wherever it was",
            room_messages::change,
        )
        .takes::<wire::ChangeText>()
        .answers::<wire::MessageDone>(200)
        .refuses(&[400, 404, 413]),
        delete(
            message,
            "Take back what one said, wherever it was",
            room_messages::delete,
        )
        .answers::<wire::MessageDone>(200)
        .refuses(&[404]),
    ]
}

fn ones_own() -> [Operation; 7] {
    let contact = "/contacts/{contact_id}";
    [
        get("/contacts", "One's contacts", contacts::list).answers::<wire::ContactList>(200),
        post(
            "/contacts",
            "Add somebody by number or username",
            contacts::add,
        )
        .takes::<wire::AddContact>()
        .answers::<wire::ContactAdded>(201)
        .refuses(&[400]),
        get(contact, "One contact", contacts::one)
            .answers::<wire::ContactFound>(200)
            .refuses(&[404]),
        delete(contact, "Take somebody off the list", contacts::delete)
            .answers::<wire::ContactDeleted>(200)
            .refuses(&[404]),
        get(
            "/sessions",
            "The browsers that one is signed in with",
            sessions::list,
        )
        .answers::<wire::SessionList>(200),
        delete(
            "/sessions/{session_id}",
            "Sign a browser out",
            sessions::end,
        )
        .answers::<wire::SessionDeleted>(200)
        .refuses(&[404]),
        post("/sms", "Send an SMS", sms::send)
            .takes::<wire::SendSms>()
            .answers::<wire::SmsSent>(202)
            .refuses(&[400, 502]),
    ]
}

fn about() -> [Operation; 2] {
    [
        get("/openapi.json", "This description", description::json).open(),
        get("/docs", "This description, to be read", description::page)
            .open()
            .answers_as("text/html"),
    ]
}
