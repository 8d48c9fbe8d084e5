//! What the operator decides about matching, and what follows from it for the lobby.

use super::rules;
use crate::cluster::HouseRules;
use std::time::Duration;

/// What the operator decides about matching.
#[derive(Clone, Debug)]
pub struct MatchSettings {
    /// How long somebody may be gone before their match ends.
    pub reconnect_within: Duration,
    /// How long an ended match can be read, unless it was reported.
    pub kept_for: Duration,
    /// How long somebody looks for a common interest before anybody will do.
    pub widen_after: Duration,
    /// Whether limits of rate hold.
    pub limits_enforced: bool,
    /// Reports by one person in a day, those of chats included; none where limits are lifted.
    pub reports_per_day: Option<i64>,
}

/// A reload takes less; nobody needs to be told of it.
const ABSENCE_TOLD_AFTER: Duration = Duration::from_secs(2);
/// Signing in by phone, at leisure.
const ABSENCE_MAX_KEPT: Duration = Duration::from_secs(30 * 60);

/// What the lobby is told of the rules.
pub(super) fn house_rules(reconnect_within: Duration) -> HouseRules {
    HouseRules {
        choose: rules::choose,
        moments: rules::moments,
        absence_told_after: ABSENCE_TOLD_AFTER.min(reconnect_within / 2),
        absence_max: reconnect_within,
        absence_max_kept: ABSENCE_MAX_KEPT.max(reconnect_within),
    }
}
