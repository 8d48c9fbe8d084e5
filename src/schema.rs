// @generated automatically by Diesel CLI.

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        key -> Text,
        user_id -> BigInt,
        label -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        admin_id -> Nullable<BigInt>,
        admin -> Text,
        act -> Text,
        subject -> Text,
        detail -> Text,
        done_at -> BigInt,
        subject_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    blocks (blocker_id, blocked_id) {
        blocker_id -> BigInt,
        blocked_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    code_failures (id) {
        id -> BigInt,
        phone -> Text,
        address -> Text,
        failed_at -> BigInt,
    }
}

diesel::table! {
    contact_lookups (id) {
        id -> BigInt,
        owner_id -> BigInt,
        asked_at -> BigInt,
    }
}

diesel::table! {
    contacts (id) {
        id -> BigInt,
        owner_id -> BigInt,
        person_id -> BigInt,
        label -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    conversations (id) {
        id -> BigInt,
        kind -> Text,
        low_id -> Nullable<BigInt>,
        high_id -> Nullable<BigInt>,
        title -> Nullable<Text>,
        topic -> Nullable<Text>,
        counter -> BigInt,
        last_seq -> BigInt,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        name_key -> Nullable<Text>,
        created_by -> Nullable<BigInt>,
        changed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    match_bans (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        address -> Nullable<Text>,
        reason -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    match_blocks (blocker_id, blocked_id) {
        blocker_id -> BigInt,
        blocked_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    match_people (user_id, conversation_id) {
        user_id -> BigInt,
        conversation_id -> BigInt,
        seat -> Nullable<BigInt>,
        alias -> Nullable<Text>,
        address -> Text,
        asked_to_keep_at -> Nullable<BigInt>,
        keep_name -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    matches (conversation_id) {
        conversation_id -> BigInt,
        common_interests -> Text,
        end_reason -> Nullable<Text>,
        sealed -> Bool,
    }
}

diesel::table! {
    memberships (user_id, conversation_id) {
        user_id -> BigInt,
        conversation_id -> BigInt,
        read_seq -> BigInt,
        delivered_seq -> BigInt,
        muted -> Bool,
        joined_at -> BigInt,
        is_passing -> Bool,
        mentioned_seq -> BigInt,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        conversation_id -> BigInt,
        seq -> BigInt,
        rev -> BigInt,
        sender_id -> BigInt,
        client_id -> Text,
        digest -> Binary,
        body -> Text,
        sent_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted -> Bool,
    }
}

diesel::table! {
    password_resets (id) {
        id -> BigInt,
        key -> Text,
        user_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    phone_challenges (id) {
        id -> BigInt,
        key -> Text,
        phone -> Text,
        code_mac -> Text,
        failures -> BigInt,
        next_try_at -> BigInt,
        sends -> BigInt,
        sent_at -> BigInt,
        expires_at -> BigInt,
        signup_key -> Nullable<Text>,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    report_evidence (report_id, seq) {
        report_id -> BigInt,
        seq -> BigInt,
        sender_id -> BigInt,
        sender -> Text,
        body -> Text,
        sent_at -> BigInt,
        is_subject -> Bool,
    }
}

diesel::table! {
    reports (id) {
        id -> BigInt,
        conversation_id -> Nullable<BigInt>,
        message_id -> Nullable<BigInt>,
        reporter_id -> BigInt,
        reported_id -> BigInt,
        reason -> Text,
        note -> Text,
        created_at -> BigInt,
        outcome -> Nullable<Text>,
        handled_by -> Nullable<BigInt>,
        handled_at -> Nullable<BigInt>,
        place -> Nullable<Text>,
    }
}

diesel::table! {
    server_facts (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        key -> Text,
        user_id -> Nullable<BigInt>,
        data -> Text,
        user_agent -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    sms_sends (id) {
        id -> BigInt,
        phone -> Text,
        prefix -> Text,
        country -> Text,
        address -> Text,
        network -> Text,
        verified -> Bool,
        sent_at -> BigInt,
        user_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        username -> Text,
        username_key -> Text,
        phone -> Nullable<Text>,
        theme -> Text,
        suspended_until -> Nullable<BigInt>,
        last_seen_at -> Nullable<BigInt>,
        created_at -> BigInt,
        match_rules_at -> Nullable<BigInt>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        password -> Nullable<Text>,
        password_set_at -> Nullable<BigInt>,
        is_admin -> Bool,
        is_listed -> Bool,
        notice -> Nullable<Text>,
        suspension_reason -> Nullable<Text>,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(api_tokens -> users (user_id));
diesel::joinable!(match_bans -> users (user_id));
diesel::joinable!(match_people -> conversations (conversation_id));
diesel::joinable!(match_people -> users (user_id));
diesel::joinable!(matches -> conversations (conversation_id));
diesel::joinable!(memberships -> conversations (conversation_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(messages -> conversations (conversation_id));
diesel::joinable!(messages -> users (sender_id));
diesel::joinable!(password_resets -> users (user_id));
diesel::joinable!(report_evidence -> reports (report_id));
diesel::joinable!(reports -> conversations (conversation_id));
diesel::joinable!(reports -> messages (message_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(sms_sends -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    api_tokens,
    audit_log,
    blocks,
    code_failures,
    contact_lookups,
    contacts,
    conversations,
    match_bans,
    match_blocks,
    match_people,
    matches,
    memberships,
    messages,
    password_resets,
    phone_challenges,
    report_evidence,
    reports,
    server_facts,
    sessions,
    sms_sends,
    users,
);
