//! Who may meet whom: the rules of `docs/ARCHITECTURE.md`, without any I/O.

use crate::cluster::Pick;
use crate::model::Seeker;
use std::time::Duration;

/// For how long two who parted are not matched again.
pub(super) const APART_FOR: Duration = Duration::from_secs(10 * 60);
/// Unless both have waited for so long, and nobody else came.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Picks the one whom a seeker is to meet now: of those that might do, in the order in which they should
/// be taken, the first whom the seeker has not met lately; failing that, the first who may be met again.
///
/// Two whom this allows to meet are never both left waiting. So when a seeker finds nobody new, neither
/// of the two has anybody else to meet.
pub(super) fn choose(
    seeker: &Seeker,
    candidates: &mut dyn Iterator<Item = &Seeker>,
    now: Duration,
) -> Option<Pick> {
    let mut again = None;
    for candidate in candidates {
        match standing(seeker, candidate) {
            Standing::New => {
                return Some(Pick {
                    user: candidate.user,
                    for_want_of_others: false,
                });
            }
            Standing::Met { again_from } if again.is_none() && again_from <= now => {
                again = Some(Pick {
                    user: candidate.user,
                    for_want_of_others: true,
                });
            }
            Standing::Met { .. } | Standing::Apart => {}
        }
    }
    again
}

/// The moments at which [`choose`] may come out differently although nobody came or went.
pub(super) fn moments(seeker: &Seeker) -> Vec<Duration> {
    let out_of_patience = seeker.joined + PATIENCE;
    let again = seeker
        .met
        .values()
        .copied()
        .filter(|from| *from < out_of_patience);
    let impatient = (!seeker.met.is_empty()).then_some(out_of_patience);
    seeker
        .wide_from
        .into_iter()
        .chain(impatient)
        .chain(again)
        .collect()
}

/// How two people stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// They are never to meet.
    Apart,
    /// They met lately, and may meet again from then on if there is nobody else.
    Met { again_from: Duration },
    /// Nothing stands between them.
    New,
}

fn standing(one: &Seeker, other: &Seeker) -> Standing {
    if one.user == other.user || one.apart.contains(&other.user) || other.apart.contains(&one.user)
    {
        return Standing::Apart;
    }
    let long_ago = [one.met.get(&other.user), other.met.get(&one.user)];
    match long_ago.into_iter().flatten().max() {
        Some(long_ago) => Standing::Met {
            again_from: (*long_ago).min(one.joined.max(other.joined) + PATIENCE),
        },
        None => Standing::New,
    }
}
