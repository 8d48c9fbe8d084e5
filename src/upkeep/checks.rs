//! What must be so in every database, as questions that have no answer there: each row says what is wrong.
//!
//! Conversations number what happens in them: a message takes the next number for its place (`seq`), and a
//! change of one the next number for its revision (`rev`). So each number is a place, or belongs to a change of a
//! message before it, or, in a room, to a change of its name or topic, of which none is kept. A room without
//! a name is being deleted, in portions.

/// A question, and what it is about.
pub(super) struct Check {
    pub(super) about: &'static str,
    pub(super) sql: &'static str,
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        about: "places of messages",
        sql: "SELECT 'conversation ' || m.conversation_id || ': a message is missing between ' || m.was || ' and ' || m.seq AS line
                FROM (SELECT conversation_id, seq, lag(seq, 1, 0) OVER before AS was, max(rev) OVER before AS changed
                        FROM messages
                      WINDOW before AS (PARTITION BY conversation_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) m
                JOIN conversations c ON c.id = m.conversation_id
               WHERE m.seq > m.was + 1 AND m.seq - 1 > coalesce(m.changed, 0)
                 AND c.changed_at IS NULL AND NOT (c.kind = 'room' AND c.name_key IS NULL)",
    },
    Check {
        about: "counters of conversations",
        sql: "SELECT 'conversation ' || c.id || ': last_seq is ' || c.last_seq || ', counter ' || c.counter
                     || '; its messages end at ' || coalesce(m.seq, 0) || ', their changes at ' || coalesce(m.rev, 0) AS line
                FROM conversations c
                LEFT JOIN (SELECT conversation_id, max(seq) AS seq, max(rev) AS rev FROM messages GROUP BY conversation_id) m
                  ON m.conversation_id = c.id
               WHERE NOT (c.kind = 'room' AND c.name_key IS NULL)
                 AND (c.last_seq <> coalesce(m.seq, 0) OR c.counter < coalesce(m.rev, 0)
                      OR (c.changed_at IS NULL AND c.counter <> coalesce(m.rev, 0)))",
    },
    Check {
        about: "messages",
        sql: "SELECT 'message ' || id || ' of conversation ' || conversation_id || ': '
                     || CASE WHEN seq < 1 THEN 'has no place'
                             WHEN rev < seq THEN 'was changed before it was sent'
                             ELSE 'was deleted, and has a text' END AS line
                FROM messages WHERE seq < 1 OR rev < seq OR (deleted AND body <> '')",
    },
    Check {
        about: "revisions",
        // Indexes hold that no two places are one, and no two changes. By this question the first one is used.
        sql: "SELECT 'conversation ' || p.conversation_id || ': ' || p.seq || ' is the place of message ' || p.id
                     || ' and a change of message ' || m.id AS line
                FROM messages m JOIN messages p ON p.conversation_id = m.conversation_id AND p.seq = m.rev
               WHERE m.rev <> m.seq",
    },
    Check {
        about: "senders",
        // No reference holds that there is a sender, see the migration that says why.
        sql: "SELECT 'message ' || m.id || ' of conversation ' || c.id || ': its sender is '
                     || iif(u.id IS NULL, 'nobody', 'not in there') AS line
                FROM messages m JOIN conversations c ON c.id = m.conversation_id
                LEFT JOIN users u ON u.id = m.sender_id
               WHERE u.id IS NULL
                  OR (c.kind = 'direct' AND m.sender_id NOT IN (c.low_id, c.high_id))
                  OR (c.kind = 'match' AND NOT EXISTS (SELECT 1 FROM match_people p
                        WHERE p.conversation_id = c.id AND p.user_id = m.sender_id))",
    },
    Check {
        about: "marks of readers",
        sql: "SELECT 'conversation ' || c.id || ': user ' || m.user_id || ' has read up to ' || m.read_seq
                     || ' and received up to ' || m.delivered_seq || ' of ' || c.last_seq AS line
                FROM memberships m JOIN conversations c ON c.id = m.conversation_id
               WHERE m.read_seq < 0 OR m.read_seq > m.delivered_seq OR m.delivered_seq > c.last_seq
              UNION ALL
              SELECT 'conversation ' || c.id || ': user ' || m.user_id || ' was named in ' || m.mentioned_seq || ' of ' || c.last_seq
                FROM memberships m JOIN conversations c ON c.id = m.conversation_id
               WHERE m.mentioned_seq NOT BETWEEN 0 AND c.last_seq",
    },
    Check {
        about: "members",
        sql: "SELECT 'conversation ' || c.id || ': user ' || m.user_id || ' is in it and none of its two people' AS line
                FROM memberships m JOIN conversations c ON c.id = m.conversation_id
               WHERE (c.kind = 'direct' AND m.user_id NOT IN (c.low_id, c.high_id))
                  OR (c.kind = 'match' AND NOT EXISTS (SELECT 1 FROM match_people p
                        WHERE p.conversation_id = c.id AND p.user_id = m.user_id))",
    },
    Check {
        about: "people of direct conversations",
        // Who was erased is in none any more.
        sql: "SELECT 'conversation ' || c.id || ': user ' || u.id || ' is one of its two people and not in it' AS line
                FROM conversations c JOIN users u ON u.id IN (c.low_id, c.high_id)
               WHERE c.kind = 'direct' AND c.last_seq > 0 AND u.erased_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.conversation_id = c.id AND m.user_id = u.id)",
    },
    Check {
        about: "matches",
        sql: "SELECT 'match ' || c.id || ': it has no entry of its own' AS line
                FROM conversations c LEFT JOIN matches x ON x.conversation_id = c.id
               WHERE c.kind = 'match' AND x.conversation_id IS NULL
              UNION ALL
              SELECT 'conversation ' || c.id || ': it is no match, and has the entry of one'
                FROM matches x JOIN conversations c ON c.id = x.conversation_id WHERE c.kind <> 'match'
              UNION ALL
              SELECT 'match ' || c.id || ': it has not two people'
                FROM conversations c
               WHERE c.kind = 'match'
                 AND (SELECT count(*) FROM match_people p WHERE p.conversation_id = c.id AND p.seat IS NOT NULL) <> 2
              UNION ALL
              SELECT 'match ' || c.id || ': it is over for the one and not for the other'
                FROM conversations c JOIN match_people p ON p.conversation_id = c.id
               WHERE c.kind = 'match' AND (c.ended_at IS NULL) <> (p.ended_at IS NULL)",
    },
    Check {
        about: "rooms and facts",
        sql: "SELECT 'room ' || id || ': it is compared by another name than its own' AS line
                FROM conversations WHERE kind = 'room' AND name_key <> lower(title)
              UNION ALL
              SELECT 'conversation ' || id || ': it is no room, and has the name of one'
                FROM conversations WHERE kind <> 'room' AND name_key IS NOT NULL
              UNION ALL
              SELECT 'there is no room general'
               WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE name_key = 'general')
              UNION ALL
              SELECT 'the database has no epoch'
               WHERE NOT EXISTS (SELECT 1 FROM server_facts WHERE name = 'epoch')",
    },
];
