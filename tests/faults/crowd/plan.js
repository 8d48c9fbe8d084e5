// What a guest means to do in one round, drawn before it begins. `habits` are those of habits.json, the same for both crowds.

export function drawPlan(chance, habits, name) {
  return {
    wishes: drawWishes(chance, habits, name),
    // Cancels before there is an answer.
    changesMind: chance.happens(habits.changes_mind),
    secondSocket: chance.happens(habits.second_socket),
    cutWhileWaiting: chance.happens(habits.cut_while_waiting),
    // Before which message the line is cut, if it is.
    cutBefore: chance.happens(habits.cut_while_matched) ? chance.whole(0, 3) : null,
    staysAway: chance.happens(habits.stays_away),
    messages: chance.whole(1, 3),
    types: chance.happens(habits.types),
    ending: chance.kind(habits.endings),
    readsBack: chance.happens(habits.reads_back),
  };
}

function drawWishes(chance, habits, name) {
  const about = {
    anybody: () => ({}),
    preferring: () => ({ interests: drawInterests(chance, habits) }),
    only_common: () => ({ interests: drawInterests(chance, habits), only_common: true }),
    // Something that nobody else likes: anybody will do after ten seconds.
    odd: () => ({ interests: [`what ${name} likes`] }),
    // And that, from nobody else: in vain.
    hopeless: () => ({ interests: [`what ${name} likes`], only_common: true }),
  }[chance.kind(habits.wishes)]();
  return chance.happens(habits.by_name) ? { ...about, as: 'username' } : about;
}

function drawInterests(chance, habits) {
  const count = chance.whole(1, 3);
  return [...new Set(Array.from({ length: count }, () => chance.oneOf(habits.interests)))];
}
